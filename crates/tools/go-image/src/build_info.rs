//! What a Go program says of how it was built: `go version -m`.
//! <https://pkg.go.dev/runtime/debug#BuildInfo>

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A module that a program was built from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) version: String,
    /// `h1:…`; empty for a folder.
    pub(crate) sum: String,
}

/// How a program was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BuildInfo {
    /// `go1.26.8`
    pub(crate) go: String,
    /// Flags and variables of the build.
    pub(crate) settings: BTreeMap<String, String>,
    /// Modules, the replacing ones in place of those that are replaced, without the main one.
    pub(crate) modules: Vec<Module>,
}

impl BuildInfo {
    /// Reads what `go version -m` prints of one program.
    pub(crate) fn parse(text: &str) -> Self {
        let mut info = Self::default();
        for line in text.lines() {
            let mut fields = line.split('\t');
            let (indent, kind) = (fields.next().unwrap_or_default(), fields.next());
            let rest: Vec<&str> = fields.collect();
            let Some(kind) = kind else {
                info.go = indent.rsplit(": ").next().unwrap_or_default().to_owned();
                continue;
            };
            let field = |index: usize| rest.get(index).copied().unwrap_or_default().to_owned();
            match kind {
                "dep" => {
                    let (path, version, sum) = (field(0), field(1), field(2));
                    info.modules.push(Module { path, version, sum });
                }
                "=>" => {
                    if let Some(replaced) = info.modules.last_mut() {
                        *replaced = Module { path: field(0), version: field(1), sum: field(2) };
                    }
                }
                "build" => {
                    if let Some((name, value)) = field(0).split_once('=') {
                        info.settings.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => {}
            }
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_settings_are_read() {
        // go 1.26.8
        let text = "bin/robot: go1.26.8\n\tpath\texample.com/robot\n\tmod\texample.com/robot\t(devel)\t\n\tdep\tgopkg.in/yaml.v3\tv3.0.1\th1:x=\n\tdep\texample.com/a\tv1.0.0\n\t=>\t../a\t(devel)\t\n\tbuild\t-compiler=gc\n\tbuild\t-ldflags=\"-s -w\"\n\tbuild\tCGO_ENABLED=0\n";
        let info = BuildInfo::parse(text);
        assert_eq!(info.go, "go1.26.8");
        assert_eq!(info.settings["CGO_ENABLED"], "0");
        assert_eq!(info.settings["-ldflags"], "\"-s -w\"");
        let module = |path: &str, version: &str, sum: &str| Module {
            path: path.to_owned(),
            version: version.to_owned(),
            sum: sum.to_owned(),
        };
        let expected =
            [module("gopkg.in/yaml.v3", "v3.0.1", "h1:x="), module("../a", "(devel)", "")];
        assert_eq!(info.modules, expected);
    }
}
