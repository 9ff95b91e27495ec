//! Runs one step as a child process: a tool through `robot step`, a shell command through bash.

use super::go_settings::GoSettings;
use super::pipeline::Priority;
use super::planned::{Planned, Work};
use robot_contract::{Context, Failure, Seal};
use robot_driver::StepRequest;
use robot_model::{ExitStatus, ResultDocument, Verdict};
use robot_process::{Command, Finished};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a step ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) verdict: Verdict,
    pub(crate) cause: String,
    /// The tool's own result; a shell command has none.
    pub(crate) document: Option<ResultDocument>,
    pub(crate) finished: Finished,
    pub(crate) log: PathBuf,
}

/// Grace period in which a stopped child writes its evidence. GitHub kills us 10 s after SIGINT.
const GRACE: Duration = Duration::from_secs(5);

/// Bytes of a step's notices that are read.
const NOTICES: u64 = 64 << 10;

/// Niceness of a low-priority step, which gets about a tenth of a core that another step wants.
const NICENESS: u8 = 10;

/// Lines that a running step has said of what takes long, behind the first `known` ones.
pub(crate) fn notices(name: &str, folder: &Path, known: usize) -> Vec<String> {
    let path = StepRequest::notices(&result(name, folder));
    let file = fs_err::File::open(path).ok();
    let lines = file.into_iter().flat_map(|file| BufReader::new(file.take(NOTICES)).lines());
    // `##[` anywhere in a line is a command to the runner.
    let harmless = |line: String| line.replace("##[", "## [");
    lines.map_while(Result::ok).skip(known).map(harmless).collect()
}

fn result(name: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{name}.result.json"))
}

/// Runs a step to its end. A failure of the step is never an error of the pipeline.
pub(crate) fn run(step: &Planned, go: &GoSettings, context: &Context, folder: &Path) -> Ended {
    let log = folder.join(format!("{}.log", step.name));
    let result = result(&step.name, folder);
    // A result of an earlier run must not be mistaken for this one's.
    let _ = fs_err::remove_file(&log);
    let _ = fs_err::remove_file(&result);
    let _ = fs_err::remove_file(StepRequest::notices(&result));
    let ended = command(step, go, context, &result).and_then(|command| {
        command
            .grace(GRACE)
            .niceness(if step.priority == Priority::Low { NICENESS } else { 0 })
            .log_to(&context.cancellation, &log)
            .map_err(|error| Failure::external("the step did not start").caused_by(&error))
    });
    let finished = match ended {
        Ok(finished) => finished,
        Err(failure) => {
            let _ = fs_err::write(&log, failure.to_string());
            let cause = "not-started".to_owned();
            let finished = Finished::default();
            return Ended { verdict: Verdict::Inconclusive, cause, document: None, finished, log };
        }
    };
    if finished.signal.is_some() {
        robot_process::kill_orphans();
    }
    let document: Option<ResultDocument> =
        fs_err::read(&result).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let (verdict, mut cause) = judge(&step.work, &finished, document.as_ref());
    if let (Work::Uses { .. }, None, false) = (&step.work, &document, finished.cancelled) {
        // On a full disk, both the child's log and its result are missing.
        cause += &unwritable(folder).unwrap_or_default();
    }
    Ended { verdict, cause, document, finished, log }
}

/// The reason if the results folder cannot be written.
fn unwritable(folder: &Path) -> Option<String> {
    let trial = folder.join(".trial");
    let ended = robot_contract::write_atomically(&trial, b"?");
    let _ = fs_err::remove_file(&trial);
    ended.err().map(|error| format!("; {} cannot be written: {error}", folder.display()))
}

/// The verdict of a child from its exit code and its result, which must agree.
fn judge(work: &Work, finished: &Finished, document: Option<&ResultDocument>) -> (Verdict, String) {
    if finished.cancelled {
        return (Verdict::Inconclusive, "interrupted".to_owned());
    }
    match (work, document) {
        (Work::Skip(why), _) => (Verdict::Skipped, why.clone()),
        (Work::Run(_), _) if finished.success() => (Verdict::Pass, String::new()),
        (Work::Run(_), _) => (Verdict::Fail, finished.status()),
        (Work::Uses { verb, .. }, Some(document))
            if finished.code == Some(i32::from(document.exit_code))
                && agrees_with_itself(document)
                && document.tool == verb.tool
                && document.verb.as_deref() == verb.name =>
        {
            let told = document.failure.as_ref().map(|failure| failure.message.clone());
            let cause = told.or_else(|| document.cause.clone()).unwrap_or_default();
            (document.verdict, if cause == document.verdict.word() { String::new() } else { cause })
        }
        (Work::Uses { .. }, _) => {
            let internal = Some(i32::from(ExitStatus::Internal.code()));
            let what = if finished.code == internal { "internal error" } else { "no valid result" };
            (Verdict::Inconclusive, format!("{what}: {}", finished.status()))
        }
    }
}

/// Whether verdict and exit code in a result agree: code that changes the result of a step that has
/// ended cannot change how it ended.
fn agrees_with_itself(document: &ResultDocument) -> bool {
    let code = match &document.failure {
        Some(failure) => ExitStatus::from(failure.kind),
        None => ExitStatus::from(document.verdict),
    };
    let is_green = document.failure.is_none() && document.verdict.is_green();
    document.exit_code == code.code() && is_green == (document.exit_code == 0)
}

fn command(
    step: &Planned,
    go: &GoSettings,
    context: &Context,
    result: &Path,
) -> Result<Command, Failure> {
    match &step.work {
        Work::Skip(why) => Err(Failure::internal(format!("a step that is skipped: {why}"))),
        Work::Run(line) => {
            let isolate = step.isolate;
            isolate.check(&format!("step {}", step.name))?;
            Ok(context.sealed(Command::shell(line), isolate, &Seal::default()))
        }
        Work::Uses { verb, settings } => {
            let request = StepRequest {
                tool: verb.tool.to_owned(),
                verb: verb.name.map(str::to_owned),
                assignment: settings.assignment.clone(),
                directory: context.directory.clone(),
                result: result.to_owned(),
                parent: std::process::id(),
            };
            let request = serde_json::to_vec(&request)
                .map_err(|error| Failure::internal("the step is not JSON").caused_by(&error))?;
            let own = std::env::current_exe().map_err(|error| {
                Failure::internal("the path of this program is not known").caused_by(&error)
            })?;
            let own = own.to_string_lossy();
            Ok(go.fixed(context.command(&own).arg("step")).stdin_bytes(request))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_contract::{ConfigFile, Environment};
    use serde_json::json;

    /// The verdict for a process and its result.
    fn judged(code: i32, change: &[(&str, serde_json::Value)]) -> Verdict {
        let mut document = json!({
            "schema": "robot.report/v1", "tool": "go-test", "version": "1", "run": {},
            "verdict": "pass", "exit_code": 0, "outputs": null,
            "report": {"headline": "", "blocks": []}, "metrics": [], "phases": [], "input_digest": "",
        });
        for (name, value) in change {
            document[*name] = value.clone();
        }
        let document: ResultDocument = serde_json::from_value(document).unwrap();
        let tools = crate::tools();
        let verb = &tools.iter().find(|tool| tool.name == "go-test").unwrap().verbs[0];
        let settings = (verb.resolve)(None, &Environment::default(), &ConfigFile::default());
        let settings = Box::new(settings.unwrap());
        let work = Work::Uses { verb: Box::new(*verb), settings };
        let finished = Finished { code: Some(code), ..Finished::default() };
        judge(&work, &finished, Some(&document)).0
    }

    #[test]
    fn a_result_is_believed_only_as_a_whole() {
        assert_eq!(judged(0, &[]), Verdict::Pass);
        assert_eq!(
            judged(10, &[("verdict", json!("fail")), ("exit_code", json!(10))]),
            Verdict::Fail
        );
        let failure = json!({"kind": "external", "message": "x", "causes": [], "hints": []});
        for (code, change) in [
            // An exit code other than that of the process.
            (10, vec![]),
            (0, vec![("exit_code", json!(10))]),
            // A verdict that contradicts its own exit code.
            (10, vec![("exit_code", json!(10))]),
            (0, vec![("verdict", json!("fail"))]),
            // A pass with a failure.
            (0, vec![("failure", failure.clone())]),
            (3, vec![("failure", failure), ("exit_code", json!(0))]),
            // Another tool's result.
            (0, vec![("tool", json!("go-vet"))]),
            (0, vec![("verb", json!("compute"))]),
        ] {
            assert_eq!(judged(code, &change), Verdict::Inconclusive, "{code} {change:?}");
        }
    }
}
