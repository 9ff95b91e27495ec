//! `coverage-gate`: refuses a change that lowers what tests cover, and says where.
//!
//! The unit is the statement, for the whole as for the change. Evidence that is missing, broken or
//! of another checkout is never green.

mod base;
mod before;
mod evidence;
mod formats;
mod gate;
mod input;
mod measure;
mod patch;
mod position;
mod report;
mod source;

pub use gate::Override;
pub use input::{Format, Input};

use base::Base;
use measure::{Measured, Mismatch};
use position::Misfit;
use report::Found;
use robot_contract::{Action, Context, Failure, Mode, Outcome, Provenance, Tool, Verb};
use robot_golang::coverprofile::Profile;
use robot_history::History;
use robot_model::{Metric, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool {
        name: CoverageGate::TOOL,
        about: CoverageGate::ABOUT,
        verbs: vec![Verb::of::<CoverageGate>()],
    }
}

/// Gates on statement coverage.
#[derive(Debug)]
pub struct CoverageGate;

/// What was measured.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Covered share of all statements, in percent
    pub total: Option<f64>,
    /// Covered share of the statements that the change adds, in percent; empty without a change
    pub patch: Option<f64>,
    /// Statements
    pub statements: u64,
    /// Statements that comments with a reason leave out
    pub ignored: u64,
    /// Points by which the total changed against the base; empty without a record of it
    pub change: Option<f64>,
    /// Statements of each file, JSON (`robot.coverage/v1`)
    pub json: Option<PathBuf>,
    /// Lines for editors and other services, LCOV
    pub lcov: Option<PathBuf>,
    /// Lines for other services, Cobertura XML
    pub cobertura: Option<PathBuf>,
    /// A badge of the total, SVG
    pub badge: Option<PathBuf>,
}

impl Action for CoverageGate {
    const TOOL: &'static str = "coverage-gate";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Gate on statement coverage: total, package, file, change and drop";
    type Input = Input;
    type Output = Output;

    fn defaults() -> Input {
        input::defaults()
    }

    fn validate(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
        input::validate(input, provenance)
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output>, Failure> {
        let folder = context.output_directory()?;
        let evidence = context.phase("read", |context| evidence::read(&input, context))?;
        let base = context.phase("base", |context| base_of(&input, context))?;
        let measured =
            context.phase("measure", |context| measure(&evidence.profile, &base, context))?;
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let now = measured.record(&commit(context), time);
        let mut history = match &input.history {
            Some(folder) => History::new(context.absolute(folder)),
            None => History::new(context.history_directory()),
        };
        let before = context.phase("compare", |context| before::find(&mut history, &base, context));
        let misses = gate::misses(&measured, &now, before.record(), &input.thresholds()?);
        if context.is_default_branch && now.total().all > 0 {
            // What cannot be kept costs a later comparison, not this run.
            if let Err(error) = history.keep_coverage(&now) {
                history.set_aside.push(format!("this run's record cannot be kept: {error}"));
            }
        }
        let set_aside = &history.set_aside;
        let found = Found {
            evidence: &evidence,
            measured: &measured,
            now: &now,
            base: &base,
            before: &before,
            set_aside,
        };
        let report = report::write(&found, &misses);
        let files = formats::write(&input, &measured, &now, &folder)?;
        let (total, patch) = (now.total(), measured.patch());
        let (verdict, cause) = match (total.all, misses.first()) {
            (0, _) => (Verdict::Inconclusive, Some("no-statements".to_owned())),
            (_, Some(miss)) => (Verdict::Fail, Some(miss.kind.to_owned())),
            (_, None) => (Verdict::Pass, None),
        };
        let earlier = before.record().and_then(|record| record.total().percent());
        let output = Output {
            total: total.percent(),
            patch: patch.percent(),
            statements: total.all,
            ignored: measured.ignored(),
            change: earlier.and_then(|earlier| Some(total.percent()? - earlier)),
            json: files.json,
            lcov: files.lcov,
            cobertura: files.cobertura,
            badge: files.badge,
        };
        let mut outcome = Outcome::new(Mode::apply(input.mode, verdict), output, report);
        outcome.cause = cause;
        outcome.metrics = [("coverage.total", total), ("coverage.patch", patch)]
            .into_iter()
            .map(|(name, statements)| match statements.percent() {
                Some(percent) => Metric::measured(name, "%", percent),
                None => Metric::unavailable(name, "%"),
            })
            .collect();
        Ok(outcome)
    }
}

/// The base. Where nobody asked what the change adds, a clone that cannot tell is no failure.
fn base_of(input: &Input, context: &Context) -> Result<Base, Failure> {
    let wanted = input.base.as_deref();
    match base::find(wanted, context) {
        Err(failure) if wanted.is_none() && input.patch.is_none() => {
            let record = failure.record();
            let hint = record.hints.first().map_or(String::new(), |hint| format!(" ({hint})"));
            Ok(Base::Nothing(format!("{}{hint}", record.message)))
        }
        found => found,
    }
}

/// The commit that is checked out; empty on a laptop, where it tells little of the files. What is
/// kept for later runs is that of git, as a workflow may check out another than started it.
fn commit(context: &Context) -> String {
    let head = || base::git(context, &["rev-parse", "--verify", "--quiet", "HEAD"]);
    let found = context.is_default_branch.then(head).flatten();
    found.or_else(|| context.run.merge_sha.clone()).unwrap_or_default().trim().to_owned()
}

fn measure<'a>(
    profile: &'a Profile,
    base: &Base,
    context: &Context,
) -> Result<Measured<'a>, Failure> {
    let modules = robot_go_command::Modules::read(&context.directory);
    let nothing = patch::Changed::new();
    let changed = match base {
        Base::Known { changed, .. } => changed,
        Base::Nothing(_) => &nothing,
    };
    let locate = |name: &str| {
        let path = modules.file(name, &context.directory)?;
        let text = std::fs::read(context.directory.join(&path)).ok()?;
        Some((path, text))
    };
    measure::measure(profile, changed, locate).map_err(|mismatch| {
        let what = match mismatch {
            Mismatch::Absent(name) => format!("the profile names `{name}`, which is not here"),
            Mismatch::Other(path, Misfit::Elsewhere(line)) => {
                format!("the profile has a block at {path}:{line}, where no code begins")
            }
            Mismatch::Other(path, Misfit::CutOff(line)) => {
                format!("the profile ends before the function at {path}:{line}")
            }
        };
        Failure::external(format!("{what}: it was made from other files, or cut off")).hint(
            "make the profile in this checkout, and run in the folder of its go.mod or go.work",
        )
    })
}
