//! `go.mod` and `go.work`: the directives that decide what is built.
//!
//! Spec: <https://go.dev/ref/mod#go-mod-file-grammar>. Directives of later Go versions are kept by
//! name, so that one reader serves every Go.

use std::fmt;
use thiserror::Error;

/// One directive with its arguments: `require example.com/m v1.2.3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directive {
    /// `require`, `replace`, `use`, ….
    pub name: String,
    /// Unquoted words.
    pub arguments: Vec<String>,
    /// From 1.
    pub line: usize,
}

/// A go.mod or go.work file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleFile {
    /// In the order of the file, blocks flattened.
    pub directives: Vec<Directive>,
}

/// A `replace` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement<'a> {
    /// What is replaced.
    pub path: &'a str,
    /// Only this version of it.
    pub version: Option<&'a str>,
    /// By what: a folder, when `target_version` is absent.
    pub target: &'a str,
    /// Version of the replacing module.
    pub target_version: Option<&'a str>,
}

/// A line that no Go accepts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct ModuleError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl ModuleFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// A block or quote that does not end.
    pub fn parse(text: &str) -> Result<Self, ModuleError> {
        let mut directives = Vec::new();
        let mut block: Option<(String, usize)> = None;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let mut words = split(line)
                .ok_or(ModuleError { line: number, reason: "a quoted word does not end" })?;
            if words.is_empty() {
                continue;
            }
            if let Some((name, _)) = &block {
                if words == [")"] {
                    block = None;
                } else {
                    let name = name.clone();
                    directives.push(Directive { name, arguments: words, line: number });
                }
                continue;
            }
            let name = words.remove(0);
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["("] => block = Some((name, number)),
                ["(", ")"] => {}
                _ => directives.push(Directive { name, arguments: words, line: number }),
            }
        }
        match block {
            Some((_, line)) => Err(ModuleError { line, reason: "the block does not end" }),
            None => Ok(Self { directives }),
        }
    }

    /// The only argument of a directive that stands once: `module`, `go`, `toolchain`.
    pub fn single(&self, name: &str) -> Option<&str> {
        self.all(name).find_map(|directive| directive.arguments.first()).map(String::as_str)
    }

    /// All directives of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(move |directive| directive.name == name)
    }

    /// `(path, version)` of each requirement.
    pub fn requirements(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all("require").filter_map(|directive| match directive.arguments.as_slice() {
            [path, version, ..] => Some((path.as_str(), version.as_str())),
            _ => None,
        })
    }

    /// The replacements.
    pub fn replacements(&self) -> impl Iterator<Item = Replacement<'_>> {
        self.all("replace").filter_map(|directive| {
            let words: Vec<&str> = directive.arguments.iter().map(String::as_str).collect();
            let arrow = words.iter().position(|word| *word == "=>")?;
            let (left, right) = (&words[..arrow], &words[arrow + 1..]);
            Some(Replacement {
                path: left.first()?,
                version: left.get(1).copied(),
                target: right.first()?,
                target_version: right.get(1).copied(),
            })
        })
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.arguments.join(" "))
    }
}

/// Words of a line without its comment; `None` when a quote does not end.
fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches('\u{feff}').trim_start();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            break;
        }
        let (word, after) = match first {
            '"' | '`' => {
                let end = rest[1..].find(first)? + 1;
                (rest[1..end].to_owned(), &rest[end + 1..])
            }
            '(' | ')' => (first.to_string(), &rest[1..]),
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')');
                let end = end.unwrap_or(rest.len());
                let word = &rest[..end];
                // A comment may touch the word before it.
                match word.find("//").filter(|_| !word.contains("://")) {
                    Some(comment) => (word[..comment].to_owned(), ""),
                    None => (word.to_owned(), &rest[end..]),
                }
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &str = "module \"example.com/robot\" // the robot\r\n\r\ngo 1.19\r\ntoolchain go1.22.1\r\nrequire (\r\n\tgithub.com/slack-go/slack v0.12.3\r\n\tgopkg.in/yaml.v3 v3.0.1 // indirect\r\n)\r\nrequire example.com/one v1.0.0\r\nreplace example.com/one v1.0.0 => ..\\one\r\nreplace example.com/two => example.com/three v3.0.0\r\nignore ./node_modules\r\n";

    #[test]
    fn directives_of_every_go_are_read() {
        let file = ModuleFile::parse(SAMPLE).unwrap();
        assert_eq!(file.single("module"), Some("example.com/robot"));
        assert_eq!((file.single("go"), file.single("toolchain")), (Some("1.19"), Some("go1.22.1")));
        let requirements: Vec<_> = file.requirements().collect();
        assert_eq!(requirements[1], ("gopkg.in/yaml.v3", "v3.0.1"));
        assert_eq!(requirements.len(), 3);
        let replacements: Vec<_> = file.replacements().collect();
        assert_eq!(replacements[0].target, "..\\one");
        assert_eq!(
            (replacements[0].version, replacements[0].target_version),
            (Some("v1.0.0"), None)
        );
        assert_eq!(replacements[1].target_version, Some("v3.0.0"));
        assert_eq!(file.all("ignore").count(), 1);
    }

    #[test]
    fn what_does_not_end_is_an_error_with_its_line() {
        assert_eq!(ModuleFile::parse("module m\nrequire (\n").unwrap_err().line, 2);
        assert_eq!(ModuleFile::parse("module \"m\n").unwrap_err().line, 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = ModuleFile::parse(&text);
        }
    }
}
