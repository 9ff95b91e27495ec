//! dist/launcher as an action's one line starts it, in a release tree that is whole, broken, foreign or
//! not there.

use robot_process::{Cancellation, Command};
use robot_testkit::write;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A release tree whose program is echo(1), and the variables of a job.
struct Tree {
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl Tree {
    fn new() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/launcher");
        let tree = Self { folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() };
        write(&tree.path("dist/launcher"), &std::fs::read_to_string(source).unwrap());
        write(&tree.path("go-test/action.yml"), "");
        write(&tree.program(), "");
        std::fs::copy("/bin/echo", tree.program()).unwrap();
        tree.manifest(std::fs::metadata("/bin/echo").unwrap().len());
        tree.set("PATH", "/usr/bin:/bin").set("RUNNER_OS", "Linux").set("RUNNER_ARCH", own().1)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self) -> PathBuf {
        self.path(&format!("dist/bin/robot-{}-linux", own().0))
    }

    fn manifest(&self, size: u64) {
        let text = format!(
            "{{\n  \"files\": {{\n    \"dist/bin/robot-{}-linux\": {{\n      \"sha256\": \"00\",\n      \"size\": {size}\n    }}\n  }}\n}}\n",
            own().0
        );
        write(&self.path("dist/manifest.json"), &text);
    }

    fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The line of a generated wrapper, by the shell that it asks for.
    fn command(&self) -> Command {
        let script = self.path("step.sh");
        write(&script, ". \"$GITHUB_ACTION_PATH/../dist/launcher\" go-test \"two words\" '*'\n");
        let mut variables = self.variables.clone();
        variables.insert("GITHUB_ACTION_PATH".into(), self.path("go-test").into());
        Command::new("/bin/bash")
            .args(["--noprofile", "--norc", "-p", "-e", "-o", "pipefail"])
            .arg(script)
            .environment(variables)
            .current_directory(self.folder.path())
    }

    /// Exit code and all that was said.
    fn run(&self) -> (Option<i32>, String) {
        let finished = self.command().run(&Cancellation::default()).unwrap();
        let said = [finished.stdout, finished.stderr].concat();
        (finished.code, String::from_utf8_lossy(&said).into_owned())
    }

    fn refuses(&self, code: i32, said: &str) {
        let (ended, text) = self.run();
        assert_eq!(ended, Some(code), "{text}");
        assert!(text.contains(said) && text.contains("hint: "), "{said} is not in {text}");
    }
}

/// This machine's processor, as the tree and as the runner call it.
fn own() -> (&'static str, &'static str) {
    if std::env::consts::ARCH == "aarch64" { ("aarch64", "ARM64") } else { ("x86_64", "X64") }
}

#[test]
fn the_program_of_the_tree_gets_the_arguments_as_they_are() {
    let said = (Some(0), "go-test two words *\n".to_owned());
    assert_eq!(Tree::new().run(), said);
    // act and runners of one's own need not say what they are.
    let mut tree = Tree::new();
    tree.variables.remove(&OsString::from("RUNNER_OS"));
    tree.variables.remove(&OsString::from("RUNNER_ARCH"));
    assert_eq!(tree.run(), said);
}

#[test]
fn a_program_of_ones_own_goes_before_the_trees() {
    let tree = Tree::new().set("ROBOT_ACTIONS_BIN", "/bin/false");
    assert_eq!(tree.run(), (Some(1), String::new()));
    for wrong in ["bin/false", "/nowhere/robot", "/bin", "/etc/passwd"] {
        Tree::new().set("ROBOT_ACTIONS_BIN", wrong).refuses(2, wrong);
    }
    assert_eq!(Tree::new().set("ROBOT_ACTIONS_BIN", "").run().0, Some(0));
}

#[test]
fn systems_without_a_program_are_told_what_there_is() {
    Tree::new().set("RUNNER_OS", "Windows").refuses(2, "does not run on Windows");
    Tree::new().set("RUNNER_OS", "macOS").refuses(2, "Linux runner (x86-64 or arm64)");
    Tree::new().set("RUNNER_ARCH", "X86").refuses(2, "does not run on X86 processors");
    let other = if own().1 == "X64" { "ARM64" } else { "X64" };
    Tree::new().set("RUNNER_ARCH", other).refuses(2, "this release has no program for");
}

#[test]
fn the_source_says_that_it_has_no_programs() {
    let tree = Tree::new();
    std::fs::remove_file(tree.path("dist/manifest.json")).unwrap();
    tree.refuses(2, "this is the source of robot-actions");
}

#[test]
fn what_is_missing_cut_off_or_no_program_is_not_run() {
    let tree = Tree::new();
    std::fs::remove_file(tree.program()).unwrap();
    tree.refuses(3, "is missing from the downloaded release");
    symlink("/bin/echo", tree.program()).unwrap();
    tree.refuses(3, "is missing from the downloaded release");

    let tree = Tree::new();
    let whole = std::fs::read(tree.program()).unwrap();
    std::fs::write(tree.program(), &whole[..whole.len() - 1]).unwrap();
    tree.refuses(3, &format!("has {} bytes instead of {}", whole.len() - 1, whole.len()));

    // bash would run this as a script.
    let script = "echo was run\n";
    std::fs::write(tree.program(), script).unwrap();
    tree.manifest(script.len() as u64);
    tree.refuses(3, "is not a program for");
    assert!(!tree.run().1.contains("was run"));

    // e_machine of another processor, elf(5).
    let mut foreign = whole.clone();
    foreign[18] = 0x28;
    std::fs::write(tree.program(), &foreign).unwrap();
    tree.manifest(whole.len() as u64);
    tree.refuses(3, "is not a program for");

    // The operating system's byte is set in some statically linked programs.
    let mut named = whole;
    named[7] = 3;
    std::fs::write(tree.program(), &named).unwrap();
    assert_eq!(tree.run().0, Some(0));
    std::fs::set_permissions(tree.program(), PermissionsExt::from_mode(0o644)).unwrap();
    tree.refuses(3, "chmod +x");
}

#[test]
fn a_hostile_environment_decides_nothing() {
    let tree = Tree::new();
    write(&tree.path("evil/wc"), "#!/bin/sh\necho evil\n");
    write(&tree.path("evil/env.sh"), "echo evil\nexec() { builtin echo evil; }\n");
    std::fs::set_permissions(tree.path("evil/wc"), PermissionsExt::from_mode(0o755)).unwrap();
    let (path, env) = (tree.path("evil"), tree.path("evil/env.sh"));
    let tree = tree
        .set("PATH", path)
        .set("BASH_ENV", env)
        .set("BASH_FUNC_exec%%", "() { builtin echo evil; }")
        .set("BASH_FUNC_printf%%", "() { builtin echo evil; }")
        .set("SHELLOPTS", "xtrace")
        .set("CDPATH", "/")
        .set("IFS", "/");
    assert_eq!(tree.run(), (Some(0), "go-test two words *\n".to_owned()));
}

#[test]
fn a_refusal_is_one_annotation_whatever_is_in_it() {
    let tree = Tree::new().set("GITHUB_ACTIONS", "true").set("ROBOT_ACTIONS_BIN", "a\n::x::100%");
    let (code, said) = tree.run();
    assert_eq!(code, Some(2));
    let text = "::error title=robot-actions::ROBOT_ACTIONS_BIN=a%0A::x::100%25 is not the absolute path of a program%0A  hint: ";
    assert!(said.starts_with(text) && said.lines().count() == 1, "{said}");
}

/// A cancelled job signals the process that it started, and no other.
#[test]
fn the_program_takes_the_place_of_the_shell() {
    let tree = Tree::new().set("ROBOT_ACTIONS_BIN", "/bin/bash");
    // bash as the program: `go-test` is a script that tells which process it is.
    let script = tree.path("go-test");
    std::fs::remove_dir_all(&script).unwrap();
    write(&script, "echo \"$$\"\n");
    let line = tree.path("line.sh");
    let launcher = tree.path("dist/launcher");
    write(&line, &format!("echo \"$$\"\n. \"{}\" go-test\n", launcher.display()));
    let finished = Command::new("/bin/bash")
        .args(["--noprofile", "--norc", "-p", "-e"])
        .arg(line)
        .environment(tree.variables.clone())
        .current_directory(tree.folder.path())
        .run(&Cancellation::default())
        .unwrap();
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    let ids: Vec<&str> = said.lines().collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{said}");
}
