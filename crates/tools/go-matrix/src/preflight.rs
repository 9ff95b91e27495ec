//! Which cells cannot work, by what the files of modules say: before anything is downloaded.

use robot_contract::Context;
use robot_golang::module::GoMod;
use robot_golang::version::Version;
use robot_golang::workspace::GoWork;
use std::path::{Path, PathBuf};

/// Directives that Go does not know before a version.
const SINCE: [(&str, (u32, u32)); 4] =
    [("toolchain", (1, 21)), ("godebug", (1, 23)), ("tool", (1, 24)), ("ignore", (1, 25))];
/// The first Go that reads `go 1.21.0`, and obeys a `go` line above itself.
const OBEYS: (u32, u32) = (1, 21);
/// The first patches of older versions that refuse to compile for a later language.
/// <https://go.dev/doc/go1.21#language>
const REFUSES: [((u32, u32), u32); 2] = [((1, 19), 13), ((1, 20), 8)];

/// The files of the repository that each Go has to read, by name: go.mod, or go.work with those of its modules.
pub(crate) fn own_files(context: &Context) -> Vec<(String, GoMod)> {
    let module = |path: PathBuf| {
        let name = path.strip_prefix(&context.directory).unwrap_or(&path).display().to_string();
        let text = fs_err::read_to_string(&path).ok()?;
        Some((name, GoMod::parse(&text).ok()?))
    };
    let work = context.environment.get("GOWORK").filter(|work| *work != "off").map(Path::new);
    let Some(work) = work else {
        return module(context.directory.join("go.mod")).into_iter().collect();
    };
    let text = fs_err::read_to_string(work).unwrap_or_default();
    let Ok(file) = GoWork::parse(&text) else { return Vec::new() };
    let root = work.parent().unwrap_or(work);
    let modules: Vec<_> =
        file.folders().filter_map(|used| module(root.join(used).join("go.mod"))).collect();
    let GoWork { go, toolchain, godebug, .. } = file;
    let own = ("go.work".to_owned(), GoMod { go, toolchain, godebug, ..GoMod::default() });
    std::iter::once(own).chain(modules).collect()
}

/// Why a Go cannot work with a module; `None` where nothing is in its way. `name` is the file, for the
/// place.
pub(crate) fn obstacle(go: Version, file: &GoMod, name: &str) -> Option<String> {
    let lines = [
        ("toolchain", file.toolchain.as_ref().map(|word| word.line)),
        ("godebug", file.godebug.first().map(|setting| setting.line)),
        ("tool", file.tool.first().map(|word| word.line)),
        ("ignore", file.ignore.first().map(|word| word.line)),
    ];
    for (directive, since) in SINCE {
        let line = lines.iter().find(|(known, _)| *known == directive).and_then(|(_, line)| *line);
        if let Some(line) = line.filter(|_| go.language() < since) {
            let (major, minor) = since;
            return Some(format!(
                "{name}:{line}: `{directive}` is not known before Go {major}.{minor}"
            ));
        }
    }
    let word = file.go.as_ref()?;
    let (line, text) = (word.line, &word.text);
    let wanted = Version::parse(text)?;
    if go.language() < OBEYS {
        if text.split('.').count() > 2 || wanted.pre_release.is_some() {
            return Some(format!("{name}:{line}: `go {text}`: before Go 1.21 it has two numbers"));
        }
        let refuses = REFUSES.iter().find(|(language, _)| *language == go.language());
        let refuses = refuses.is_some_and(|(_, patch)| go.patch >= Some(*patch));
        return (refuses && wanted.language() > go.language())
            .then(|| format!("{name}:{line}: `go {text}` is above Go {go}"));
    }
    (wanted > go).then(|| format!("{name}:{line}: `go {text}` is above Go {go}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn obstacle_of(go: &str, file: &str) -> Option<String> {
        let file = GoMod::parse(&format!("module m\n\n{file}\n")).unwrap();
        obstacle(Version::parse(go).unwrap(), &file, "go.mod")
    }

    /// As the go command of each version behaves (1.19.12, 1.19.13, 1.20.14, 1.21.13, 1.22.12).
    #[test]
    fn files_tell_which_go_reads_them() {
        let is_free = |go: &str, file: &str| obstacle_of(go, file).is_none();
        assert!(is_free("1.19.13", "go 1.19") && is_free("1.26.8", "go 1.19"));
        // Older patches only print a note when the build fails.
        assert!(is_free("1.19.12", "go 1.22"));
        let above = obstacle_of("1.19.13", "go 1.22").unwrap();
        assert_eq!(above, "go.mod:3: `go 1.22` is above Go 1.19.13");
        assert!(!is_free("1.20.14", "go 1.22") && !is_free("1.21.13", "go 1.22"));
        assert!(is_free("1.22.12", "go 1.22.12") && !is_free("1.22.11", "go 1.22.12"));
        let three = obstacle_of("1.20.14", "go 1.20.1").unwrap();
        assert!(three.contains("it has two numbers"), "{three}");
        let toolchain = obstacle_of("1.20.14", "go 1.20\n\ntoolchain go1.22.1").unwrap();
        assert_eq!(toolchain, "go.mod:5: `toolchain` is not known before Go 1.21");
        assert!(is_free("1.21.13", "go 1.20\n\ntoolchain go1.22.1"));
        assert!(!is_free("1.23.4", "go 1.23\n\ntool m/cmd/x"));
        assert!(!is_free("1.24.4", "go 1.23\n\nignore ./x"));
    }
}
