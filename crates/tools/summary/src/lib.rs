//! `summary`: one honest report of a run on its pull request.
//!
//! What results say is data that somebody else may have made: it is checked against what GitHub
//! says of the run, and shown so that nothing in it takes effect. Not being able to post never fails
//! a run; not having results does.

mod archive;
mod check;
mod compose;
mod event;
mod gather;
mod input;
mod marker;
mod publish;
mod results;
mod sticky;

pub use input::Input;
pub use sticky::Posted;

use compose::Composed;
use event::Subject;
use gather::Gathered;
use publish::Publish;
use robot_contract::{
    Action, Context, Failure, Mode, Outcome, Provenance, ResultExt, Secret, Tool, Verb,
    write_atomically,
};
use robot_github::GitHub;
use robot_model::{Block, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool { name: Summary::TOOL, about: Summary::ABOUT, verbs: vec![Verb::of::<Summary>()] }
}

/// Reports a run.
#[derive(Debug)]
pub struct Summary;

/// What was reported, and where.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// What the results say together: pass, warn, skipped, inconclusive or fail
    pub result: Option<Verdict>,
    /// What became of the comment: created, updated, unchanged or newer; empty when there is none
    pub posted: Option<Posted>,
    /// Number of the comment
    pub comment_id: Option<u64>,
    /// Number of the check
    pub check_run_id: Option<u64>,
    /// The report as a page
    pub html: Option<PathBuf>,
    /// The report as Markdown
    pub markdown: Option<PathBuf>,
}

impl Action for Summary {
    const TOOL: &'static str = "summary";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Report a run: one comment, a page, and a check if wanted";
    const SECRETS: &'static [Secret] = &[input::TOKEN];
    const ANNOTATES: bool = false;
    type Input = Input;
    type Output = Output;

    fn defaults() -> Input {
        input::defaults()
    }

    fn validate(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
        input::validate(input, provenance)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output>, Failure> {
        let github = open(&input, context)?;
        let subject = Subject::of(context, github.as_ref())
            .or_external(|| "the run cannot be looked up".to_owned())?;
        let gathered =
            context.phase("results", |context| match gather::folders(&input, context) {
                Some(folders) => gather::read(&folders),
                None => match &github {
                    Some(github) => Ok(gather::fetch(&input, &subject, github)),
                    None => Ok(Gathered::default()),
                },
            })?;
        let Gathered { files, mut doubts } = gathered;
        let prefix = input.artifacts.as_deref().unwrap_or_default();
        let parts = results::parts(files, prefix, &subject.expected);
        let is_green = parts.iter().all(|part| part.verdict().is_green());
        doubts.extend(subject.doubt(is_green));
        // Only a number: whether it is the run's pull request is asked of GitHub.
        let claimed = parts.iter().find_map(|part| {
            let steps = part.steps.iter().map(|(_, document)| document);
            part.whole.iter().chain(steps).find_map(|document| document.run.pull_request)
        });
        let composed = compose::compose(parts, &doubts, subject.head_sha.as_deref());
        let mut output = write_pages(&input, &composed, &subject, context)?;
        let mut notes = Vec::new();
        let mut is_trouble = false;
        if let Some(github) = &github {
            let publish = Publish { input: &input, subject: &subject, composed: &composed };
            is_trouble |= publish.comment(github, claimed, context, &mut output, &mut notes);
            is_trouble |= publish.check(github, context, &mut output, &mut notes);
        }
        let mut report = composed.report;
        report.push(Block::text(notes.join("\n")));
        output.result = Some(composed.verdict);
        let mut verdict = Mode::apply(input.mode, composed.verdict);
        let mut cause = composed.cause;
        if is_trouble && verdict.is_green() {
            verdict = verdict.max(Verdict::Warn);
            cause = cause.or(Some("not-posted".to_owned()));
        }
        let mut outcome = Outcome::new(verdict, output, report);
        outcome.cause = cause;
        Ok(outcome)
    }
}

/// GitHub, where this is a job. On a laptop there is nothing to post.
fn open(input: &Input, context: &Context) -> Result<Option<GitHub>, Failure> {
    if !context.environment.is_github() {
        return Ok(None);
    }
    let token = context.secret(&input::TOKEN);
    let patience = Duration::from_secs(input.patience.unwrap_or(0));
    GitHub::open(context, token, patience).map(Some)
}

/// The page and the comment's text, for other steps and for those who may not post.
fn write_pages(
    input: &Input,
    composed: &Composed,
    subject: &Subject,
    context: &Context,
) -> Result<Output, Failure> {
    let folder = context.output_directory()?.join("summary");
    let (html, markdown) = (folder.join("report.html"), folder.join("report.md"));
    let title = input.title.as_deref().unwrap_or_default();
    let own = (title, composed.verdict, &composed.report);
    let details = composed.details.iter();
    let details = details.map(|(title, document)| (&**title, document.verdict, &document.report));
    let page = robot_render::page(title, &std::iter::once(own).chain(details).collect::<Vec<_>>());
    let text = publish::comment_text(input, composed, subject, context);
    for (path, text) in [(&html, &page), (&markdown, &text)] {
        write_atomically(path, text.as_bytes())
            .or_external(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(Output { html: Some(html), markdown: Some(markdown), ..Output::default() })
}
