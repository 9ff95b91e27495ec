//! Whether a file is part of a build: `go help buildconstraint`, `go/build/constraint`.

/// The target system of a build.
#[derive(Debug, Clone, Copy)]
pub struct Platform<'a> {
    /// `GOOS`.
    pub system: &'a str,
    /// `GOARCH`.
    pub architecture: &'a str,
}

/// `internal/syslist` of Go 1.26.
const SYSTEMS: [&str; 19] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
    "unix",
];
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// `Some(true)` if a file with that name and text is in every build of its package for this platform,
/// `Some(false)` if it is in none, `None` if tags, the Go version or a C compiler decide.
pub fn is_built(name: &str, text: &[u8], platform: Platform<'_>) -> Option<bool> {
    if name.starts_with(['_', '.']) || name.ends_with("_test.go") || !name.ends_with(".go") {
        return Some(false);
    }
    if !fits_name(name, platform) {
        return Some(false);
    }
    let head = head(text);
    // go itself decides about files for package documentation and files that use C.
    let says = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    if says(b"import \"C\"") || says(b"\t\"C\"\n") || says(b"package documentation") {
        return None;
    }
    let mut is_old_form = false;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if let Some(expression) = line.strip_prefix(b"//go:build ") {
            return evaluate(std::str::from_utf8(expression).ok()?, platform);
        }
        let comment = line.strip_prefix(b"//").map(<[u8]>::trim_ascii_start);
        is_old_form |= comment.is_some_and(|comment| comment.starts_with(b"+build"));
    }
    if is_old_form { None } else { Some(true) }
}

/// The text before the package clause.
fn head(text: &[u8]) -> &[u8] {
    let starts = memchr::memmem::find_iter(text, b"package ");
    let mut starts = starts.filter(|at| *at == 0 || text[at - 1] == b'\n');
    &text[..starts.next().unwrap_or(text.len())]
}

/// `goodOSArchFile` of `go/build`.
fn fits_name(name: &str, platform: Platform<'_>) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let Some((_, suffix)) = stem.split_once('_') else { return true };
    let parts: Vec<&str> = suffix.split('_').collect();
    let is_architecture = |part: &str| ARCHITECTURES.contains(&part);
    let is_system = |part: &str| part != "unix" && SYSTEMS.contains(&part);
    let of = |tag: &str| tag_of(tag, platform) == Some(true);
    match parts.as_slice() {
        [.., system, architecture] if is_system(system) && is_architecture(architecture) => {
            of(system) && of(architecture)
        }
        [.., last] if is_system(last) || is_architecture(last) => of(last),
        _ => true,
    }
}

/// Whether a tag is set; `None` if the platform does not decide it.
fn tag_of(tag: &str, platform: Platform<'_>) -> Option<bool> {
    const NO_UNIX: [&str; 7] = ["js", "nacl", "plan9", "wasip1", "windows", "zos", ""];
    match tag {
        "gc" => Some(true),
        "unix" => Some(!NO_UNIX.contains(&platform.system)),
        "linux" if platform.system == "android" => Some(true),
        "solaris" if platform.system == "illumos" => Some(true),
        "darwin" if platform.system == "ios" => Some(true),
        "gccgo" => Some(false),
        _ if SYSTEMS.contains(&tag) => Some(tag == platform.system),
        _ if ARCHITECTURES.contains(&tag) => Some(tag == platform.architecture),
        _ => None,
    }
}

/// The value of an expression; `None` also for an invalid one.
fn evaluate(expression: &str, platform: Platform<'_>) -> Option<bool> {
    let expression = expression.split("//").next().unwrap_or_default();
    let mut rest = expression.trim();
    let value = either(&mut rest, platform, 0)?;
    rest.is_empty().then_some(value).flatten()
}

/// The outer `None` is an invalid expression, the inner one an unknown tag.
type Value = Option<Option<bool>>;

fn either(rest: &mut &str, platform: Platform<'_>, depth: usize) -> Value {
    let mut value = both(rest, platform, depth)?;
    while take(rest, "||") {
        let other = both(rest, platform, depth)?;
        value = match (value, other) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
    }
    Some(value)
}

fn both(rest: &mut &str, platform: Platform<'_>, depth: usize) -> Value {
    let mut value = one(rest, platform, depth)?;
    while take(rest, "&&") {
        let other = one(rest, platform, depth)?;
        value = match (value, other) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    Some(value)
}

fn one(rest: &mut &str, platform: Platform<'_>, depth: usize) -> Value {
    if depth > 100 {
        return None;
    }
    if take(rest, "!") {
        return Some(one(rest, platform, depth + 1)?.map(|value| !value));
    }
    if take(rest, "(") {
        let value = either(rest, platform, depth + 1)?;
        return take(rest, ")").then_some(value);
    }
    let is_end = |letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.');
    let end = rest.find(is_end).unwrap_or(rest.len());
    let (tag, behind) = rest.split_at(end);
    *rest = behind.trim_start();
    (!tag.is_empty()).then(|| tag_of(tag, platform))
}

fn take(rest: &mut &str, sign: &str) -> bool {
    match rest.strip_prefix(sign) {
        Some(behind) => {
            *rest = behind.trim_start();
            true
        }
        None => false,
    }
}
