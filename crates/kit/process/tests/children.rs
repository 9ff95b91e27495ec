//! Real children: limits, stops, bytes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use proptest::prelude::*;
use robot_process::{Cancellation, Command, ProcessError, Stream};
use robot_testkit::wait_until;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
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
fn what_is_cancelled_before_does_not_start() {
    let cancellation = never();
    cancellation.cancel();
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let finished = Command::new("touch").arg(&trace).run(&cancellation).unwrap();
    assert!(finished.cancelled && !finished.success());
    assert!(!trace.exists());
}

#[test]
fn much_output_is_bounded_and_any_bytes_pass() {
    let finished = Command::shell(r"head -c 50000000 /dev/zero; printf '\xff\xfe'")
        .output_cap(1000)
        .run(&never())
        .unwrap();
    assert!(finished.success());
    assert!(finished.stdout.len() < 1100, "{}", finished.stdout.len());
    assert!(finished.stdout.ends_with(b"\xff\xfe"));
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
    assert!(failed.starts_with("`MODE='a b' /bin/bash"), "{failed}");
    assert!(failed.ends_with("exit code 4\nwhy"), "{failed}");
}

#[test]
fn a_service_runs_beside_and_is_stopped_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let pipe = folder.path().join("pipe");
    let line = format!("mkfifo {0}; echo up > {0}; echo up >&2; sleep 1000", pipe.display());
    let mut service = Command::shell(&line).spawn_to(&log).unwrap();
    wait_until("the service made its pipe", || pipe.exists());
    assert_eq!(std::fs::read_to_string(&pipe).unwrap(), "up\n");
    assert!(service.is_running());
    service.stop(Duration::from_secs(5));
    assert!(!service.is_running());
}

#[test]
fn a_child_that_never_stops_printing_is_stopped_all_the_same() {
    let finished = Command::new("yes").timeout(Duration::from_millis(50)).run(&never()).unwrap();
    assert!(finished.timed_out);
    let finished = Command::new("yes")
        .timeout(Duration::from_millis(50))
        .stream(&never(), &mut |_, line| assert_eq!(line, b"y"))
        .unwrap();
    assert!(finished.timed_out);
}

#[test]
fn a_descendant_that_left_the_group_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("pid");
    let line = format!(
        "setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000' & \
         until [ -e {0} ]; do :; done; echo done",
        number.display()
    );
    let captured = Command::shell(&line).run(&never()).unwrap();
    assert_eq!((captured.success(), captured.stdout), (true, b"done\n".to_vec()));
    end(&number);
    let mut text = String::new();
    let read = Command::shell(&line)
        .read_stdout(&never(), &mut |reader| reader.read_to_string(&mut text).map(drop))
        .unwrap();
    assert_eq!((read.success(), text.as_str()), (true, "done\n"));
    end(&number);
}

/// Ends the process whose number the file holds.
fn end(number: &std::path::Path) {
    let pid = std::fs::read_to_string(number).unwrap();
    assert!(Command::new("kill").arg(pid.trim()).run(&never()).unwrap().success());
    std::fs::remove_file(number).unwrap();
}

#[test]
fn a_signal_is_told_from_a_code() {
    let finished = Command::shell("kill -SEGV $$").run(&never()).unwrap();
    assert_eq!((finished.code, finished.signal), (None, Some(11)));
    assert_eq!(finished.status(), "signal 11");
}

#[test]
fn input_larger_than_a_pipe_passes_and_may_be_left_unread() {
    let input = vec![b'x'; 3_000_000];
    let echoed = Command::new("cat").stdin_bytes(input.clone()).run(&never()).unwrap();
    assert!(echoed.success());
    assert!(echoed.stdout == input, "{} bytes came back", echoed.stdout.len());
    assert!(Command::new("true").stdin_bytes(input).run(&never()).unwrap().success());
    assert!(Command::new("cat").run(&never()).unwrap().stdout.is_empty());
}

#[test]
fn the_last_line_needs_no_end() {
    let mut lines = Vec::new();
    Command::shell(r"printf 'a\n\nb'")
        .stream(&never(), &mut |_, line| lines.push(line.to_vec()))
        .unwrap();
    assert_eq!(lines, [b"a".to_vec(), Vec::new(), b"b".to_vec()]);
    assert_eq!(Command::shell("printf a").run(&never()).unwrap().stdout, b"a");
}

#[test]
fn a_failed_reading_ends_the_child() {
    let error = Command::shell("echo x; sleep 1000")
        .read_stdout(&never(), &mut |_| Err(std::io::Error::other("not what was expected")))
        .unwrap_err();
    assert!(matches!(error, ProcessError::Io { .. }));
}

#[test]
fn a_panic_in_the_callback_leaves_no_child() {
    let mut pid = String::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        Command::shell("echo $$; sleep 1000").stream(&never(), &mut |_, line| {
            pid = String::from_utf8(line.to_vec()).unwrap();
            panic!("in the callback");
        })
    }));
    assert!(caught.is_err());
    assert!(!Command::new("kill").args(["-0", &pid]).run(&never()).unwrap().success());
}

#[test]
fn logs_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    for line in ["echo one", "echo two >&2"] {
        assert!(Command::shell(line).log_to(&never(), &log).unwrap().success());
    }
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "one\ntwo\n");
}

#[test]
fn a_long_log_has_its_beginning_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let line = "echo first; head -c 100000000 /dev/zero; echo last >&2; exit 7";
    assert_eq!(Command::shell(line).log_to(&never(), &log).unwrap().code, Some(7));
    let text = std::fs::read(&log).unwrap();
    assert!(text.len() < 34 << 20, "{}", text.len());
    assert!(text.starts_with(b"first\n") && text.ends_with(b"\0last\n"));
    let cut = format!("… {} bytes cut …", 100_000_011 - (33 << 20));
    assert!(memchr::memmem::find(&text, cut.as_bytes()).is_some(), "{cut}");
}

#[test]
fn the_environment_is_replaced_whole() {
    let variables = [("ONLY".into(), "this".into())].into();
    let command = Command::new("/usr/bin/env").environment(variables).env("AND", "that");
    assert_eq!(command.run(&never()).unwrap().stdout, b"AND=that\nONLY=this\n");
}

/// What bash makes of the printed line.
fn pasted(command: &Command) -> Vec<u8> {
    let finished = Command::shell(&command.to_string()).run(&never()).unwrap();
    assert!(finished.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    finished.stdout
}

#[test]
fn bytes_that_are_no_text_and_odd_names_are_printed_too() {
    let odd = OsString::from_vec(b"a\xff1'\\ \n$x".to_vec());
    let command = Command::new("printf").args(["%s".into(), odd.clone()]);
    assert_eq!(pasted(&command), odd.as_bytes());
    let command = Command::new("printenv").arg("a-b.c").env("a-b.c", "x y");
    assert_eq!(pasted(&command), b"x y\n");
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

#[test]
fn a_nice_child_and_its_children_let_others_go_first() {
    // It reads first: what is written to it comes after the priority was set.
    let command = Command::shell("read line; nice").stdin_bytes(b"go\n".to_vec());
    let priority = |command: &Command| {
        let finished = command.run(&Cancellation::default()).unwrap();
        String::from_utf8(finished.stdout).unwrap().trim().parse::<i32>().unwrap()
    };
    let usual = priority(&command);
    assert_eq!(priority(&command.niceness(19)), 19);
    assert!(usual < 19, "these tests run at the lowest priority");
}
