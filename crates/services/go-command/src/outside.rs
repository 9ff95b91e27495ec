//! Detects go failures that are caused by the machine or a server, not by the robot's code.

use robot_contract::Failure;

/// Messages of go in lower case, and what to do about them. The words are those of go 1.19 to 1.26.
const SAYINGS: [(&str, &str); 33] = [
    ("build cache is disabled by gocache=off", "set GOCACHE to a folder"),
    ("build cache is required, but could not be located", "set GOCACHE or HOME"),
    ("failed to initialize build cache", "set GOCACHE to a writable folder"),
    ("could not create module cache", "set GOMODCACHE to a writable folder"),
    ("module cache not found", "set GOMODCACHE, GOPATH or HOME"),
    (
        "toolchain not available",
        "install that version of Go, or set GOTOOLCHAIN and GOPROXY so that go downloads it",
    ),
    ("; gotoolchain=", "install that version of Go, or set GOTOOLCHAIN so that go downloads it"),
    ("cannot find goroot", "install Go, or unset GOROOT"),
    ("no such tool", "reinstall Go: one of its tools is missing"),
    (
        "module lookup disabled by goproxy=off",
        "set GOPROXY to a module proxy, or download the modules before this step",
    ),
    ("dial tcp", NETWORK),
    ("server misbehaving", NETWORK),
    ("connection refused", NETWORK),
    ("connection reset by peer", NETWORK),
    ("i/o timeout", NETWORK),
    ("tls handshake timeout", NETWORK),
    ("unexpected eof", NETWORK),
    (": 500 internal server error", NETWORK),
    (": 502 bad gateway", NETWORK),
    (": 503 service unavailable", NETWORK),
    (": 429 too many requests", NETWORK),
    ("no space left on device", "free some space on the disk"),
    ("disk quota exceeded", "free some space on the disk"),
    ("input/output error", "check the disk for errors"),
    ("signal: bus error", "free some space on the disk of TMPDIR"),
    ("cannot allocate memory", LIMITS),
    ("read-only file system", "make the folders that go writes to writable"),
    ("creating work dir", "set TMPDIR to a writable folder"),
    ("could not be isolated", "check that the folders that go uses exist"),
    ("file too large", LIMITS),
    ("too many open files", LIMITS),
    ("resource temporarily unavailable", LIMITS),
    ("failed to reserve page summary memory", LIMITS),
];

/// Ends of lines that report a problem of the machine, whatever go was doing: a compiler that writes its output, go
/// that writes to its cache.
const ENDS: [&str; 7] = [
    ": no space left on device",
    ": disk quota exceeded",
    ": input/output error",
    ": read-only file system",
    ": too many open files",
    ": cannot allocate memory",
    ": signal: bus error",
];

const LIMITS: &str = "raise the limits of this process (`ulimit -a`)";

/// Beginnings of lines that go or the seal print about themselves.
const OWN: [&str; 9] = [
    "go: ",
    "go.mod",
    "build cache is ",
    "failed to initialize build cache",
    "module cache not found",
    "fatal error: ",
    "runtime: ",
    "the program was not started",
    "cannot find GOROOT",
];

const NETWORK: &str = "check the network and GOPROXY, then run the step again";

/// The output of a failed go command as an external failure; `None` if the code is the cause, as far as go's output
/// shows.
pub fn outside_failure(said: &str) -> Option<Failure> {
    // Compilers quote the code, and a name may contain any text.
    let is_of_go = |line: &str| {
        let is_of_module = line.contains("@v") || line.contains("module lookup disabled");
        let is_of_machine = ENDS.iter().any(|end| line.trim_end().ends_with(end))
            && !names_a_line(line)
            && !line.contains(['"', '\'', '`']);
        (OWN.iter().any(|own| line.starts_with(own)) || is_of_module || is_of_machine)
            && !line.contains("malformed import path")
            && !line.contains(" | ")
    };
    let lines = || said.lines().map(str::trim_start);
    let mut of_go = lines().filter(|line| is_of_go(line));
    let found = of_go.find_map(|line| {
        let small = line.to_ascii_lowercase();
        let (_, hint) = SAYINGS.iter().find(|(saying, _)| small.contains(saying))?;
        Some((line.trim(), *hint))
    });
    let unreadable = || Some((lines().find(|line| misses_what_is_there(line))?.trim(), UNREADABLE));
    let (line, hint) = found.or_else(unreadable)?;
    Some(Failure::external(format!("the go command failed: {line}")).hint(hint))
}

const UNREADABLE: &str = "free some space on the disk of GOCACHE, or reinstall Go";

/// Go reports a standard package as missing although its folder exists: it cannot write the index of its packages to a
/// full cache and does not report that. `package fmt is not in std (/usr/local/go/src/fmt)`, before Go 1.21 `in GOROOT`.
fn misses_what_is_there(line: &str) -> bool {
    let parts = line.split_once(" is not in std (").or(line.split_once(" is not in GOROOT ("));
    let folder = parts.and_then(|(_, folder)| folder.trim_end().strip_suffix(')'));
    folder.is_some_and(has_go_files)
}

fn has_go_files(folder: &str) -> bool {
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|kind| kind == "go"))
}

/// Whether a line refers to a line of code: `a.c:7: error`, `m.go:3:8: undefined`.
fn names_a_line(text: &str) -> bool {
    let mut parts = text.split(':').skip(1);
    parts.any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::outside_failure;

    #[test]
    fn what_go_says_of_the_machine_is_told_from_what_it_says_of_the_code() {
        for said in [
            "go: creating work dir: stat /nowhere: no such file or directory",
            "the program was not started, as it could not be isolated: Not a directory",
            "fatal error: failed to reserve page summary memory",
            "go: could not create module cache: stat /dev/null/x: not a directory",
            "# example.com/m\ncompile: writing output: write $WORK/b002/_pkg_.a: no space left on device",
            "pattern ./...: write /c/4b/4bd4-d: no space left on device",
            "example.com/needed: write /c/55/55d8-d: no space left on device",
            "/usr/local/go/pkg/tool/linux_amd64/link: mapping output file failed: no space left on device",
            "build cache is disabled by GOCACHE=off, but required as of Go 1.12",
            "build cache is required, but could not be located: GOCACHE is not defined and neither $XDG_CACHE_HOME nor $HOME are defined",
            "failed to initialize build cache at /nowhere: mkdir /nowhere: permission denied",
            "go: download go1.99 for linux/amd64: toolchain not available",
            "go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
            "# m\nm.go:3:8: module lookup disabled by GOPROXY=off",
            "a.go:3:8: rsc.io/quote@v1.5.2: Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused",
            "go: rsc.io/quote@v1.5.2: Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused",
        ] {
            assert!(outside_failure(said).is_some(), "{said}");
        }
        for said in [
            "",
            "./m.go:3:8: undefined: connection refused",
            "m_test.go:7:2: \"no space left on device\" (untyped string constant) is not used",
            "a.c:1:2: error: #error no space left on device",
            "a.c:1:2: error: #error write x: no space left on device",
            "a.c:7: error: x: no space left on device",
            "m.go:3:8: cannot use x: no space left on device",
            "cannot use `x: no space left on device",
            "    1 | #error \"connection refused\"",
            "m.go:3:8: malformed import path \"example.com/connection refused\": invalid char ' '",
            "go: example.com/x@v1.0.0: reading https://proxy.golang.org/x: 404 Not Found",
        ] {
            assert!(outside_failure(said).is_none(), "{said}");
        }
    }
}
