//! `go.mod`.
//!
//! Spec: <https://go.dev/ref/mod#go-mod-file>. The reader accepts more than any single Go version (directives of
//! later versions, versions of any form), so that it can be used for every cell of a matrix. It rejects only
//! what every Go version rejects.

pub use crate::directive::ModuleFile;

use crate::LineError;
use crate::directive::Directive;

/// A word with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without quotes.
    pub text: String,
    /// From 1.
    pub line: usize,
}

/// A `go.mod` file. Lists are in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoMod {
    /// Module path.
    pub module: Option<Word>,
    /// Language version, such as `1.19` or `1.26.0`; absent means 1.16.
    pub go: Option<Word>,
    /// Suggested toolchain, such as `go1.26.8` or `default` (Go 1.21 and later).
    pub toolchain: Option<Word>,
    /// Runtime settings (Go 1.23 and later).
    pub godebug: Vec<Setting>,
    /// Required modules.
    pub require: Vec<Requirement>,
    /// Replacements of modules.
    pub replace: Vec<Replacement>,
    /// Versions that are never chosen.
    pub exclude: Vec<ModuleVersion>,
    /// Versions of this module that should not be used.
    pub retract: Vec<Retraction>,
    /// Packages run with `go tool` (Go 1.24 and later).
    pub tool: Vec<Word>,
    /// Folders that package patterns ignore (Go 1.25 and later).
    pub ignore: Vec<Word>,
    /// Directives of other names.
    pub unknown: Vec<Directive>,
}

/// `godebug key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Left of `=`.
    pub key: String,
    /// Right of it.
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// A module at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleVersion {
    /// Module path.
    pub path: String,
    /// Such as `v1.2.3`; in files that are not tidy also a branch or commit.
    pub version: String,
    /// From 1.
    pub line: usize,
}

/// A `require` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Module path.
    pub path: String,
    /// Lowest version.
    pub version: String,
    /// Marked `// indirect`: no package of the main module imports it.
    pub indirect: bool,
    /// From 1.
    pub line: usize,
}

/// A `replace` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced.
    pub path: String,
    /// Only this version of it; all versions if absent.
    pub version: Option<String>,
    /// Its replacement.
    pub target: Target,
    /// From 1.
    pub line: usize,
}

/// The replacement of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder, absolute or relative to the file's folder, as written. It has no line in go.sum.
    Folder(String),
    /// Another module, with its own lines in go.sum.
    Module {
        /// Module path.
        path: String,
        /// Its version.
        version: String,
    },
}

/// A `retract` directive: one version, or a closed interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retraction {
    /// First version.
    pub low: String,
    /// Last version.
    pub high: String,
    /// The comment beside or above; may be empty.
    pub rationale: String,
    /// From 1.
    pub line: usize,
}

impl GoMod {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ModuleFile::parse`] rejects it; a known directive has invalid arguments; there is a second `module`, `go`
    /// or `toolchain`.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut file = Self::default();
        for directive in ModuleFile::parse(text)?.directives {
            match directive.name.as_str() {
                "module" => once(&mut file.module, &directive)?,
                "go" => once(&mut file.go, &directive)?,
                "toolchain" => once(&mut file.toolchain, &directive)?,
                "godebug" => file.godebug.push(Setting::of(&directive)?),
                "require" => {
                    let indirect = is_indirect(&directive.comment);
                    let ModuleVersion { path, version, line } = ModuleVersion::of(&directive)?;
                    file.require.push(Requirement { path, version, indirect, line });
                }
                "replace" => file.replace.push(Replacement::of(&directive)?),
                "exclude" => file.exclude.push(ModuleVersion::of(&directive)?),
                "retract" => file.retract.push(Retraction::of(directive)?),
                "tool" => file.tool.push(Word::of(&directive)?),
                "ignore" => file.ignore.push(Word::of(&directive)?),
                _ => file.unknown.push(directive),
            }
        }
        Ok(file)
    }
}

/// Stores a directive that may appear only once.
pub(crate) fn once(slot: &mut Option<Word>, directive: &Directive) -> Result<(), LineError> {
    if slot.is_some() {
        return Err(directive.wrong("appears more than once"));
    }
    *slot = Some(Word::of(directive)?);
    Ok(())
}

/// The comment is `indirect`, or starts with `indirect;`.
fn is_indirect(comment: &str) -> bool {
    let mut words = comment.split_whitespace();
    match (words.next(), words.next()) {
        (Some("indirect"), None) => true,
        (Some(first), Some(_)) => first == "indirect;",
        _ => false,
    }
}

impl Word {
    pub(crate) fn of(directive: &Directive) -> Result<Self, LineError> {
        Ok(Self { text: directive.only()?.to_owned(), line: directive.line })
    }
}

impl Setting {
    pub(crate) fn of(directive: &Directive) -> Result<Self, LineError> {
        let (key, value) = directive
            .only()?
            .split_once('=')
            .ok_or_else(|| directive.wrong("expected `key=value`"))?;
        Ok(Self { key: key.to_owned(), value: value.to_owned(), line: directive.line })
    }
}

impl ModuleVersion {
    fn of(directive: &Directive) -> Result<Self, LineError> {
        match directive.arguments.as_slice() {
            [path, version] => {
                Ok(Self { path: path.clone(), version: version.clone(), line: directive.line })
            }
            _ => Err(directive.wrong("expected `module/path v1.2.3`")),
        }
    }
}

impl Replacement {
    pub(crate) fn of(directive: &Directive) -> Result<Self, LineError> {
        let words: Vec<&str> = directive.arguments.iter().map(String::as_str).collect();
        let (path, version, target) = match words.as_slice() {
            [path, "=>", target @ ..] => (*path, None, target),
            [path, version, "=>", target @ ..] => (*path, Some((*version).to_owned()), target),
            _ => ("", None, [].as_slice()),
        };
        let target = match *target {
            [folder] if is_folder(folder) => Target::Folder(folder.to_owned()),
            [_] => {
                return Err(directive.wrong(
                    "a replacement without a version must be a folder: absolute, or starting with `.`",
                ));
            }
            [folder, _] if is_folder(folder) => {
                return Err(directive.wrong("a replacement folder cannot have a version"));
            }
            [path, version] => {
                Target::Module { path: path.to_owned(), version: version.to_owned() }
            }
            _ => return Err(directive.wrong("expected `path [version] => target [version]`")),
        };
        Ok(Self { path: path.to_owned(), version, target, line: directive.line })
    }
}

impl Target {
    /// The folder with `/` between its parts; `None` for a module.
    ///
    /// Go rejects backslashes outside of Windows, and `C:` is a drive only there: see
    /// [`is_windows_only`](Self::is_windows_only).
    pub fn folder(&self) -> Option<String> {
        match self {
            Self::Folder(folder) => Some(folder.replace('\\', "/")),
            Self::Module { .. } => None,
        }
    }

    /// Whether this is a folder that only Go on Windows finds, because it contains a backslash or a drive.
    pub fn is_windows_only(&self) -> bool {
        match self {
            Self::Folder(folder) => folder.contains('\\') || has_drive(folder),
            Self::Module { .. } => false,
        }
    }
}

/// Go's rule, which is the same on every system, because files move between systems.
fn is_folder(path: &str) -> bool {
    matches!(path, "." | "..")
        || ["./", "../", "/", ".\\", "..\\", "\\"].iter().any(|start| path.starts_with(start))
        || has_drive(path)
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

impl Retraction {
    fn of(directive: Directive) -> Result<Self, LineError> {
        let words: Vec<&str> = directive.arguments.iter().map(String::as_str).collect();
        let (low, high) = match words.as_slice() {
            ["[", low, ",", high, "]"] => (*low, *high),
            [version] if *version != "[" => (*version, *version),
            _ => return Err(directive.wrong("expected `v1.2.3` or `[v1.2.3, v1.3.0]`")),
        };
        let (low, high) = (low.to_owned(), high.to_owned());
        let beside = directive.comment;
        let rationale = if beside.is_empty() { directive.comment_above } else { beside };
        Ok(Self { low, high, rationale, line: directive.line })
    }
}

#[cfg(test)]
mod tests;
