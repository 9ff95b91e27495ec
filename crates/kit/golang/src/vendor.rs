//! `vendor/modules.txt`, which lists the contents of a vendor folder.
//!
//! Source of the format: `cmd/go/internal/modload/vendor.go`. `# module version [=> target
//! [version]]` begins a module, `## …` lines belong to it, other lines are its packages. A module that is replaced
//! in every version is listed without a version at the end. The first line `## workspace` marks a file of
//! `go work vendor` (Go 1.22 and later).

use crate::LineError;

/// A `vendor/modules.txt` file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendoredModules<'a> {
    /// Written by `go work vendor`.
    pub is_workspace: bool,
    /// In the order of the file.
    pub modules: Vec<VendoredModule<'a>>,
}

/// A module in the vendor folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendoredModule<'a> {
    /// Module path.
    pub path: &'a str,
    /// Version; absent if the line only repeats a replacement of all versions.
    pub version: Option<&'a str>,
    /// Its replacement.
    pub replacement: Option<VendoredReplacement<'a>>,
    /// Whether go.mod requires it directly.
    pub is_explicit: bool,
    /// Language version of its go.mod.
    pub go: Option<&'a str>,
    /// Import paths of its vendored packages; may be empty.
    pub packages: Vec<&'a str>,
    /// From 1.
    pub line: usize,
}

/// The replacement of a vendored module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendoredReplacement<'a> {
    /// A module path, or a folder if there is no version.
    pub target: &'a str,
    /// Version of the replacing module.
    pub version: Option<&'a str>,
}

/// Reads a file's text; line ends may be `\n` or `\r\n`.
///
/// # Errors
/// An invalid module line, or a package before the first module.
pub fn parse(text: &str) -> Result<VendoredModules<'_>, LineError> {
    let mut vendored = VendoredModules::default();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let text = text.trim_end();
        if let Some(notes) = text.strip_prefix("## ") {
            match vendored.modules.last_mut() {
                Some(module) => module.note(notes),
                None => {
                    let mut notes = notes.split(';').map(str::trim);
                    vendored.is_workspace |= notes.any(|note| note == "workspace");
                }
            }
        } else if let Some(module) = text.strip_prefix("# ") {
            vendored.modules.push(module_line(module, line)?);
        } else if !text.is_empty() && !text.starts_with('#') {
            let module = vendored
                .modules
                .last_mut()
                .ok_or_else(|| LineError::new(line, "a package before the first module"))?;
            module.packages.push(text);
        }
    }
    Ok(vendored)
}

impl<'a> VendoredModule<'a> {
    /// Reads `explicit; go 1.19`. Notes of later Go versions are ignored, as Go does.
    fn note(&mut self, notes: &'a str) {
        for note in notes.split(';').map(str::trim) {
            self.is_explicit |= note == "explicit";
            self.go = note.strip_prefix("go ").map(str::trim).or(self.go);
        }
    }
}

fn module_line(text: &str, line: usize) -> Result<VendoredModule<'_>, LineError> {
    let wrong = || LineError::new(line, "expected `# module version [=> target [version]]`");
    // A folder may contain spaces, but the text left of the arrow has none.
    let (left, right) = match text.split_once(" => ") {
        Some((left, right)) => (left, Some(right.trim())),
        None => (text, None),
    };
    let mut words = left.split_whitespace();
    let path = words.next().ok_or_else(wrong)?;
    let version = words.next();
    if words.next().is_some() || (version.is_none() && right.is_none()) {
        return Err(wrong());
    }
    let replacement = right.map(replacement).transpose().map_err(|()| wrong())?;
    Ok(VendoredModule {
        path,
        version,
        replacement,
        is_explicit: false,
        go: None,
        packages: Vec::new(),
        line,
    })
}

fn replacement(text: &str) -> Result<VendoredReplacement<'_>, ()> {
    match text.rsplit_once(' ') {
        Some((target, version)) if version.starts_with('v') => {
            Ok(VendoredReplacement { target: target.trim_end(), version: Some(version) })
        }
        _ if text.is_empty() => Err(()),
        _ => Ok(VendoredReplacement { target: text, version: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &str = "## workspace\r
# github.com/slack-go/slack v0.12.3\r
## explicit; go 1.16\r
github.com/slack-go/slack\r
github.com/slack-go/slack/internal/errorsx\r
# example.com/a v1.0.0 => ../my a\r
## explicit\r
# example.com/b v1.0.0 => example.com/c v2.0.0\r
## go 1.21.3; new note\r
example.com/b/p\r
# example.com/b => example.com/c v2.0.0\r
";

    #[test]
    fn modules_notes_and_packages_are_read() {
        let vendored = parse(SAMPLE).unwrap();
        assert!(vendored.is_workspace);
        let [slack, a, b, every] = vendored.modules.as_slice() else { panic!("{vendored:?}") };
        assert_eq!(
            (slack.version, slack.is_explicit, slack.go, slack.line),
            (Some("v0.12.3"), true, Some("1.16"), 2)
        );
        assert_eq!(slack.packages.len(), 2);
        assert_eq!(a.replacement, Some(VendoredReplacement { target: "../my a", version: None }));
        assert_eq!((a.is_explicit, a.packages.len()), (true, 0));
        assert_eq!(
            (b.is_explicit, b.go, b.packages.as_slice()),
            (false, Some("1.21.3"), ["example.com/b/p"].as_slice())
        );
        assert_eq!(every.version, None);
        assert_eq!(every.replacement.unwrap().version, Some("v2.0.0"));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        for (text, line) in
            [("p\n", 1), ("# m v1\np\n# m\n", 3), ("# m v1 v2\n", 1), ("# m v1 => \n", 1)]
        {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
        assert_eq!(parse("").unwrap(), VendoredModules::default());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(#{0,2} ?[a-z=>;. \\r\\n]{0,12}){0,9}|\\PC*") {
            let _ = parse(&text);
        }
    }
}
