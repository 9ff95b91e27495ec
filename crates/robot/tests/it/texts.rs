//! What a user reads: help, errors, a report, compared with the files in `tests/texts`.
//!
//! `SNAPSHOTS=overwrite` before the test writes them anew (<https://docs.rs/snapbox>); read the difference
//! before it is committed.

use robot_process::Cancellation;
use robot_testkit::{Repository, scrub, scrubbed, write};
use snapbox::{Data, assert_data_eq};
use std::path::Path;

/// Exit code and all that is said in a folder, without what differs from run to run.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let command = scrubbed(env!("CARGO_BIN_EXE_robot")).args(arguments.iter().copied());
    let command = command.current_directory(folder).env("RUNNER_TEMP", folder.join("temp"));
    let ended = command.run(&Cancellation::default()).unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    let canonical = folder.canonicalize().unwrap();
    let text = scrub(&text, &[(folder, "FOLDER"), (&canonical, "FOLDER")]);
    format!("{}\n[exit code {}]\n", text.trim_end(), ended.code.unwrap())
}

/// Numbers with two decimals as zeros, of the same width.
fn without_seconds(text: &str) -> String {
    let is_seconds = |word: &str| {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        word.split_once('.')
            .is_some_and(|(whole, rest)| is_number(whole) && rest.len() == 2 && is_number(rest))
    };
    let words =
        text.split_inclusive(char::is_whitespace).map(|word| match is_seconds(word.trim()) {
            true => word.replace(|digit: char| digit.is_ascii_digit(), "0"),
            false => word.to_owned(),
        });
    words.collect()
}

fn same(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts").join(name);
    assert_data_eq!(text.to_owned(), Data::read_from(&path.with_extension("txt"), None).raw());
}

#[test]
fn help() {
    let folder = tempfile::tempdir().unwrap();
    same("help", &said(folder.path(), &["--help"]));
    for tool in robot::tools() {
        for verb in &tool.verbs {
            let mut asked = vec![tool.name];
            asked.extend(verb.name);
            let text = said(folder.path(), &[asked.as_slice(), &["--help"]].concat());
            same(&format!("help-{}", asked.join("-")), &text);
        }
    }
}

#[test]
fn errors() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "go-test:\n  reruns: 1\n  rerun: 2\n";
    write(&folder.path().join("robot.yml"), settings);
    same("error-unknown-key", &said(folder.path(), &["go-test"]));
    write(&folder.path().join("robot.yml"), "coverage-gate: {total: 101}\n");
    same("error-value", &said(folder.path(), &["coverage-gate"]));
    std::fs::remove_file(folder.path().join("robot.yml")).unwrap();
    same("error-no-module", &said(folder.path(), &["ci"]));
    same("error-flag", &said(folder.path(), &["go-test", "--rerun=1"]));
    write(&folder.path().join("go.mod"), "module example.com/m\n\ngo 1.19\n");
    Repository::init(folder.path());
    same("error-no-evidence", &said(folder.path(), &["coverage-gate"]));
}

#[test]
fn a_report() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("go.mod"), "module example.com/m\n\ngo 1.19\n");
    let test = "package m\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) {\n\tt.Error(\"want 2, got 1\")\n}\n\nfunc TestPasses(t *testing.T) {}\n";
    write(&folder.path().join("m_test.go"), test);
    let settings = "go-test: {layers: {unit: {race: false, isolate: off}}}\n";
    write(&folder.path().join("robot.yml"), settings);
    let flags = ["go-test", "--coverage=false", "--reruns=0"];
    same("report-go-test", &without_seconds(&said(folder.path(), &flags)));
}
