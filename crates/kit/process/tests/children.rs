//! Real children: limits, stops, bytes.

use proptest::prelude::*;
use robot_process::{Cancellation, Command, ProcessError, Stream};
use std::time::Duration;

fn never() -> Cancellation {
    Cancellation::default()
}

#[test]
fn both_streams_the_code_and_the_cpu_time_come_back() {
    let finished = Command::shell("echo out; echo err >&2; exit 3").run(&never()).unwrap();
    assert_eq!((finished.code, finished.success()), (Some(3), false));
    assert_eq!(finished.stdout, b"out\n");
    assert_eq!(finished.stderr, b"err\n");
    assert!(finished.cpu.is_some());
}

#[test]
fn a_child_that_ignores_sigterm_is_killed_after_its_grace() {
    let finished = Command::shell("trap '' TERM; while :; do sleep 1000; done")
        .timeout(Duration::from_millis(50))
        .grace(Duration::from_millis(50))
        .run(&never())
        .unwrap();
    assert!(finished.timed_out);
    assert_eq!(finished.signal, Some(9));
}

#[test]
fn a_grandchild_that_holds_the_pipe_does_not_hold_us() {
    let finished = Command::shell("sleep 1000 & echo done").run(&never()).unwrap();
    assert!(finished.success());
    assert_eq!(finished.stdout, b"done\n");
}

#[test]
fn cancellation_from_another_thread_stops_the_group() {
    let cancellation = never();
    let other = cancellation.clone();
    let finished = Command::shell("echo ready; sleep 1000")
        .stream(&cancellation, &mut |_, line| {
            assert_eq!(line, b"ready");
            let other = other.clone();
            std::thread::spawn(move || other.cancel());
        })
        .unwrap();
    assert!(finished.cancelled);
    assert!(!finished.success());
}

#[test]
fn a_cancelled_run_starts_and_stops_at_once() {
    let cancellation = never();
    cancellation.cancel();
    assert!(Command::shell("sleep 1000").run(&cancellation).unwrap().cancelled);
}

#[test]
fn much_output_is_bounded_and_any_bytes_pass() {
    let finished = Command::shell(r"head -c 50000000 /dev/zero; printf '\xff\xfe'")
        .output_cap(1000)
        .run(&never())
        .unwrap();
    assert!(finished.success());
    assert!(finished.stdout.len() < 1100, "{}", finished.stdout.len());
    assert!(finished.stdout.ends_with(b"\xff\xfe\n"));
}

#[test]
fn standard_output_is_read_directly_and_the_reader_is_freed_by_the_timeout() {
    let mut bytes = 0;
    let finished = Command::shell("head -c 1000000 /dev/zero; echo late >&2")
        .read_stdout(&never(), &mut |reader| {
            bytes += std::io::copy(reader, &mut std::io::sink())?;
            Ok(())
        })
        .unwrap();
    assert_eq!((bytes, finished.stderr.as_slice()), (1_000_000, b"late\n".as_slice()));
    let finished = Command::shell("sleep 1000")
        .timeout(Duration::from_millis(20))
        .read_stdout(&never(), &mut |reader| std::io::copy(reader, &mut std::io::sink()).map(drop))
        .unwrap();
    assert!(finished.timed_out);
}

#[test]
fn a_missing_program_and_a_failed_one_are_named() {
    let missing = Command::new("no-such-program").run(&never()).unwrap_err();
    assert!(matches!(missing, ProcessError::NotFound { .. }));
    let command = Command::shell("echo why >&2; exit 4").env("MODE", "a b");
    let failed = command.run(&never()).unwrap().require_success(&command).unwrap_err().to_string();
    assert!(failed.starts_with("`MODE='a b' bash"), "{failed}");
    assert!(failed.ends_with("exit code 4\nwhy"), "{failed}");
}

#[test]
fn a_service_runs_beside_and_is_stopped_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let pipe = folder.path().join("pipe");
    let line = format!("mkfifo {0}; echo up > {0}; echo up >&2; sleep 1000", pipe.display());
    let mut service = Command::shell(&line).spawn_to(&log).unwrap();
    while !pipe.exists() {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(&pipe).unwrap(), "up\n");
    assert!(service.ended().unwrap().is_none());
    service.stop(Duration::from_secs(5));
    assert!(service.ended().unwrap().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What is printed can be pasted into a shell and gives the same arguments.
    #[test]
    fn the_printed_line_is_the_command(arguments in prop::collection::vec("[^\0\n]{0,12}", 0..4)) {
        let command = Command::new("printf").arg("%s\n").args(arguments.clone());
        let mut lines = Vec::new();
        Command::new("sh")
            .args(["-c", &command.to_string()])
            .stream(&never(), &mut |stream, line| {
                assert_eq!(stream, Stream::Out);
                lines.push(String::from_utf8(line.to_vec()).unwrap());
            })
            .unwrap();
        let expected = if arguments.is_empty() { vec![String::new()] } else { arguments };
        prop_assert_eq!(lines, expected);
    }
}
