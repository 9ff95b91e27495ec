//! Measures the event reader: `test_events generate 2000000 > events.jsonl`, then
//! `test_events count < events.jsonl`.

#![expect(clippy::print_stdout, reason = "a program")]

use robot_golang::test2json::{Action, Line, Reader};
use std::io::{self, BufReader, BufWriter, Write};

/// Events of one test that [`generate`] writes.
const EVENTS_OF_TEST: u64 = 8;
/// Tests of one package.
const TESTS_OF_PACKAGE: u64 = 500;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("generate"), Some(events)) => {
            let events = events.parse().map_err(io::Error::other)?;
            generate(events, &mut BufWriter::new(io::stdout().lock()))
        }
        (Some("count"), None) => count(),
        _ => Err(io::Error::other("expected `generate <events>` or `count`")),
    }
}

/// About `events` events as a run with much output writes them: four lines a test, one in a
/// thousand tests fails.
fn generate(events: u64, out: &mut impl Write) -> io::Result<()> {
    let time = "2026-11-23T20:00:00.123456789Z";
    for test in 0..events / EVENTS_OF_TEST {
        let package = format!("example.com/robot/internal/package{}", test / TESTS_OF_PACKAGE);
        let head = format!(r#"{{"Time":"{time}","#);
        let name = format!(r#""Package":"{package}","Test":"TestHandler{test}/case_{}""#, test % 7);
        if test % TESTS_OF_PACKAGE == 0 {
            writeln!(out, r#"{head}"Action":"start","Package":"{package}"}}"#)?;
        }
        let word = if test % 1000 == 999 { "fail" } else { "pass" };
        writeln!(out, r#"{head}"Action":"run",{name}}}"#)?;
        writeln!(
            out,
            r#"{head}"Action":"output",{name},"Output":"=== RUN   TestHandler{test}\n"}}"#
        )?;
        for line in 0..4 {
            writeln!(
                out,
                r#"{head}"Action":"output",{name},"Output":"    handler_test.go:{line}: got \"{test}\" \u003c want \u003e after 12ms\n"}}"#
            )?;
        }
        writeln!(
            out,
            r#"{head}"Action":"output",{name},"Output":"    --- PASS: TestHandler{test} (0.01s)\n"}}"#
        )?;
        writeln!(out, r#"{head}"Action":"{word}",{name},"Elapsed":0.01}}"#)?;
        if test % TESTS_OF_PACKAGE == TESTS_OF_PACKAGE - 1 {
            writeln!(out, r#"{head}"Action":"{word}","Package":"{package}","Elapsed":1.234}}"#)?;
        }
    }
    out.flush()
}

fn count() -> io::Result<()> {
    let mut reader = Reader::new(BufReader::with_capacity(128 * 1024, io::stdin().lock()));
    let (mut events, mut texts, mut failed, mut output) = (0_u64, 0_u64, 0_u64, 0);
    while let Some(line) = reader.next_line()? {
        match line {
            Line::Text(_) => texts += 1,
            Line::Event(event) => {
                events += 1;
                failed += u64::from(event.action == Action::Fail);
                output += event.output.as_deref().map_or(0, str::len);
            }
        }
    }
    println!("{events} events, {texts} other lines, {failed} failures, {output} bytes of output");
    Ok(())
}
