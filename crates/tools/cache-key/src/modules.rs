//! Gathers the inputs of the module part of the keys: go.mod, go.sum, go.work, replaced folders.

use data_encoding::HEXLOWER;
use robot_contract::{Failure, ResultExt};
use robot_golang::module::{GoMod, Replacement, Target, Word};
use robot_golang::{sum, workspace};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Largest go.mod, go.sum or go.work, in bytes.
const CAP: u64 = 64 * 1024 * 1024;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// Name of an influence -> its value.
    pub(crate) influences: BTreeMap<String, String>,
    /// Whether dependencies are vendored, so that no module cache is needed.
    pub(crate) is_vendored: bool,
    /// Notes for the owner.
    pub(crate) notes: Vec<String>,
    root: PathBuf,
}

/// Reads the workspace or module at `root`.
///
/// # Errors
/// There is no go.mod, or a file that no Go version accepts; the error names its line.
pub(crate) fn gather(root: &Path) -> Result<Modules, Failure> {
    let mut modules = Modules { root: root.to_owned(), ..Modules::default() };
    let mut folders = vec![String::new()];
    if let Some(text) = modules.read("go.work")? {
        let work = workspace::GoWork::parse(&text)
            .map_err(|error| broken("go.work", &error.to_string()))?;
        folders = work.folders().collect();
        modules.take_versions("go.work", &work.go, &work.toolchain);
        modules.take_replacements("go.work", "", &work.replace)?;
        modules.take_sums("go.work.sum")?;
    }
    let mut found = false;
    for folder in &folders {
        found |= modules.take_module(folder.trim_start_matches("./"))?;
    }
    modules.is_vendored = root.join("vendor/modules.txt").is_file();
    if let Some(text) = modules.read("vendor/modules.txt")? {
        modules.influences.insert("vendor/modules.txt".to_owned(), digest(text.as_bytes()));
    }
    if found {
        return Ok(modules);
    }
    Err(Failure::config(format!("no go.mod in {}", root.display()))
        .hint("set working-directory to the folder of the module or workspace"))
}

impl Modules {
    fn take_module(&mut self, folder: &str) -> Result<bool, Failure> {
        let at = |file: &str| match folder.trim_end_matches('/') {
            "" | "." => file.to_owned(),
            folder => format!("{folder}/{file}"),
        };
        let name = at("go.mod");
        let Some(text) = self.read(&name)? else {
            if !folder.is_empty() {
                self.notes.push(format!("go.work uses {name}, which does not exist"));
            }
            return Ok(false);
        };
        let module = GoMod::parse(&text).map_err(|error| broken(&name, &error.to_string()))?;
        if module.module.is_none() {
            return Err(Failure::config(format!("{name}: no `module` line"))
                .hint("run `go mod init <path>`"));
        }
        for requirement in &module.require {
            let key = requirement.path.clone();
            self.influences.insert(format!("{name} {key}"), requirement.version.clone());
        }
        self.take_versions(&name, &module.go, &module.toolchain);
        self.take_replacements(&name, folder, &module.replace)?;
        let has_sums = self.take_sums(&at("go.sum"))?;
        if !has_sums && !module.require.is_empty() {
            self.notes.push(format!(
                "{} does not exist: the cache keys depend on module versions alone",
                at("go.sum")
            ));
        }
        Ok(true)
    }

    /// The lines that select language and toolchain.
    fn take_versions(&mut self, name: &str, go: &Option<Word>, toolchain: &Option<Word>) {
        for (directive, word) in [("go", go), ("toolchain", toolchain)] {
            if let Some(word) = word {
                self.influences.insert(format!("{name} {directive}"), word.text.clone());
            }
        }
    }

    fn take_sums(&mut self, name: &str) -> Result<bool, Failure> {
        let Some(text) = self.read(name)? else { return Ok(false) };
        let sums = sum::parse_set(&text).map_err(|error| broken(name, &error.to_string()))?;
        let mut hasher = Sha256::new();
        for sum in sums.iter().filter(|sum| !sum.is_go_mod) {
            hasher.update(format!("{} {} {}\n", sum.module, sum.version, sum.hash));
        }
        self.influences.insert(name.to_owned(), HEXLOWER.encode(&hasher.finalize()[..8]));
        Ok(true)
    }

    fn take_replacements(
        &mut self,
        name: &str,
        folder: &str,
        replacements: &[Replacement],
    ) -> Result<(), Failure> {
        for replacement in replacements {
            let value = match &replacement.target {
                Target::Module { path, version } => format!("{path} {version}"),
                target => {
                    let target_folder = target.folder().unwrap_or_default();
                    if target.is_windows_only() {
                        let line = replacement.line;
                        self.notes
                            .push(format!("{name}:{line}: `{target_folder}` is a Windows path"));
                    }
                    let path = self.root.join(folder).join(&target_folder);
                    format!("{target_folder} {}", tree_digest(&path)?)
                }
            };
            let version = replacement.version.as_deref().unwrap_or("every version");
            let key = format!("{name} replace {} {version}", replacement.path);
            self.influences.insert(key, value);
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        let path = self.root.join(name);
        match fs_err::metadata(&path) {
            Ok(metadata) if metadata.is_file() && metadata.len() <= CAP => {
                fs_err::read_to_string(&path)
                    .map(Some)
                    .or_external(|| format!("{name} is not valid UTF-8"))
            }
            Ok(metadata) if metadata.is_file() => Err(broken(name, "larger than 64 MiB")),
            _ => Ok(None),
        }
    }
}

fn broken(name: &str, reason: &str) -> Failure {
    Failure::config(format!("{name}: {reason}")).hint("run `go mod tidy` to write it again")
}

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)[..8])
}

/// The hash of a replaced folder's files, because it has no line in go.sum. Links are not followed, so that nothing
/// outside of the folder is read.
fn tree_digest(folder: &Path) -> Result<String, Failure> {
    let mut hasher = Sha256::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.file_name() != ".git") {
        // Go rejects a missing folder; for the key, its absence is a value too.
        let Ok(entry) = entry else { return Ok("unreadable".to_owned()) };
        let name = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        hasher.update(name.to_string_lossy().as_bytes());
        if entry.file_type().is_symlink() {
            let target = fs_err::read_link(entry.path()).unwrap_or_default();
            hasher.update(target.to_string_lossy().as_bytes());
        } else if entry.file_type().is_file() {
            let bytes = fs_err::read(entry.path())
                .or_external(|| format!("replaced folder {} cannot be read", folder.display()))?;
            hasher.update(Sha256::digest(bytes));
        }
    }
    Ok(HEXLOWER.encode(&hasher.finalize()[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn influences(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        gather(tree(files).path()).unwrap().influences
    }

    const MODULE: (&str, &str) = ("go.mod", "module m\n\ngo 1.19\n\nrequire a.org/a v1.0.0\n");

    #[test]
    fn order_comments_and_line_ends_change_nothing() {
        let sums = "a.org/a v1.0.0 h1:x=\na.org/a v1.0.0/go.mod h1:y=\n";
        let plain = influences(&[MODULE, ("go.sum", sums)]);
        let other = "// c\r\nmodule m\r\nrequire (\r\n\ta.org/a v1.0.0 // x\r\n)\r\ngo 1.19\r\n";
        let shuffled = "a.org/a v1.0.0/go.mod h1:y=\r\na.org/a v1.0.0 h1:x=\r\n";
        assert_eq!(plain, influences(&[("go.mod", other), ("go.sum", shuffled)]));
        let changed = influences(&[MODULE, ("go.sum", &sums.replace("h1:x", "h1:z"))]);
        assert_ne!(plain, changed);
    }

    #[test]
    fn a_replaced_folder_counts_with_its_content() {
        let module = ("go.mod", "module m\nrequire a.org/a v1.0.0\nreplace a.org/a => ./a\n");
        let one = influences(&[module, ("a/a.go", "package a")]);
        assert_ne!(one, influences(&[module, ("a/a.go", "package a // x")]));
        assert!(gather(tree(&[module]).path()).is_ok());
    }

    #[test]
    fn a_workspace_is_all_its_modules() {
        let work = ("go.work", "go 1.19\nuse (\n\t./x\n\t./y\n)\n");
        let modules =
            [work, ("x/go.mod", "module x\n"), ("y/go.mod", "module y\nrequire b.org/b v2.0.0\n")];
        assert_eq!(influences(&modules)["y/go.mod b.org/b"], "v2.0.0");
    }

    #[test]
    fn go_and_toolchain_lines_of_a_workspace_count() {
        let of = |lines: &str| {
            let work = format!("{lines}use ./x\n");
            influences(&[("go.work", &work), ("x/go.mod", "module x\n\ngo 1.19\n")])
        };
        let all = [
            of(""),
            of("go 1.21\n"),
            of("go 1.22\n"),
            of("go 1.21\ntoolchain go1.22.1\n"),
            of("go 1.21\ntoolchain go1.22.2\n"),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
        assert_eq!(of("go 1.21\n"), of("// a comment\ngo 1.21 // another\n"));
    }

    #[test]
    fn a_file_larger_than_any_go_mod_is_refused() {
        let large = format!("module m\n{}", "require a.org/a v1.0.0\n".repeat(1 << 20));
        for (name, files) in [
            ("go.mod", vec![("go.mod", large.as_str())]),
            ("go.work", vec![("go.work", large.as_str()), MODULE]),
        ] {
            let refused = gather(tree(&files).path()).unwrap_err().to_string();
            assert!(refused.contains(name) && refused.contains("larger than 2 MiB"), "{refused}");
        }
    }

    #[test]
    fn what_no_go_accepts_is_named_with_its_line() {
        let none = gather(tree(&[]).path()).unwrap_err().to_string();
        assert!(none.contains("no go.mod") && none.contains("working-directory"), "{none}");
        let conflict = gather(tree(&[MODULE, ("go.sum", "a v1 h1:x=\n<<<<<<< HEAD\n")]).path());
        let conflict = conflict.unwrap_err().to_string();
        assert!(conflict.contains("go.sum") && conflict.contains("line 2"), "{conflict}");
        let windows = tree(&[MODULE, ("go.sum", "C:\\Users\\me\\a v1.0.0 h1:x=\n")]);
        let windows = gather(windows.path()).unwrap_err().to_string();
        assert!(windows.contains("line 1") && windows.contains("Windows folder"), "{windows}");
        let empty = gather(tree(&[("go.mod", "")]).path()).unwrap_err().to_string();
        assert!(empty.contains("go.mod: no `module` line"), "{empty}");
        let absent = gather(tree(&[MODULE]).path()).unwrap();
        assert!(absent.notes[0].contains("go.sum does not exist"));
    }
}
