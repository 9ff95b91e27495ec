//! `cargo xtask new-tool NAME`: creates a tool that compiles, is registered everywhere, and has a failing test.

use crate::root;
use crate::rules::pins::Pin;
use anyhow::{Context as _, Result, ensure};
use std::path::Path;

/// The files of a new crate by their paths; `NAME`, `TYPE` and `SNAKE` are replaced by the tool's name.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("Cargo.toml.template")),
    ("src/lib.rs", include_str!("lib.rs.template")),
    ("src/main.rs", include_str!("main.rs.template")),
    ("tests/SNAKE.rs", include_str!("test.rs.template")),
];

/// Insertions into other files: file, the line to insert after, the new line.
const WIRES: [(&str, &str, &str); 3] = [
    ("Cargo.toml", "robot-go-vet = {", "robot-NAME = { path = \"crates/tools/NAME\" }\n"),
    ("crates/robot/Cargo.toml", "robot-go-vet.workspace", "robot-NAME.workspace = true\n"),
    ("crates/robot/src/lib.rs", "robot_go_vet::tool()", "        robot_SNAKE::tool(),\n"),
];

/// Writes the tool below the root of the repository.
///
/// # Errors
/// The name is invalid or taken, or a file cannot be written.
pub(crate) fn run(name: &str) -> Result<()> {
    write(&root(), name)?;
    crate::cargo(&["fmt", "--all"])?;
    crate::generate()
}

fn write(root: &Path, name: &str) -> Result<()> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    ensure!(
        name.split('-').all(is_word),
        "`{name}` is not a valid tool name\nhint: use lower-case words joined by `-`, such as go-image"
    );
    let folder = root.join("crates/tools").join(name);
    ensure!(!folder.exists(), "{} already exists", folder.display());
    for (path, text) in FILES {
        let path = folder.join(filled(path, name));
        fs_err::create_dir_all(path.parent().context("a file is in a folder")?)?;
        fs_err::write(path, filled(text, name))?;
    }
    let example = root.join(format!("docs/examples/{name}.yml"));
    let pins = Pin::read(root)?;
    let text = filled(include_str!("example.yml.template"), name);
    let text = text.replace("CHECKOUT", &Pin::of(&pins, "actions/checkout")?.reference());
    fs_err::write(example, text)?;
    for (path, after, line) in WIRES {
        let path = root.join(path);
        let text = fs_err::read_to_string(&path)?;
        let start = text.find(after);
        let end = start.and_then(|start| Some(start + text[start..].find('\n')? + 1));
        let end = end.with_context(|| format!("{}: there is no `{after}`", path.display()))?;
        fs_err::write(&path, format!("{}{}{}", &text[..end], filled(line, name), &text[end..]))?;
    }
    Ok(())
}

fn filled(template: &str, name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let type_name: String = name.split('-').map(capital).collect();
    template
        .replace("SNAKE", &name.replace('-', "_"))
        .replace("TYPE", &type_name)
        .replace("NAME", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of this repository that a new tool changes, in a folder of their own.
    fn copy() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let pins = [".github/pins.yml"];
        for path in WIRES.iter().map(|(path, ..)| *path).chain(pins) {
            let copy = folder.path().join(path);
            fs_err::create_dir_all(copy.parent().unwrap()).unwrap();
            fs_err::copy(root().join(path), copy).unwrap();
        }
        fs_err::create_dir_all(folder.path().join("docs/examples")).unwrap();
        folder
    }

    #[test]
    fn a_tool_is_wired_in_where_others_are() {
        let folder = copy();
        write(folder.path(), "go-check").unwrap();
        let read = |path: &str| fs_err::read_to_string(folder.path().join(path)).unwrap();
        assert!(
            read("Cargo.toml").contains("robot-go-check = { path = \"crates/tools/go-check\" }")
        );
        assert!(read("crates/robot/src/lib.rs").contains("        robot_go_check::tool(),\n"));
        assert!(read("crates/robot/Cargo.toml").contains("robot-go-check.workspace = true\n"));
        let tool = read("crates/tools/go-check/src/lib.rs");
        assert!(tool.contains("pub struct GoCheck;") && !tool.contains("NAME"), "{tool}");
        assert!(read("docs/examples/go-check.yml").contains("uses: org/robot-actions/go-check@v1"));
        let again = write(folder.path(), "go-check").unwrap_err().to_string();
        assert!(again.contains("already exists"), "{again}");
    }

    #[test]
    fn names_are_lower_case_words() {
        for wrong in ["", "Go", "go_check", "go-", "-go", "1go", "go check", "../x"] {
            let said = write(copy().path(), wrong).unwrap_err().to_string();
            assert!(said.contains("is not a valid tool name"), "{wrong}: {said}");
        }
    }
}
