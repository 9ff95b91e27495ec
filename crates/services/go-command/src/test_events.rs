//! Runs `go test -json` and folds its events while it runs.

use robot_contract::{Context, Failure};
use robot_golang::suite::Suite;
use robot_golang::test2json::{LINE_CAP, Reader};
use robot_process::{Command, Finished};
use robot_render::counted;

/// Runs `go test -json` to its end. Memory does not grow with the output of tests. A non-zero exit is not an error
/// here.
///
/// # Errors
/// There is no go command, or it cannot be started.
pub fn run_tests(command: &Command, context: &Context) -> Result<(Suite, Finished), Failure> {
    let mut suite = Suite::default();
    let finished = command
        .read_stdout(&context.cancellation, &mut |stdout| {
            let mut reader = Reader::new(stdout);
            while let Some(line) = reader.next_line()? {
                suite.take(&line);
            }
            if reader.cut_lines() > 0 {
                let cut = format!(
                    "({} longer than {LINE_CAP} bytes cut)",
                    counted(reader.cut_lines() as usize, "line")
                );
                suite.stray.push_line(cut.as_bytes());
            }
            Ok(())
        })
        .map_err(|error| crate::not_started(&error))?;
    suite.finish();
    Ok((suite, finished))
}
