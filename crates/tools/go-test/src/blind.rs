//! Packages whose passes Go's test cache would repeat though something that they depend on changed.
//!
//! Go notes what a test process reads only from `m.Run` on, only in the module, and only in the process
//! itself (<https://go.dev/issue/59849>, <https://go.dev/issue/23799>). A package whose code in the
//! repository could read anything else is run every time. What downloaded packages read before the
//! tests is not looked at.

use crate::input::ResolvedLayer;
use crate::untested::is_variant;
use robot_golang::package_list::Package;
use robot_golang::syntax::Reach;
use std::collections::BTreeMap;
use std::path::Path;

/// Import paths of packages that must run, with the reason.
pub(crate) type Blind = BTreeMap<String, String>;

/// Packages of Go itself that are known not to read files or variables when they are called before
/// the tests. What is not here may.
const PURE: [&str; 25] = [
    "bytes",
    "context",
    "crypto/md5",
    "crypto/sha1",
    "crypto/sha256",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "log",
    "log/slog",
    "maps",
    "math",
    "math/big",
    "reflect",
    "regexp",
    "slices",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "testing",
    "time",
    "unicode",
    "unsafe",
];

/// Functions of other packages of Go itself of which the same is known.
const PURE_CALLS: [&str; 6] = [
    "http.NewServeMux",
    "rand.New",
    "rand.NewSource",
    "template.New",
    "template.Must",
    "url.Parse",
];

/// Built into the language: <https://go.dev/ref/spec#Predeclared_identifiers>.
const BUILT_IN: [&str; 34] = [
    "any",
    "append",
    "bool",
    "byte",
    "cap",
    "clear",
    "close",
    "complex",
    "complex64",
    "complex128",
    "copy",
    "delete",
    "error",
    "float32",
    "float64",
    "imag",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "len",
    "make",
    "max",
    "min",
    "new",
    "panic",
    "real",
    "rune",
    "string",
    "uint",
    "uint32",
    "uint64",
    "uint8",
];

/// What a package's files say together.
#[derive(Debug, Default)]
struct Code {
    /// Why whatever uses it must run.
    reason: Option<String>,
    /// Folders upwards that its paths may lead; they begin at the folder of the package that is tested.
    climbs: usize,
}

/// Finds them in a listing of `go list -deps -test`. A package whose code cannot be read is one of them.
pub(crate) fn find(packages: &[Package], layer: &ResolvedLayer) -> Blind {
    if layer.count.is_some() {
        // All of them run anyway.
        return Blind::new();
    }
    let ours = packages.iter().filter(|package| is_in_repository(package));
    let codes: BTreeMap<&str, Code> =
        ours.clone().map(|package| (package.import_path.as_str(), of_code(package))).collect();
    let needs: BTreeMap<&str, &[String]> = packages
        .iter()
        .filter_map(|package| Some((package.import_path.strip_suffix(".test")?, &package.deps[..])))
        .collect();
    let tested = ours.filter(|package| !package.dep_only);
    let reason = |package: &Package| {
        let path = package.import_path.as_str();
        let depth = depth(package);
        // A variant for a test has the name of its package first: `m/a [m/b.test]`.
        let needed = needs.get(path).copied().unwrap_or_default().iter();
        let needed = needed.filter_map(|name| name.split(' ').next()).filter(|name| *name != path);
        let tests = of_tests(package);
        let own = [&tests].into_iter().chain(codes.get(path));
        let own = own.map(|code| (String::new(), code));
        let others =
            needed.filter_map(|name| Some((format!("{name}, which it needs: "), codes.get(name)?)));
        own.chain(others).find_map(|(of, code)| {
            let climbs = || {
                (code.climbs > depth).then(|| {
                    "a path with `..` may lead out of the module, where Go does not look".to_owned()
                })
            };
            Some(of + &code.reason.clone().or_else(climbs)?)
        })
    };
    tested.filter_map(|package| Some((package.import_path.clone(), reason(package)?))).collect()
}

/// Folders between a package and the root of its module.
fn depth(package: &Package) -> usize {
    let root = package.module.as_ref().map_or("", |module| module.dir.as_str());
    let below = Path::new(&package.dir).strip_prefix(root);
    below.map_or(0, |below| below.components().count())
}

fn is_in_repository(package: &Package) -> bool {
    let is_downloaded = |dir: &str| dir.contains('@');
    let module = package.module.as_ref();
    !package.standard
        && !is_variant(package)
        && module.is_none_or(|module| !is_downloaded(&module.dir))
}

/// Of the code of a package, without its tests.
fn of_code(package: &Package) -> Code {
    if !package.cgo_files.is_empty() {
        return Code { reason: Some("C code may read anything".to_owned()), climbs: 0 };
    }
    of_files(package, &package.go_files)
}

fn of_tests(package: &Package) -> Code {
    let both = package.test_go_files.iter().chain(&package.x_test_go_files);
    of_files(package, &both.cloned().collect::<Vec<_>>())
}

fn of_files(package: &Package, names: &[String]) -> Code {
    let read = |name: &String| fs_err::read(Path::new(&package.dir).join(name));
    let Ok(texts) = names.iter().map(read).collect::<Result<Vec<_>, _>>() else {
        return Code { reason: Some("its files cannot be read".to_owned()), climbs: 0 };
    };
    let files: Vec<Reach> = texts.iter().map(|text| Reach::read(text)).collect();
    let is_pure =
        files.iter().flat_map(|file| file.imports.values()).all(|path| is_pure_package(path));
    let climbs = files.iter().map(|file| file.climbs).max().unwrap_or(0);
    Code { reason: files.iter().find_map(|file| of_file(file, is_pure)), climbs }
}

/// `is_pure`: nothing that the package itself imports reads files or variables.
fn of_file(file: &Reach, is_pure: bool) -> Option<String> {
    if file.has_test_main {
        return Some("what TestMain reads is not known to Go".to_owned());
    }
    let starts = |path: &&String| {
        let outside = ["os/exec", "plugin", "C", "os/user"];
        outside.contains(&path.as_str()) || path.starts_with("golang.org/x/sys/")
    };
    if let Some(path) = file.imports.values().find(starts) {
        return Some(format!("what is reached through `{path}` is not known to Go"));
    }
    if file.calls_system {
        return Some("what is reached through `syscall` is not known to Go".to_owned());
    }
    if file.asks_network {
        return Some("what the network answers is not known to Go".to_owned());
    }
    if file.reads_all_variables {
        return Some("it reads all variables at once, which Go does not note".to_owned());
    }
    let call = file.initial_calls.iter().find(|call| may_read(call, file, is_pure))?;
    Some(format!("`{call}` is called before the tests, when Go does not note what is read"))
}

fn may_read(call: &str, file: &Reach, is_pure: bool) -> bool {
    let Some((first, _)) = call.split_once('.') else {
        return !BUILT_IN.contains(&call) && !is_pure;
    };
    match file.imports.get(first) {
        Some(path) => !is_pure_package(path) && !PURE_CALLS.contains(&call),
        // A method of something of this package.
        None => !is_pure,
    }
}

fn is_pure_package(path: &str) -> bool {
    PURE.contains(&path)
        || path.starts_with("unicode/")
        || path.starts_with("encoding/")
        || path.starts_with("container/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<String> {
        let file = Reach::read(text.as_bytes());
        let is_pure = file.imports.values().all(|path| is_pure_package(path));
        of_file(&file, is_pure)
    }

    #[test]
    fn what_go_does_not_note_is_a_reason() {
        for text in [
            "func TestMain(m *testing.M) {}",
            "import \"os\"\nvar golden, _ = os.ReadFile(\"x\")",
            "import \"os\"\nfunc init() { mode = os.Getenv(\"MODE\") }",
            "import \"os\"\nvar golden = load()\nfunc load() []byte { b, _ := os.ReadFile(\"x\"); return b }",
            "import \"example.com/m/config\"\nvar settings = config.Load()",
            "import \"os/exec\"\nfunc TestX(t *testing.T) { exec.Command(\"cat\", \"x\") }",
            "import \"net\"\nfunc TestX(t *testing.T) { net.Dial(\"tcp\", \"x\") }",
            "import \"syscall\"\nfunc TestX(t *testing.T) { syscall.Open(\"x\", 0, 0) }",
            "import \"os\"\nfunc TestX(t *testing.T) { os.Environ() }",
            "import \"html/template\"\nvar page = template.Must(template.ParseFiles(\"x\"))",
        ] {
            assert!(reason(&format!("package m\n{text}\n")).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_code_has_none() {
        for text in [
            "import \"errors\"\nvar ErrX = errors.New(\"x\")",
            "import \"regexp\"\nvar word = regexp.MustCompile(`a`)\nvar all = make(map[string]int)",
            "import \"os\"\nfunc TestX(t *testing.T) { os.ReadFile(\"testdata/x\"); os.Getenv(\"Y\") }",
            "import \"net/http\"\nfunc F() { http.Get(\"x\") }",
            "import \"net\"\nfunc F() { net.Listen(\"tcp\", \"127.0.0.1:0\") }",
            "import (\"os/signal\"; \"syscall\")\nfunc F() { signal.Notify(c, syscall.SIGTERM) }",
            "import \"fmt\"\nvar text = render()\nfunc render() string { return fmt.Sprint(1) }",
        ] {
            assert_eq!(reason(&format!("package m\n{text}\n")), None, "{text}");
        }
    }
}
