//! Progress of a run on a terminal and in a job's log.

use super::Record;
use indicatif::{MultiProgress, ProgressBar};
use robot_contract::Context;
use robot_runner as runner;
use std::collections::HashMap;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

/// Bytes from the end of a step's log that are printed; the file has all of it.
const LOG_CAP: u64 = 1024 * 1024;

/// The progress display: bars on a terminal, lines and groups in a job's log.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    running: HashMap<String, ProgressBar>,
    is_github: bool,
}

impl Progress {
    pub(crate) fn new(context: &Context) -> Self {
        let is_github = context.environment.is_github();
        // A dumb terminal cannot redraw a line, so bars would show nothing.
        let can_redraw = context.environment.get("TERM").is_some_and(|term| term != "dumb");
        let has_bars = io::stderr().is_terminal() && can_redraw && !is_github;
        let bars = has_bars.then(MultiProgress::new);
        Self { bars, running: HashMap::new(), is_github }
    }

    pub(crate) fn started(&mut self, name: &str) {
        match &self.bars {
            Some(bars) => {
                let bar = bars.add(ProgressBar::new_spinner().with_message(name.to_owned()));
                bar.enable_steady_tick(Duration::from_millis(120));
                self.running.insert(name.to_owned(), bar);
            }
            None => say(&format!("▶ {name}")),
        }
    }

    pub(crate) fn alive<'a>(&self, running: impl Iterator<Item = &'a str>, since: Duration) {
        if self.bars.is_none() {
            let names = running.collect::<Vec<_>>().join(", ");
            say(&format!("… {} s: {names} still running", since.as_secs()));
        }
    }

    /// What a running step says of what takes long.
    pub(crate) fn notice(&self, name: &str, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| say(&format!("{name}: {line}"))),
            None => say(&format!("… {name}: {line}")),
        }
    }

    /// Prints a step's end and its log. On GitHub the log is a group in which commands of code
    /// under test have no effect.
    pub(crate) fn ended(&mut self, record: &Record) {
        if let Some(bar) = self.running.remove(&record.name) {
            bar.finish_and_clear();
        }
        let verdict = record.ended.verdict;
        let cause = match record.ended.cause.as_str() {
            "" => String::new(),
            cause => format!(" ({cause})"),
        };
        let seconds = record.end - record.start;
        let title = format!("{} {} {verdict}{cause}, {seconds:.1} s", verdict.mark(), record.name);
        if !self.is_github && verdict.is_green() {
            self.print(&format!("{title}\n"));
            return;
        }
        // An unreadable log must not hide the results of other steps.
        let log =
            tail(&record.ended.log, LOG_CAP).unwrap_or_else(|error| format!("(no log: {error})"));
        let text = if self.is_github {
            let title = runner::group(&title);
            let end = runner::end_group();
            match runner::random_token() {
                Ok(token) => format!(
                    "{title}\n{}\n{log}\n{}\n{end}\n",
                    runner::stop_commands(&token),
                    runner::resume_commands(&token),
                ),
                // Without a random token, the log could contain commands for the runner, so it is not printed.
                Err(error) => format!("{title}\n(no log: no random bytes: {error})\n{end}\n"),
            }
        } else {
            let indented: String = log.lines().map(|line| format!("    {line}\n")).collect();
            format!("{title}\n{indented}")
        };
        self.print(&text);
    }

    fn print(&self, text: &str) {
        let print = || {
            // The output was closed; the verdict still counts.
            let _ = anstream::stdout().lock().write_all(text.as_bytes());
        };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

pub(crate) fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// The last bytes of a log.
pub(crate) fn tail(log: &Path, cap: u64) -> io::Result<String> {
    let mut file = fs_err::File::open(log)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    if length > cap {
        file.seek(SeekFrom::Start(length - cap))?;
        bytes.extend_from_slice(b"(only the end of the log is shown; its file has all of it)\n");
    }
    // It may still grow if a process could not be stopped.
    file.take(cap).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
