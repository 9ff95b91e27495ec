//! Flags in GOFLAGS that decide whether a result may be reused.

use robot_golang::toolchain::GoEnvironment;

/// A flag in GOFLAGS that makes go run every test: any but those that `go help test` lists as cacheable.
pub fn uncaching_flag(go: &GoEnvironment) -> Option<&str> {
    const FLAGS: [&str; 11] = [
        "bench",
        "benchmem",
        "blockprofile",
        "count",
        "cpuprofile",
        "fuzz",
        "memprofile",
        "mutexprofile",
        "shuffle",
        "trace",
        "testlogfile",
    ];
    flag(go, &FLAGS)
}

/// A flag in GOFLAGS that makes the inputs of a test unknown.
pub fn unobservable_flag(go: &GoEnvironment) -> Option<&str> {
    flag(go, &["exec", "toolexec", "vettool", "overlay", "pgo", "coverpkg", "modfile"])
}

/// The first of these flags in GOFLAGS.
pub fn flag<'a>(go: &'a GoEnvironment, wanted: &[&str]) -> Option<&'a str> {
    go.flags().split_ascii_whitespace().find(|flag| wanted.contains(&name(flag)))
}

/// `count` of `-test.count=1`.
fn name(flag: &str) -> &str {
    let name = flag.trim_start_matches('-');
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    name.strip_prefix("test.").unwrap_or(name)
}
