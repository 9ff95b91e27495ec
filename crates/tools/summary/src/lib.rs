//! `summary`: reports a run on its pull request.
//!
//! Results are untrusted: they are checked against GitHub's data of the run, and all their text is escaped. A result that
//! cannot be read and a comment that cannot be posted are reported, but fail the step only with `mode: enforce`.
//!
//! Each result must belong to this repository, this run and, for a fork's run, its commit. The result of `robot ci` must
//! agree with its steps. If everything passes, GitHub is queried how the run and its other jobs ended. The pull request is
//! the one that GitHub lists for the run's branch and commit, never a number from an artifact.

mod archive;
mod check;
mod compose;
mod doubt;
mod event;
mod gather;
mod input;
mod marker;
mod overview;
mod page;
mod part;
mod publish;
mod results;
mod sticky;

pub use input::Input;
pub use sticky::Posted;

use doubt::{Doubt, NO_EVIDENCE, NOT_POSTED};
use event::Subject;
use gather::Gathered;
use page::Pages;
use part::Part;
use publish::{Publish, Told};
use robot_contract::{Action, Context, Failure, Mode, Outcome, Provenance, Secret, Tool};
use robot_github::GitHub;
use robot_model::{Block, Finding, Heading, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool::of::<Summary>()
}

/// Reports a run.
#[derive(Debug)]
pub struct Summary;

/// The verdict, and where the report is.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Verdict of all results together: pass, warn, skipped, inconclusive or fail
    pub result: Option<Verdict>,
    /// First step with that verdict, in the first job that has it; empty for pass
    pub deciding_step: Option<String>,
    /// State of the comment: created, updated, unchanged, or newer (a later run wrote it); empty without a comment
    pub posted: Option<Posted>,
    /// GitHub's id of the comment
    pub comment_id: Option<u64>,
    /// GitHub's id of the check
    pub check_run_id: Option<u64>,
    /// File with the report as an HTML page
    pub html: Option<PathBuf>,
    /// File with the report as Markdown
    pub markdown: Option<PathBuf>,
}

/// Causes of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The verdict of a step is not pass; `deciding-step` names the step
    Step,
    /// No results were found
    NoResults,
    /// A result is missing, cannot be read, or contradicts what GitHub reports about the run
    NotBelieved,
    /// The comment or the check could not be posted
    NotPosted,
}

impl robot_contract::Cause for Cause {}

impl Action for Summary {
    const TOOL: &'static str = "summary";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "Report a run as one comment on the pull request, an HTML page and, if you want, a check";
    const SECRETS: &'static [Secret] = &[input::TOKEN];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        input::resolve(input, provenance)
    }

    /// The tools have already annotated their own findings.
    fn annotates(finding: &Finding) -> bool {
        [NO_EVIDENCE, NOT_POSTED].contains(&finding.rule.as_str())
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        robot_net::block_on(Self::report(input, context))
            .map_err(|error| Failure::internal("the network did not start").caused_by(&error))?
    }
}

impl Summary {
    async fn report(
        input: Input,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let mut doubts = Vec::new();
        let github = open(&input, context, &mut doubts);
        let github = github.as_ref();
        let subject = Subject::of(context, github, &mut doubts).await;
        let gather =
            async |context: &mut Context| gather::gather(&input, &subject, context, github).await;
        let gathered = context.awaited_phase("results", gather).await;
        let Gathered { files, doubts: of_files } = gathered;
        doubts.extend(of_files);
        let parts = results::parts(files, &input.artifacts, &subject.expected);
        if parts.iter().all(|part| part.verdict().is_green()) {
            doubts.extend(subject.doubts(github).await);
        }
        // Without results and without a reason for that, there is nothing to report in any mode.
        let is_absent = parts.is_empty() && (doubts.is_empty() || input.results.is_some());
        let numbers = |part: &Part| part.documents().find_map(|one| one.run.pull_request);
        let hint = parts.iter().find_map(numbers);
        let mut composed = compose::compose(parts, &doubts, subject.head_sha.as_deref());
        let (title, verdict) = (input.title.clone(), composed.verdict);
        composed.report.heading = Some(Heading { title, verdict });
        // Locations refer to the reported commit.
        context.run.identity.head_sha.clone_from(&subject.head_sha);
        let run = subject.identity(context);
        let pages = Pages { input: &input, composed: &composed, run: &run, context };
        let (html, markdown) = pages.write()?;
        let mut output = Output {
            result: Some(composed.verdict),
            html: Some(html),
            markdown: Some(markdown),
            ..Output::default()
        };
        let Told { notes, trouble } = match github {
            Some(github) => {
                Publish { pages: &pages, subject: &subject, github, hint }.all(&mut output).await
            }
            None => Told::default(),
        };
        let verdict = match decide(input.mode, composed.verdict, !trouble.is_empty()) {
            verdict if is_absent => verdict.max(composed.verdict),
            verdict => verdict,
        };
        output.deciding_step = composed.deciding_step.take();
        let is_green = composed.verdict.is_green();
        let cause = composed.cause.filter(|_| !is_green || trouble.is_empty());
        let cause = cause.unwrap_or(Cause::NotPosted);
        composed.add(Block::findings("What was not posted", trouble));
        composed.add(Block::text(notes.join("\n")));
        let reason = (verdict != Verdict::Pass).then_some((verdict, cause));
        Ok(Outcome::decided(reason, output, composed.report))
    }
}

/// The step fails only in mode `enforce`, whether results fail or are missing.
fn decide(mode: Mode, composed: Verdict, is_trouble: bool) -> Verdict {
    let decided = match mode {
        Mode::Enforce => composed,
        Mode::Report => composed.min(Verdict::Warn),
    };
    if is_trouble { decided.max(Verdict::Warn) } else { decided }
}

/// The client for GitHub, in a job. On a laptop nothing is posted.
fn open(input: &Input, context: &Context, doubts: &mut Vec<Doubt>) -> Option<GitHub> {
    if !context.environment.is_github() {
        return None;
    }
    let token = context.secret(&input::TOKEN);
    let patience = Duration::from_secs(input.patience);
    match GitHub::open(context, token, patience) {
        Ok(github) => Some(github),
        Err(failure) => {
            let told = failure.to_string();
            let told = told.strip_prefix("error: ").unwrap_or(&told);
            doubts.push(Doubt::slight(format!("results were not checked against GitHub: {told}")));
            None
        }
    }
}
