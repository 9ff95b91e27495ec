//! A job, its results, and the GitHub that it asks.

use robot_process::{Cancellation, Finished};
use robot_testkit::{Event, FakeGitHub, Runner, write};
use serde_json::{Map, Value, json};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

pub(crate) const BOT: &str = "github-actions[bot]";
pub(crate) const HEAD: &str = "3333333333333333333333333333333333333333";

/// A result of a tool, as the tool leaves it.
pub(crate) fn result(tool: &str, verdict: &str, run: u64, finding: &str) -> Value {
    let findings = match finding {
        "" => json!([]),
        title => json!([{ "kind": "findings", "title": "Failed", "findings": [{
            "level": "error", "rule": "fail", "title": title, "detail": "want 1, got 2",
            "location": { "path": "robot/robot_test.go", "line": 7 },
        }]}]),
    };
    let exit_code = match verdict {
        "fail" => 10,
        "inconclusive" => 11,
        _ => 0,
    };
    json!({
        "schema": "robot.report/v1", "tool": tool, "version": "0.1.0",
        "run": { "repository": "acme/robot", "event": "pull_request", "head_sha": HEAD,
                 "pull_request": 7, "run_id": run, "attempt": 1 },
        "verdict": verdict, "exit_code": exit_code, "outputs": { "passed": 41, "failed": 1 },
        "report": { "headline": format!("{tool} says {verdict}"), "blocks": findings },
        "input_digest": "",
    })
}

/// What `robot ci` leaves of its steps.
pub(crate) fn ci(verdict: &str, run: u64, steps: &[(&str, &str)]) -> Value {
    let verdicts = steps.iter().map(|(name, verdict)| ((*name).to_owned(), (*verdict).into()));
    let mut whole = result("ci", verdict, run, "");
    whole["outputs"] = json!({ "verdicts": verdicts.collect::<Map<String, Value>>() });
    whole
}

/// A zip archive, as an artifact is.
pub(crate) fn archive(files: &[(&str, &Value)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.to_string().as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) struct World {
    pub(crate) runner: Runner,
    pub(crate) github: FakeGitHub,
}

impl World {
    pub(crate) fn new(event: &Event) -> Self {
        Self::with_pages_of(2, event)
    }

    /// GitHub's lists have pages of `page` entries.
    fn with_pages_of(page: usize, event: &Event) -> Self {
        let github = FakeGitHub::start(page);
        github.pull_request(7, "open", HEAD, "acme/robot");
        let runner = Runner::new(event)
            .set("GITHUB_API_URL", github.url())
            .set("GITHUB_TOKEN", "secret-token");
        Self { runner, github }
    }

    pub(crate) fn pull_request() -> Self {
        Self::new(&Event::pull_request(7, HEAD, false))
    }

    /// Attempt 1 of run 5 of a fork's pull request has ended, and left an artifact with these files.
    pub(crate) fn after_fork(conclusion: &str, files: &[(&str, &Value)]) -> Self {
        let world = Self::with_pages_of(20, &Event::workflow_run(5));
        world.github.pull_request(7, "open", HEAD, "someone/robot");
        world.github.run(5, "pull_request", conclusion, HEAD, "someone/robot");
        world.github.artifact(5, "coverage-html", b"not ours".to_vec());
        world.github.artifact(5, "robot-result-echo", archive(files));
        world
    }

    pub(crate) fn result(&self, path: &str, content: &Value) {
        write(&self.runner.path("temp/robot").join(path), &content.to_string());
    }

    /// `robot ci` has passed in this job.
    pub(crate) fn passing(&self) {
        self.result("ci.result.json", &ci("pass", 42, &[("test", "pass")]));
        self.result("ci/test.result.json", &result("go-test", "pass", 42, ""));
    }

    pub(crate) fn run(&self, flags: &[&str]) -> (Option<i32>, Value) {
        self.run_as(flags, &[])
    }

    pub(crate) fn run_as(
        &self,
        flags: &[&str],
        variables: &[(&str, &str)],
    ) -> (Option<i32>, Value) {
        (self.finish(flags, variables).code, self.runner.result("summary"))
    }

    pub(crate) fn finish(&self, flags: &[&str], variables: &[(&str, &str)]) -> Finished {
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot-summary"), &self.runner.path(""));
        let step = step.arg("--patience=5").args(flags.iter().copied());
        let step = variables.iter().fold(step, |step, (name, value)| step.env(name, value));
        step.run(&Cancellation::default()).unwrap()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.github.comments().into_iter().map(|comment| comment.body).collect()
    }

    /// What the results say together, the verdict of the step, and its report.
    pub(crate) fn judged(&self, flags: &[&str]) -> (String, String, String) {
        let (_, result) = self.run(flags);
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let report = result["report"].to_string();
        (word(&result["outputs"]["result"]), word(&result["verdict"]), report)
    }
}
