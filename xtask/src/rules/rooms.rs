//! Rules for every Rust file: it says what it is for, and only one service runs git.

use std::path::Path;

/// The one place of the product that makes a git command.
const GIT: &str = "crates/kit/contract/src/context/git.rs";
/// How a git command begins. In pieces, so that this file does not violate its own rule.
const COMMANDS: [&str; 2] =
    [concat!(".command(\"", "git\")"), concat!("Command::new(\"", "git\")")];

pub(super) fn broken(path: &Path, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if path.extension().is_none_or(|kind| kind != "rs") {
        return broken;
    }
    let name = path.display();
    if !text.starts_with("//! ") {
        broken.push(format!("{name}: the first line does not say what the file is for (`//! …`)"));
    }
    // Tests and tasks create their own repositories.
    let is_product = path.starts_with("crates")
        && !path.starts_with("crates/testkit")
        && !path.components().any(|part| part.as_os_str() == "tests");
    for (number, line) in text.lines().enumerate().filter(|_| is_product && path != Path::new(GIT))
    {
        if COMMANDS.iter().any(|command| line.contains(command)) {
            broken.push(format!(
                "{name}:{}: this git command obeys the checkout's configuration; use robot-git",
                number + 1
            ));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, GIT, broken};
    use std::path::Path;

    #[test]
    fn every_file_of_rust_says_what_it_is_for() {
        let check = |path: &str, text: &str| broken(Path::new(path), text).len();
        assert_eq!(check("crates/x/src/a.rs", "//! A room.\n\nuse b;\n"), 0);
        for nothing in ["", "use b;\n", "// A room.\n", "//!\n", "\n//! A room.\n"] {
            assert_eq!(check("crates/x/src/a.rs", nothing), 1, "{nothing}");
        }
        assert_eq!(check("docs/a.md", "# A\n"), 0);
    }

    #[test]
    fn the_product_asks_git_through_one_service() {
        for command in COMMANDS {
            let text = format!("//! A room.\nlet git = context{command};\n");
            let check = |path: &str| broken(Path::new(path), &text).len();
            assert_eq!(check("crates/tools/x/src/a.rs"), 1);
            assert_eq!(check(GIT), 0);
            assert_eq!(check("crates/robot/tests/it/a.rs"), 0);
            assert_eq!(check("xtask/src/a.rs"), 0);
        }
    }
}
