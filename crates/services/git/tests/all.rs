//! A checkout whose configuration was written by somebody else, and answers that are missing.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

use robot_contract::{Context, Environment};
use robot_process::Cancellation;
use robot_testkit::{Repository, write};
use std::path::Path;

fn context(root: &Path, variables: &[(&str, &str)]) -> Context {
    let mut environment: Environment = variables.iter().copied().collect();
    environment.set("PATH", std::env::var_os("PATH").unwrap());
    Context::new(environment, root.to_owned(), Cancellation::default())
}

#[test]
fn no_program_of_the_configuration_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("a.go"), "package a\n");
    write(&root.join(".gitattributes"), "*.go filter=evil diff=evil\n");
    Repository::init(root);
    let ran = root.join(".git/ran");
    let program = format!("touch '{}'; cat", ran.display());
    let hook = root.join(".git/hooks/post-index-change");
    write(&hook, &format!("#!/bin/sh\n{program}\n"));
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut configuration = String::from("\n");
    for (section, name) in [
        ("core", "fsmonitor"),
        ("core", "pager"),
        ("diff", "external"),
        ("diff \"evil\"", "textconv"),
        ("filter \"evil\"", "clean"),
        ("filter \"evil\"", "smudge"),
    ] {
        configuration += &format!("[{section}]\n\t{name} = \"{program}\"\n");
    }
    for alias in ["ls-files", "rev-parse", "diff", "config"] {
        configuration += &format!("[alias]\n\t{alias} = \"!{program}\"\n");
    }
    let path = root.join(".git/config");
    let before = std::fs::read_to_string(&path).unwrap();
    write(&path, &(before + &configuration));
    // Another content of the same size, so that git has to compare.
    write(&root.join("a.go"), "package b\n");
    let context = context(root, &[]);
    let head = robot_git::commit(&context, "HEAD").unwrap().unwrap();
    assert_eq!(robot_git::tracked(&context, &["*.go"]).unwrap(), ["a.go"]);
    let filters = robot_git::without_filters(&context).unwrap();
    let mut diff: Vec<&str> = filters.iter().map(String::as_str).collect();
    diff.extend(["diff", "--no-ext-diff", "--no-textconv", &head]);
    assert!(robot_git::require(&context, &diff).unwrap().contains("+package b"));
    robot_git::ask(&context, &[&filters[0], &filters[1], "update-index", "-q", "--refresh"])
        .unwrap();
    assert!(!ran.exists());
}

#[test]
fn variables_and_replaced_objects_show_no_other_history() {
    let folder = tempfile::tempdir().unwrap();
    let (root, other) = (folder.path().join("robot"), folder.path().join("other"));
    write(&root.join("a.go"), "package a\n");
    let repository = Repository::init(&root);
    let first = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    write(&root.join("b.go"), "package a\n");
    let second = repository.commit("second");
    repository.git(&["replace", &second, &first]);
    write(&other.join("x.go"), "package x\n");
    Repository::init(&other);
    let git = other.join(".git").display().to_string();
    let index = other.join(".git/index").display().to_string();
    let context = context(
        &root,
        &[
            ("GIT_DIR", &git),
            ("GIT_INDEX_FILE", &index),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "core.bare"),
            ("GIT_CONFIG_VALUE_0", "true"),
        ],
    );
    assert_eq!(robot_git::commit(&context, "HEAD").unwrap().as_ref(), Some(&second));
    assert_eq!(context.commit(), second);
    assert_eq!(robot_git::tracked(&context, &["*.go"]).unwrap(), ["a.go", "b.go"]);
    let tree = robot_git::require(&context, &["ls-tree", "-z", "--name-only", "HEAD"]).unwrap();
    assert_eq!(robot_git::paths(&tree).collect::<Vec<_>>(), ["a.go", "b.go"]);
    assert!(robot_git::is_in_head(&context, &first).unwrap());
    assert_eq!(robot_git::merge_base(&context, "HEAD", &first).unwrap().as_ref(), Some(&first));
}

#[test]
fn names_that_look_like_options_are_names() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path());
    let context = context(repository.path(), &[]);
    for name in ["--all", "-h", "--git-dir", "absent", "", "HEAD^9", "HEAD:a"] {
        assert_eq!(robot_git::commit(&context, name).unwrap(), None, "{name}");
        assert!(!robot_git::is_in_head(&context, name).unwrap(), "{name}");
    }
    assert!(!robot_git::is_shallow(&context));
}

#[test]
fn a_missing_answer_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let outside = context(folder.path(), &[]);
    let failure = robot_git::tracked(&outside, &["*.go"]).unwrap_err().to_string();
    assert!(failure.starts_with("error: `git ls-files` ended with exit code 128: "), "{failure}");
    assert!(failure.contains("hint: check the repository out"), "{failure}");
    assert_eq!(outside.commit(), "");

    let nothing: Environment = [("PATH", folder.path())].into_iter().collect();
    let without = Context::new(nothing, folder.path().to_owned(), Cancellation::default());
    let failure = robot_git::commit(&without, "HEAD").unwrap_err().to_string();
    assert!(failure.contains("`git rev-parse` could not be run"), "{failure}");
    assert!(failure.contains("hint: install git"), "{failure}");

    outside.cancellation.cancel();
    let failure = robot_git::commit(&outside, "HEAD").unwrap_err().to_string();
    assert_eq!(failure, "error: `git rev-parse` was interrupted");
}
