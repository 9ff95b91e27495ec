//! The outputs that the driver writes for a tool.

use crate::bounded;
use robot_contract::{Context, Failure, ResultExt, Verb, write_atomically};
use robot_model::{Finding, ResultDocument};
use robot_render::Sheet;
use robot_runner as runner;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The outputs that the kit writes for a tool: terminal or log, outputs, summary, annotations and
/// `result.json`.
pub(crate) struct Sinks<'a> {
    context: &'a Context,
}

impl<'a> Sinks<'a> {
    pub(crate) const fn of(context: &'a Context) -> Self {
        Self { context }
    }

    /// Writes one result to all outputs. A failed output does not prevent the others.
    pub(crate) fn publish(&self, verb: &Verb, document: &ResultDocument) -> Result<(), Failure> {
        let written = self
            .context
            .output_directory()
            .and_then(|folder| Self::write_result(&folder.join(file_name(verb)), document));
        let mut ended = vec![written];
        let failure = document.failure.clone().map(Failure::from);
        // A verb that failed has nothing to report except its failure.
        let report = (failure.is_none() || !document.report.blocks.is_empty())
            .then(|| robot_render::text(&document.report, document.verdict));
        let told = failure.as_ref().map(ToString::to_string);
        let text = [report.clone(), told].into_iter().flatten().collect::<Vec<_>>().join("\n");
        if self.context.environment.is_github() {
            ended.push(Self::quote(&text));
            ended.push(Self::annotate(verb, document));
            ended.push(self.write_outputs(document));
            ended.push(self.write_summary(verb, document));
        } else {
            ended.extend(report.map(|report| Self::print(&report)));
            if let Some(failure) = &failure {
                Self::complain(failure);
            }
        }
        ended.into_iter().collect()
    }

    /// Replaces the result of an earlier run by one that says that this run has not finished, so that the earlier
    /// result is not mistaken for that of a killed process.
    pub(crate) fn begin(&self, verb: &Verb) -> Result<(), Failure> {
        let path = self.context.output_directory()?.join(file_name(verb));
        let unwritable =
            || format!("{}: the result of an earlier run cannot be removed", path.display());
        let removed = match fs_err::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(&path),
            Ok(_) => fs_err::remove_file(&path),
            Err(_) => Ok(()),
        };
        removed.or_external(unwritable)?;
        let failure = Failure::internal(format!("{} did not finish", verb.full_name()))
            .hint("its process was killed: look for the reason in the job's log");
        // Without this file there is no result at all, which does not pass either.
        let _ = Self::write_result(&path, &verb.failed(&failure, self.context));
        Ok(())
    }

    /// Prints text that may repeat output of code under test, so that the runner obeys no command in it. It uses
    /// only one stream, because marks on the other stream could arrive late.
    fn quote(text: &str) -> Result<(), Failure> {
        let token = runner::random_token()
            .or_external(|| "the operating system returned no random bytes".to_owned())?;
        let (stop, resume) = (runner::stop_commands(&token), runner::resume_commands(&token));
        Self::print(&format!("{stop}\n{}\n{resume}\n", text.trim_end()))
    }

    pub(crate) fn write_result(path: &Path, document: &ResultDocument) -> Result<(), Failure> {
        let json = bounded::to_json(document)
            .map_err(|error| Failure::internal("the result is not JSON").caused_by(&error))?;
        write_atomically(path, &json)
            .or_external(|| format!("{}: the result cannot be written", path.display()))
    }

    /// Writes data to standard output.
    pub(crate) fn print(text: &str) -> Result<(), Failure> {
        robot_runner::send(text).or_external(|| "standard output cannot be written".to_owned())
    }

    /// Writes messages to standard error.
    pub(crate) fn complain(failure: &Failure) {
        // If even this fails, there is no way to report it.
        let _ = writeln!(anstream::stderr().lock(), "{failure}");
    }

    fn annotate(verb: &Verb, document: &ResultDocument) -> Result<(), Failure> {
        let findings = match &document.failure {
            Some(record) if document.report.findings().next().is_none() => {
                let told = Failure::from(record.clone()).to_string();
                vec![Finding::error("broke-off", &document.tool).detail(told)]
            }
            _ => {
                let findings = document.report.findings();
                robot_render::annotations(findings.filter(|finding| (verb.annotates)(finding)))
            }
        };
        let lines: String =
            findings.iter().map(|finding| runner::annotation(finding) + "\n").collect();
        Self::print(&lines)
    }

    fn write_outputs(&self, document: &ResultDocument) -> Result<(), Failure> {
        let Some(path) = self.file("GITHUB_OUTPUT") else { return Ok(()) };
        let write = |name: &str, value: &str| {
            runner::append_output(&path, name, value)
                .or_external(|| format!("output `{name}` cannot be written"))
        };
        write("verdict", document.verdict.word())?;
        write("cause", document.cause.as_deref().unwrap_or_default())?;
        let outputs = document.outputs.as_object().into_iter().flatten();
        for (name, value) in outputs {
            match value {
                Value::Null => {}
                Value::String(text) => write(name, text)?,
                Value::Array(items) if items.iter().all(Value::is_string) => {
                    let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                    write(name, &lines.join("\n"))?;
                }
                other => write(name, &other.to_string())?,
            }
        }
        Ok(())
    }

    fn write_summary(&self, verb: &Verb, document: &ResultDocument) -> Result<(), Failure> {
        let Some(path) = self.file("GITHUB_STEP_SUMMARY") else { return Ok(()) };
        let name = verb.full_name();
        let budget = usize::try_from(runner::SUMMARY_LIMIT / 2).unwrap_or(usize::MAX);
        let sheet = Sheet {
            run: &self.context.run.identity,
            rest: "the rest is in the step's log and in its result",
            budget,
        };
        let heading = document.report.heading.as_ref();
        let (title, verdict) =
            heading.map_or((&name, document.verdict), |heading| (&heading.title, heading.verdict));
        let text = robot_render::markdown(title, verdict, &document.report, &sheet);
        runner::append_summary(&path, &text)
            .map(drop)
            .or_external(|| "the step summary cannot be written".to_owned())
    }

    fn file(&self, variable: &str) -> Option<PathBuf> {
        self.context.environment.path(variable)
    }
}

fn file_name(verb: &Verb) -> String {
    format!("{}.result.json", verb.full_name().replace(' ', "-"))
}
