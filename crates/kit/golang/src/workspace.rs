//! `go.work`.
//!
//! Spec: <https://go.dev/ref/mod#go-work-file>.

use crate::LineError;
use crate::directive::{Directive, ModuleFile};
use crate::module::{Replacement, Setting, Word, once};

/// A `go.work` file. Lists are in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoWork {
    /// Language version; absent means 1.18.
    pub go: Option<Word>,
    /// Suggested toolchain (Go 1.21 and later).
    pub toolchain: Option<Word>,
    /// Runtime settings (Go 1.23 and later).
    pub godebug: Vec<Setting>,
    /// Folders of the modules, as written: absolute, or relative to the file's folder.
    pub uses: Vec<Word>,
    /// Replacements for all modules; they win over those of the modules' own files.
    pub replace: Vec<Replacement>,
    /// Directives of other names.
    pub unknown: Vec<Directive>,
}

impl GoWork {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ModuleFile::parse`] rejects it; a known directive has invalid arguments; there is a second `go` or
    /// `toolchain`.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut file = Self::default();
        for directive in ModuleFile::parse(text)?.directives {
            match directive.name.as_str() {
                "go" => once(&mut file.go, &directive)?,
                "toolchain" => once(&mut file.toolchain, &directive)?,
                "godebug" => file.godebug.push(Setting::of(&directive)?),
                "use" => file.uses.push(Word::of(&directive)?),
                "replace" => file.replace.push(Replacement::of(&directive)?),
                _ => file.unknown.push(directive),
            }
        }
        Ok(file)
    }

    /// Folders of the modules with `/` between their parts, without a leading `./`; the file's own
    /// folder is `.`.
    pub fn folders(&self) -> impl Iterator<Item = String> {
        self.uses.iter().map(|used| {
            let folder = used.text.replace('\\', "/");
            let mut rest = folder.as_str();
            while let Some(below) = rest.strip_prefix("./") {
                rest = below.trim_start_matches('/');
            }
            match rest.trim_end_matches('/') {
                "" if folder.starts_with('/') => "/".to_owned(),
                "" => ".".to_owned(),
                folder => folder.to_owned(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::Target;
    use proptest::prelude::*;

    #[test]
    fn a_workspace_is_read() {
        let file = GoWork::parse(
            "go 1.22.1\ntoolchain go1.26.8\ngodebug netdns=go\nuse .\nuse (\n\t./bot // main\n\t\
             .\\tools\\gen\n\t../other/\n)\nreplace a => ./a\nreplace b v1 => c v2\nlater x\n",
        )
        .unwrap();
        assert_eq!(file.go.as_ref().unwrap().text, "1.22.1");
        assert_eq!(file.toolchain.as_ref().unwrap().line, 2);
        assert_eq!(file.godebug[0].key, "netdns");
        assert_eq!(file.uses[1], Word { text: "./bot".into(), line: 6 });
        let folders: Vec<_> = file.folders().collect();
        assert_eq!(folders, [".", "bot", "tools/gen", "../other"]);
        assert_eq!(file.replace[0].target, Target::Folder("./a".into()));
        assert_eq!(file.unknown[0].name, "later");
    }

    #[test]
    fn a_broken_workspace_is_refused_with_its_line() {
        for (text, line) in [("go 1.22\nuse ./a ./b\n", 2), ("use (\n./a\n", 1), ("go 1\ngo 2", 2)]
        {
            assert_eq!(GoWork::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(file) = GoWork::parse(&text) {
                prop_assert_eq!(file.folders().count(), file.uses.len());
            }
        }
    }
}
