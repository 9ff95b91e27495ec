//! Whether go failed for the sake of the machine or of a server, and not of the robot's code.

use robot_contract::Failure;

/// What go says, in small letters, and what to do about it. The words are those of go 1.19 to 1.26.
const SAYINGS: [(&str, &str); 28] = [
    ("build cache is disabled by gocache=off", "set GOCACHE to a folder"),
    ("build cache is required, but could not be located", "set GOCACHE or HOME"),
    ("failed to initialize build cache", "let GOCACHE be a folder that can be written"),
    ("module cache not found", "set GOMODCACHE, GOPATH or HOME"),
    (
        "toolchain not available",
        "install that version of Go, or let GOTOOLCHAIN and GOPROXY fetch it",
    ),
    ("; gotoolchain=", "install that version of Go, or let GOTOOLCHAIN fetch it"),
    ("cannot find goroot", "install Go, or unset GOROOT"),
    ("no such tool", "install Go as a whole"),
    (
        "module lookup disabled by goproxy=off",
        "let GOPROXY name a proxy, or run where modules are cached",
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
    ("read-only file system", "let the folders that go writes to be writable"),
    ("creating work dir", "let TMPDIR be a folder that can be written"),
    ("could not be isolated", "see whether the folders that go uses are there"),
    ("file too large", LIMITS),
    ("too many open files", LIMITS),
    ("resource temporarily unavailable", LIMITS),
    ("failed to reserve page summary memory", LIMITS),
];

const LIMITS: &str = "raise the limits of this process (`ulimit -a`)";

/// How lines begin that go or the seal says of itself.
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

const NETWORK: &str = "see whether the network and GOPROXY work, then run it again";

/// What a failed go command said as a failure of something outside; `None` when it is of the code, as far
/// as go tells.
pub fn outside_failure(said: &str) -> Option<Failure> {
    // Compilers quote the code, and a name may say anything.
    let is_of_go = |line: &str| {
        let is_of_module = line.contains("@v") || line.contains("module lookup disabled");
        (OWN.iter().any(|own| line.starts_with(own)) || is_of_module)
            && !line.contains("malformed import path")
            && !line.contains(" | ")
    };
    let mut lines = said.lines().map(str::trim_start).filter(|line| is_of_go(line));
    let (line, hint) = lines.find_map(|line| {
        let small = line.to_ascii_lowercase();
        let (_, hint) = SAYINGS.iter().find(|(saying, _)| small.contains(saying))?;
        Some((line.trim(), *hint))
    })?;
    Some(Failure::external(format!("go could not work: {line}")).hint(hint))
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
            "    1 | #error \"connection refused\"",
            "m.go:3:8: malformed import path \"example.com/connection refused\": invalid char ' '",
            "go: example.com/x@v1.0.0: reading https://proxy.golang.org/x: 404 Not Found",
        ] {
            assert!(outside_failure(said).is_none(), "{said}");
        }
    }
}
