//! What recorded events of real Go come to.

use super::*;
use crate::test2json::{Reader, parse};
use std::io::BufReader;
use std::path::Path;

fn fold(lines: &[&str]) -> Suite {
    let mut suite = Suite::default();
    lines.iter().for_each(|line| suite.take(&parse(line.as_bytes())));
    suite.finish();
    suite
}

#[test]
fn a_truncated_stream_is_never_green() {
    let lines = [
        r#"{"Action":"start","Package":"p"}"#,
        r#"{"Action":"run","Package":"p","Test":"TestA"}"#,
        r#"{"Action":"output","Package":"p","Test":"TestA","Output":"half a li"}"#,
        r#"{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}"#,
        r#"{"Action":"pass","Package":"p","Elapsed":0.2}"#,
    ];
    assert_eq!(fold(&lines).outcome(), Some(TestOutcome::Pass));
    for end in 1..lines.len() {
        let outcome = fold(&lines[..end]).outcome();
        assert_eq!(outcome, Some(TestOutcome::Incomplete), "{end} lines");
    }
}

#[test]
fn a_package_that_says_ok_is_not_believed_over_its_failed_test() {
    let suite = fold(&[
        r#"{"Action":"run","Package":"p","Test":"T"}"#,
        r#"{"Action":"fail","Package":"p","Test":"T"}"#,
        r#"{"Action":"pass","Package":"p"}"#,
    ]);
    assert_eq!(suite.outcome(), Some(TestOutcome::Fail));
}

#[test]
fn the_way_a_process_ended_is_told_from_its_output() {
    for (line, outcome) in [
        ("panic: boom\\n", TestOutcome::Panic),
        ("panic: test timed out after 1s\\n", TestOutcome::Timeout),
        ("fatal error: all goroutines are asleep - deadlock!\\n", TestOutcome::Fatal),
        ("WARNING: DATA RACE\\n", TestOutcome::Race),
    ] {
        let output = format!(r#"{{"Action":"output","Package":"p","Test":"T","Output":"{line}"}}"#);
        let suite = fold(&[
            r#"{"Action":"run","Package":"p","Test":"T"}"#,
            &output,
            r#"{"Action":"fail","Package":"p"}"#,
        ]);
        assert_eq!(suite.packages["p"].tests[0].outcome, outcome);
        assert_eq!(suite.outcome(), Some(outcome));
    }
}

#[test]
fn a_failed_build_is_told_apart_in_old_and_new_go() {
    let new = fold(&[
        r##"{"ImportPath":"p [p.test]","Action":"build-output","Output":"# p [p.test]\n"}"##,
        r#"{"ImportPath":"p [p.test]","Action":"build-fail"}"#,
        r#"{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}"#,
    ]);
    assert_eq!(new.outcome(), Some(TestOutcome::BuildFail));
    assert!(new.builds["p [p.test]"].text().starts_with("# p"));
    let old = fold(&[
        "# p",
        r#"{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}"#,
        r#"{"Action":"fail","Package":"p"}"#,
    ]);
    assert_eq!(old.outcome(), Some(TestOutcome::BuildFail));
    assert_eq!(old.stray.text(), "# p\n");
}

#[test]
fn output_does_not_say_what_is_reused() {
    let suite = fold(&[
        r#"{"Action":"output","Package":"p","Output":"ok  \tp\t(cached)\tcoverage: 80.0% of statements\n"}"#,
        r#"{"Action":"pass","Package":"p","Elapsed":0}"#,
    ]);
    assert!(!suite.packages["p"].reused);
}

/// What a recorded stream of real Go comes to.
fn recorded(version: &str, name: &str) -> Suite {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kit/golang/testdata/test2json");
    replay(&Path::new(folder).join(version).join(format!("{name}.jsonl")))
}

fn replay(path: &Path) -> Suite {
    let mut reader = Reader::new(BufReader::new(std::fs::File::open(path).unwrap()));
    let mut suite = Suite::default();
    while let Some(line) = reader.next_line().unwrap() {
        suite.take(&line);
    }
    suite.finish();
    suite
}

#[test]
fn every_recorded_stream_of_old_and_new_go_comes_to_what_happened() {
    let expected = |name: &str| match name {
        "attr" | "cached" | "pass" | "unterminated" => TestOutcome::Pass,
        "no_tests" => TestOutcome::Skip,
        "fail" | "main_ignores" | "prints_panic" | "test_main" => TestOutcome::Fail,
        "race" => TestOutcome::Race,
        "goexit" | "os_exit_zero" | "panic_goroutine" | "panics" | "parallel_panic" => {
            TestOutcome::Panic
        }
        "concurrent_map" | "deadlock" => TestOutcome::Fatal,
        "parallel_timeout" | "timeout" => TestOutcome::Timeout,
        "build_fail" | "vet_fail" => TestOutcome::BuildFail,
        "setup_fail" => TestOutcome::SetupFail,
        "os_exit" => TestOutcome::Incomplete,
        unknown => panic!("no expectation for {unknown}"),
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kit/golang/testdata/test2json");
    let mut streams = 0;
    for version in ["go1.19.13", "go1.22.12", "go1.26.8"] {
        for file in std::fs::read_dir(format!("{folder}/{version}")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                let name = path.file_stem().unwrap().to_str().unwrap();
                let suite = replay(&path);
                assert_eq!(suite.outcome(), Some(expected(name)), "{version} {name}");
                assert!(suite.packages.values().all(|package| package.is_closed), "{name}");
                assert_eq!(suite.packages.len(), 1, "{version} {name}");
                streams += 1;
            }
        }
    }
    assert_eq!(streams, 48);
}

#[test]
fn a_benchmark_needs_no_end_in_a_package_that_passed() {
    let suite = recorded("go1.26.8", "pass");
    let tests = &suite.packages["example.com/fixture/pass"].tests;
    let benchmark = tests.iter().find(|test| test.name.starts_with("Benchmark")).unwrap();
    assert_eq!(benchmark.outcome, TestOutcome::Pass);

    let open = r#"{"Action":"run","Package":"p","Test":"BenchmarkA"}"#;
    let broken = fold(&[open, r#"{"Action":"fail","Package":"p"}"#]);
    assert_eq!(broken.outcome(), Some(TestOutcome::Incomplete));
    assert_eq!(fold(&[open]).outcome(), Some(TestOutcome::Incomplete));
}

#[test]
fn only_the_test_that_ended_the_process_is_blamed() {
    for version in ["go1.19.13", "go1.26.8"] {
        let suite = recorded(version, "parallel_panic");
        let package = &suite.packages["example.com/fixture/parallel_panic"];
        assert_eq!(package.failed_top_level(), ["TestBoom"], "{version}");
        assert_eq!(package.cut_off(), ["TestSlowA", "TestSlowB", "TestSlowC"], "{version}");
        assert_eq!(package.culprit.as_deref(), Some("TestBoom"), "{version}");

        let suite = recorded(version, "prints_panic");
        let package = &suite.packages["example.com/fixture/prints_panic"];
        assert_eq!(package.failed_top_level(), ["TestFails"], "{version}");
    }
    // All whose time is over, as far as Go tells.
    let suite = recorded("go1.26.8", "parallel_timeout");
    let package = &suite.packages["example.com/fixture/parallel_timeout"];
    assert_eq!(package.failed_top_level(), ["TestHangsA", "TestHangsB"]);
    let suite = recorded("go1.19.13", "parallel_timeout");
    let package = &suite.packages["example.com/fixture/parallel_timeout"];
    assert_eq!(
        (package.failed_top_level(), package.cut_off()),
        (vec!["TestHangsB"], vec!["TestHangsA"])
    );
}

#[test]
fn tests_that_were_cut_off_are_never_green() {
    // Late output of a test that had passed: no running test is the cause, and it counts as a panic.
    let suite = fold(&[
        r#"{"Action":"run","Package":"p","Test":"A"}"#,
        r#"{"Action":"pass","Package":"p","Test":"A"}"#,
        r#"{"Action":"run","Package":"p","Test":"B"}"#,
        r#"{"Action":"run","Package":"p","Test":"C"}"#,
        r#"{"Action":"output","Package":"p","Test":"A","Output":"panic: late\n"}"#,
        r#"{"Action":"pass","Package":"p"}"#,
    ]);
    assert_eq!(suite.packages["p"].cut_off(), ["B", "C"]);
    assert_eq!(suite.outcome(), Some(TestOutcome::Panic));
}
