//! What makes two failures the same: their text without what differs from run to run and from Go to Go.

/// Lines of a failure that are compared.
const LINES: usize = 12;

/// A failure's text without addresses, offsets, numbers of goroutines, durations, suffixes of closures and
/// frames of Go itself.
pub(crate) fn signature(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !is_of_go(line)).map(normalized);
    lines.take(LINES).collect::<Vec<_>>().join("\n")
}

/// The file of a frame in Go's own sources, in a toolchain of the module cache too.
fn is_of_go(line: &str) -> bool {
    line.contains("/src/testing/")
        || line.contains("/src/runtime/")
        || line.contains("/src/reflect/")
        || line.starts_with("testing.")
        || line.starts_with("reflect.")
        || line.starts_with("created by testing.")
        || line.starts_with("exit status ")
}

fn normalized(line: &str) -> String {
    let line = match line.strip_prefix("goroutine ") {
        Some(_) => "goroutine:",
        None => line.split(" +0x").next().unwrap_or(line),
    };
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        out += &rest[..at];
        out += "0x?";
        let digits = rest[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        rest = &rest[at + 2 + digits..];
    }
    out += rest;
    // `.func1`, `.func1.2`, `.gowrap1`: numbered anew by each compiler.
    for mark in [".func", ".gowrap"] {
        if let Some(at) = out.find(mark) {
            let after = at + mark.len();
            let numbers = out[after..]
                .bytes()
                .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
                .count();
            out.replace_range(after..after + numbers, "");
        }
    }
    // `--- FAIL: TestA (0.01s)`.
    match (out.rfind(" ("), out.ends_with("s)")) {
        (Some(at), true) => out[..at].to_owned(),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As go1.19.13 and go1.22.12 print the same panic.
    #[test]
    fn two_versions_of_go_print_one_panic() {
        let old = "--- FAIL: TestHello (0.00s)\npanic: reflect: call of zero Value [recovered]\n\n\
            goroutine 18 [running]:\ntesting.tRunner.func1.2({0x51ae40, 0x59f2b8})\n\
            \t/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64/src/testing/testing.go:1396 +0x24e\n\
            example.com/sdk.Hello.func1({0x520b9a?, 0x43ce99?})\n\t/m/sdk.go:9 +0x3f\n";
        let new = "--- FAIL: TestHello (0.01s)\npanic: reflect: call of zero Value [recovered]\n\n\
            goroutine 7 gp=0xc000007dc0 m=3 mp=0xc0 [running]:\ntesting.tRunner.func1.2({0x5, 0x6})\n\
            \t/usr/local/go/src/testing/testing.go:1631 +0x2e\n\
            example.com/sdk.Hello.func2({0x1?, 0x2?})\n\t/m/sdk.go:9 +0x44\n";
        assert_eq!(signature(old), signature(new));
        assert!(signature(old).contains("/m/sdk.go:9"), "{}", signature(old));
        assert_ne!(signature(old), signature(&old.replace("zero Value", "nil Value")));
    }
}
