//! The go.work of a cell: that of the repository with the versions of the cell's modules.

use robot_golang::module::{Replacement, Target};
use robot_golang::workspace::GoWork;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Writes it for another folder than `root`, where the repository's own lies: folders become absolute. A cell's
/// version replaces every other one of that module, as no module of a workspace may write down another requirement
/// for all. `None` where a folder is not valid UTF-8.
pub(crate) fn with_versions(
    file: &GoWork,
    root: &Path,
    modules: &BTreeMap<String, String>,
) -> Option<String> {
    let mut out = String::new();
    if let Some(go) = &file.go {
        let _ = writeln!(out, "go {}", go.text);
    }
    if let Some(toolchain) = &file.toolchain {
        let _ = writeln!(out, "toolchain {}", toolchain.text);
    }
    for setting in &file.godebug {
        let _ = writeln!(out, "godebug {}={}", setting.key, setting.value);
    }
    let absolute = |folder: &str| Some(quoted(root.join(folder).to_str()?));
    for folder in file.folders() {
        let _ = writeln!(out, "use {}", absolute(&folder)?);
    }
    let others = file.replace.iter().filter(|it| !modules.contains_key(&it.path));
    for Replacement { path, version, target, .. } in others {
        let version = version.as_ref().map_or(String::new(), |version| format!(" {version}"));
        let target = match target {
            Target::Folder(_) => absolute(&target.folder()?)?,
            Target::Module { path, version } => format!("{} {version}", quoted(path)),
        };
        let _ = writeln!(out, "replace {}{version} => {target}", quoted(path));
    }
    for (path, version) in modules {
        let path = quoted(path);
        let _ = writeln!(out, "replace {path} => {path} {version}");
    }
    Some(out)
}

/// An interpreted string: <https://go.dev/ref/mod#go-mod-file-lexical>.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_absolute_and_versions_replace_all_others() {
        let file = GoWork::parse(
            "go 1.22\ntoolchain go1.22.1\ngodebug netdns=go\nuse .\nuse ./a b\nreplace x => ./x\n\
             replace sdk => ../sdk\nreplace y v1.0.0 => z v1.1.0\n"
                .replace("./a b", "\"./a b\"")
                .as_str(),
        )
        .unwrap();
        let modules = [("sdk".to_owned(), "v1.8.0".to_owned())].into();
        let text = with_versions(&file, Path::new("/src"), &modules).unwrap();
        let written = GoWork::parse(&text).unwrap();
        let uses: Vec<&str> = written.uses.iter().map(|used| used.text.as_str()).collect();
        assert_eq!(uses, ["/src/.", "/src/a b"]);
        assert_eq!(written.godebug[0].value, "go");
        assert!(text.contains("replace \"x\" => \"/src/./x\""), "{text}");
        assert!(text.contains("replace \"y\" v1.0.0 => \"z\" v1.1.0"), "{text}");
        assert!(text.ends_with("replace \"sdk\" => \"sdk\" v1.8.0\n"), "{text}");
        assert!(!text.contains("../sdk"), "{text}");
    }
}
