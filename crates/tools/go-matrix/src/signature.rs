//! What makes two failures the same: their text without what differs from run to run and from one Go version to
//! another.

use std::collections::BTreeSet;

/// Lines of a failure that are compared.
const LINES: usize = 12;

/// A failure's text without addresses, numbers of goroutines, durations, versions of modules, and frames of Go itself.
/// Of a stack it has the places alone: names and arguments of functions depend on what the compiler inlines.
pub(crate) fn signature(text: &str) -> String {
    if let Some((_, report)) = text.split_once(RACE) {
        return race(report);
    }
    let mut lines: Vec<String> = Vec::new();
    let mut stacks = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_header = line.starts_with("goroutine ");
        stacks += usize::from(is_header);
        // What the other goroutines did is chance.
        if stacks > 1 || lines.len() == LINES {
            break;
        }
        let is_function = stacks > 0 && !is_header && is_function(line);
        if is_function || is_of_go(line) {
            continue;
        }
        let line = normalized(line);
        // Before Go 1.23 a panic that a test passes on is printed twice.
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// The first line of what the race detector says.
const RACE: &str = "WARNING: DATA RACE";

/// The places of a race: which goroutine comes first is chance.
fn race(report: &str) -> String {
    let report = report.split("==================").next().unwrap_or(report);
    let places = report.lines().map(str::trim).filter(|line| line.contains(".go:"));
    let places: BTreeSet<String> =
        places.filter(|line| !is_of_go(line)).map(normalized).take(LINES).collect();
    std::iter::once(RACE.to_owned()).chain(places).collect::<Vec<_>>().join("\n")
}

/// A function in a stack, or who started a goroutine; its place stands in the next line.
fn is_function(line: &str) -> bool {
    line.ends_with(')') || line.starts_with("created by ")
}

/// A place in Go's own sources, in a toolchain of the module cache too, or how a test binary ended.
fn is_of_go(line: &str) -> bool {
    const PLACES: [&str; 6] = [
        "/src/testing/",
        "/src/runtime/",
        "/src/reflect/",
        "/src/sync/",
        "golang.org/toolchain@",
        "_testmain.go:",
    ];
    let is_place = line.contains(".go:") && PLACES.iter().any(|place| line.contains(place));
    is_place || line.starts_with("exit status ") || line.starts_with("FAIL\t")
}

fn normalized(line: &str) -> String {
    if line.starts_with("goroutine ") {
        return "goroutine:".to_owned();
    }
    let line = line.split(" +0x").next().unwrap_or(line);
    let line = ["[recovered, repanicked]", "[recovered]"]
        .iter()
        .find_map(|end| line.strip_suffix(end))
        .map_or(line, str::trim_end);
    let line = replaced(line, "0x", |c| c.is_ascii_hexdigit(), "?");
    // A module's folder in the module cache: `sdk@v1.9.0/sdk.go`.
    let line = replaced(&line, "@v", |c| c.is_ascii_alphanumeric() || "-+.".contains(c), "?");
    // `.func1`, `.func1.2`, `.gowrap1`: numbered anew by each compiler.
    let line = replaced(&line, ".func", |c| c.is_ascii_digit() || c == '.', "");
    let line = replaced(&line, ".gowrap", |c| c.is_ascii_digit() || c == '.', "");
    // `--- FAIL: TestA (0.01s)`.
    match (line.rfind(" ("), line.ends_with("s)")) {
        (Some(at), true) => line[..at].to_owned(),
        _ => line,
    }
}

/// The line with what follows each mark replaced, as far as it varies.
fn replaced(line: &str, mark: &str, varies: impl Fn(char) -> bool, with: &str) -> String {
    let mut parts = line.split(mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(&varies);
        out += mark;
        if rest.len() < part.len() {
            out += with;
        }
        out += rest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As go1.19.13, go1.22.12 and go1.26.8 print the same panic of one test; the compilers inline differently.
    #[test]
    fn versions_of_go_print_one_panic() {
        let old = signature(include_str!("../testdata/panics/go1.19.13.txt"));
        assert_eq!(
            old,
            "--- FAIL: TestA\n\
             panic: reflect: call of reflect.Value.Call on zero Value\n\
             goroutine:\n\
             /src/robot/sdk/sdk.go:9\n\
             /src/robot/sdk/sdk.go:11\n\
             /src/robot/sdk/sdk_test.go:5"
        );
        assert_eq!(signature(include_str!("../testdata/panics/go1.22.12.txt")), old);
        assert_eq!(signature(include_str!("../testdata/panics/go1.26.8.txt")), old);
        let other = include_str!("../testdata/panics/go1.26.8.txt");
        assert_ne!(signature(&other.replace("zero Value", "nil Value")), old);
        assert_ne!(signature(&other.replace("sdk.go:9", "sdk.go:8")), old);
    }

    /// As go1.22.12 and go1.26.8 print one race.
    #[test]
    fn versions_of_go_print_one_race() {
        let old = signature(include_str!("../testdata/panics/race-go1.22.12.txt"));
        assert_eq!(
            old,
            "WARNING: DATA RACE\n/src/robot/race/race_test.go:8\n/src/robot/race/race_test.go:9"
        );
        assert_eq!(signature(include_str!("../testdata/panics/race-go1.26.8.txt")), old);
    }

    #[test]
    fn a_module_has_one_place_whatever_its_version() {
        let at = |version: &str| format!("/go/pkg/mod/example.com/sdk@{version}/sdk.go:9 +0x3f");
        assert_eq!(signature(&at("v1.9.0")), signature(&at("v1.10.0-rc.1+incompatible")));
    }
}
