//! What others say of our actions, our workflows and the workflows that our pages show: zizmor,
//! actionlint and action-validator, with nothing ignored in the files.

use robot_process::{Cancellation, Command};
use robot_testkit::{Repository, tool, write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

// What linters are wrong about: four things, and no more are wanted.

/// Of what we ship: action-validator 0.6.0 is older than this permission.
const UNKNOWN_PERMISSION: &str = "      attestations: ";

/// Of what we ship: actionlint 1.7.12 is older than this property. <https://github.com/rhysd/actionlint/issues/647>
const UNKNOWN_PROPERTY: &str = "property \"workflow_ref\" is not defined in object type";

/// Of what users copy: we name ourselves by the tag that moves, which a commit can replace; and the
/// report on a fork's pull request needs `workflow_run`, where nothing of it is checked out or run.
const POLICY: &str = "rules:
  unpinned-uses:
    config:
      policies:
        org/robot-actions/*: ref-pin
        \"*\": hash-pin
  dangerous-triggers:
    ignore: [summary.yml, workflow-fork.yml]
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|kind| kind == "yml")).collect()
}

fn passes(command: &Command) {
    let finished = command.run(&Cancellation::default()).unwrap();
    let said = [finished.stdout.as_slice(), &finished.stderr].concat();
    assert!(finished.success(), "{command}\n{}", String::from_utf8_lossy(&said));
}

/// A repository whose workflows are these.
fn repository(workflows: &[PathBuf]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for workflow in workflows {
        let name = workflow.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(workflow).unwrap();
        write(&folder.path().join(".github/workflows").join(name), &text);
    }
    Repository::init(folder.path());
    folder
}

fn zizmor(persona: &str, folder: &Path) -> Command {
    Command::new(tool("ROBOT_TEST_ZIZMOR"))
        .args(["--offline", "--no-progress", persona, "."])
        .current_directory(folder)
}

#[test]
fn zizmor_has_nothing_to_say_of_what_we_ship() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["action.yml", "actions", ".github"] {
        let copy = Command::new("cp").args(["-r"]).arg(root().join(name)).arg(folder.path());
        passes(&copy);
    }
    Repository::init(folder.path());
    passes(&zizmor("--persona=pedantic", folder.path()));
}

#[test]
fn zizmor_has_nothing_to_say_of_workflows_that_users_copy() {
    let folder = repository(&files(&root().join("docs/examples")));
    write(&folder.path().join(".github/zizmor.yml"), POLICY);
    passes(&zizmor("--persona=regular", folder.path()));
}

#[test]
fn actionlint_has_nothing_to_say() {
    // In the tree that has `$/`, which actionlint 1.7.12 does not know, written out.
    let mut workflows = files(&tool("ROBOT_TEST_TREE").join(".github/workflows"));
    workflows.extend(files(&root().join("docs/examples")));
    workflows
        .extend(["ci", "release"].map(|own| root().join(format!(".github/workflows/{own}.yml"))));
    let folder = repository(&workflows);
    let actionlint =
        || Command::new(tool("ROBOT_TEST_ACTIONLINT")).current_directory(folder.path());
    passes(&actionlint().args(["-ignore", UNKNOWN_PROPERTY]));
    // When it has learned the property, the exception goes.
    let finished = actionlint().run(&Cancellation::default()).unwrap();
    assert!(String::from_utf8_lossy(&finished.stdout).contains(UNKNOWN_PROPERTY));
}

#[test]
fn action_validator_has_nothing_to_say() {
    let mut paths = files(&root().join(".github/workflows"));
    paths.extend(files(&root().join("docs/examples")));
    paths.push(root().join("action.yml"));
    let tools = std::fs::read_dir(root().join("actions")).unwrap();
    paths.extend(tools.map(|tool| tool.unwrap().path().join("action.yml")));
    let folder = tempfile::tempdir().unwrap();
    for (number, path) in paths.iter().enumerate() {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("zizmor: ignore") && !text.contains("shellcheck disable"));
        let kept = |line: &&str| !line.starts_with(UNKNOWN_PERMISSION);
        let text: String = text.split_inclusive('\n').filter(kept).collect();
        // The name decides which schema it is.
        let name = path.file_name().unwrap().to_string_lossy();
        let copy = folder.path().join(number.to_string()).join(&*name);
        write(&copy, &text);
        passes(&Command::new(tool("ROBOT_TEST_ACTION_VALIDATOR")).arg(copy));
    }
}
