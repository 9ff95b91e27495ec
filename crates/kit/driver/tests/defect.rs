//! A tool that panics still leaves a result, and no child. Run again as that tool, this test has
//! arguments of its own: it is a program without the usual harness.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what breaks here ends the test")]

use robot_contract::{Action, Context, Failure, Outcome, Provenance, Tool, Verb};
use robot_process::{Background, Cancellation, Command};
use robot_testkit::{scrubbed, wait_until};
use std::path::Path;
use std::process::ExitCode;

struct Broken;

impl Action for Broken {
    const TOOL: &'static str = "broken";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Has a defect";
    type Input = Input;
    type Settings = Input;
    type Output = ();
    type Cause = ();

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn execute(_: Input, context: &mut Context) -> Result<Outcome<(), ()>, Failure> {
        let folder = context.output_directory()?;
        let line = "echo $$ > pid.new; mv pid.new pid; exec sleep 1000";
        let child: Background =
            Command::shell(line).current_directory(&folder).spawn_to(&folder.join("log")).unwrap();
        wait_until("the child runs", || folder.join("pid").exists());
        // As after an abort: nothing unwinds.
        std::mem::forget(child);
        panic!("an index that is not there");
    }
}

#[derive(clap::Args, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Input {}

fn main() -> ExitCode {
    // Started as another part of the tool, it must not begin the test again.
    assert_ne!(std::env::args_os().nth(1), Some("sealed".into()));
    if std::env::var_os("ROBOT_TEST_BROKEN").is_some() {
        let tool = Tool {
            name: "broken",
            about: "",
            verbs: vec![Verb::of::<Broken>()],
            helpers: &[],
            has_work: None,
        };
        return robot_driver::run_tool(&tool);
    }
    let temp = tempfile::tempdir().unwrap();
    let finished = scrubbed(std::env::current_exe().unwrap())
        .env("ROBOT_TEST_BROKEN", "1")
        .env("RUNNER_TEMP", temp.path())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", temp.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", temp.path().join("summary"))
        .current_directory(temp.path())
        .run(&Cancellation::default())
        .unwrap();
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    assert_eq!(finished.code, Some(1), "{said}");
    assert!(said.contains("::error title=broken::error: broken panicked"), "{said}");
    let result = std::fs::read(temp.path().join("robot/broken.result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_slice(&result).unwrap();
    assert_eq!((&result["verdict"], &result["exit_code"]), (&"inconclusive".into(), &1.into()));
    let message = result["failure"]["message"].as_str().unwrap();
    assert!(
        message.contains("an index that is not there") && message.contains("defect.rs:"),
        "{message}"
    );
    assert_eq!(result["failure"]["kind"], "internal");
    let pid = std::fs::read_to_string(temp.path().join("robot/pid")).unwrap();
    wait_until("the child is gone", || !runs(pid.trim()));
    ExitCode::SUCCESS
}

/// Neither gone nor a zombie that nobody reaps.
fn runs(pid: &str) -> bool {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    !matches!(stat.rsplit(") ").next().unwrap().chars().next(), None | Some('Z' | 'X'))
}
