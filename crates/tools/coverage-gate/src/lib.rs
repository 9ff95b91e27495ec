//! `coverage-gate`: refuses a change that lowers what tests cover, and says where.
//!
//! The unit is the statement, for the whole as for the change. Evidence that is missing, broken or
//! of another checkout is never green.

mod base;
mod gate;
mod lcov;
mod measure;
mod patch;
mod report;
mod source;

pub use gate::Override;

use base::Base;
use gate::Thresholds;
use measure::{Measured, Mismatch};
use robot_contract::{
    Action, Context, Failure, Outcome, Provenance, ResultExt, Tool, Verb, write_atomically,
};
use robot_golang::coverprofile::Profile;
use robot_model::{Metric, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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

/// Settings of `coverage-gate`.
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Input {
    /// Cover profiles of one Go version, such as those of shards [default: the one that go-test left]
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub profiles: Option<Vec<PathBuf>>,
    /// Percent of all statements that tests must run
    #[arg(long, value_name = "PERCENT")]
    pub total: Option<f64>,
    /// Percent that each package must have
    #[arg(long, value_name = "PERCENT")]
    pub package: Option<f64>,
    /// Percent that each file must have
    #[arg(long, value_name = "PERCENT")]
    pub file: Option<f64>,
    /// Percent of the statements that the change adds
    #[arg(long, value_name = "PERCENT")]
    pub patch: Option<f64>,
    /// Other thresholds for some paths; the last that fits counts
    #[arg(skip)]
    pub overrides: Option<Vec<Override>>,
    /// Branch or commit that the change starts from [default: the pull request's base]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
}

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
    /// Lines for editors and other services, LCOV
    pub lcov: Option<PathBuf>,
}

impl Action for CoverageGate {
    const TOOL: &'static str = "coverage-gate";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Gate on statement coverage: total, package, file and change";
    type Input = Input;
    type Output = Output;

    fn defaults() -> Input {
        Input { overrides: Some(Vec::new()), ..Input::default() }
    }

    fn validate(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
        let percents = [
            ("total", input.total),
            ("package", input.package),
            ("file", input.file),
            ("patch", input.patch),
        ];
        for (key, percent) in percents {
            if percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
                let place = provenance.place(key);
                return Err(Failure::config(format!("{place}: expected 0 to 100 percent")));
            }
        }
        gate::overrides(input.overrides.as_deref().unwrap_or_default()).map(drop).map_err(
            |(index, reason)| {
                let place = provenance.place(&format!("overrides.{index}.path"));
                Failure::config(format!("{place}: {reason}"))
            },
        )
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output>, Failure> {
        let folder = context.output_directory()?;
        let profile = read(&input, context)?;
        let base = context.phase("base", |context| base::find(input.base.as_deref(), context))?;
        let measured = context.phase("measure", |context| measure(&profile, &base, context))?;
        let overrides = gate::overrides(input.overrides.as_deref().unwrap_or_default())
            .map_err(|(_, reason)| Failure::internal(reason))?;
        let thresholds = Thresholds {
            total: input.total,
            package: input.package,
            file: input.file,
            patch: input.patch,
            overrides,
        };
        let misses = gate::misses(&measured, &thresholds);
        let report = report::write(&measured, &misses, &base);
        let lcov = folder.join("coverage.lcov");
        write_atomically(&lcov, lcov::write(&measured).as_bytes())
            .or_external(|| format!("{} cannot be written", lcov.display()))?;
        let (total, patch) = (measured.total(), measured.patch());
        let (verdict, cause) = match (total.all, misses.first()) {
            (0, _) => (Verdict::Inconclusive, Some("no-statements".to_owned())),
            (_, Some(miss)) => (Verdict::Fail, Some(miss.kind.to_owned())),
            (_, None) => (Verdict::Pass, None),
        };
        let output = Output {
            total: total.percent(),
            patch: patch.percent(),
            statements: total.all,
            ignored: measured.ignored(),
            lcov: Some(lcov),
        };
        let mut outcome = Outcome::new(verdict, output, report);
        outcome.cause = cause;
        outcome.metrics = [("coverage.total", total), ("coverage.patch", patch)]
            .into_iter()
            .map(|(name, share)| match share.percent() {
                Some(percent) => Metric::measured(name, "%", percent),
                None => Metric::unavailable(name, "%"),
            })
            .collect();
        Ok(outcome)
    }
}

/// Reads all profiles as one.
fn read(input: &Input, context: &Context) -> Result<Profile, Failure> {
    let paths = match &input.profiles {
        Some(paths) if !paths.is_empty() => {
            paths.iter().map(|path| context.absolute(path)).collect()
        }
        _ => vec![context.output_directory()?.join("go-test/coverprofile")],
    };
    let mut profile = Profile::default();
    for path in paths {
        let text = fs_err::read(&path).map_err(|error| {
            Failure::external("there is no cover profile: what is covered is not known")
                .caused_by(&error)
                .hint("run `go-test` with coverage before this step, or name `profiles`")
        })?;
        profile.add(&text).map_err(|error| {
            Failure::external(format!("{} is no sound cover profile", path.display()))
                .caused_by(&error)
                .hint("it may have been cut off, or joined from runs of different Go versions")
        })?;
    }
    Ok(profile)
}

fn measure(profile: &Profile, base: &Base, context: &Context) -> Result<Measured, Failure> {
    let modules = robot_go_command::Modules::read(&context.directory);
    let nothing = patch::Changed::new();
    let changed = match base {
        Base::Known { changed, .. } => changed,
        Base::Nothing(_) => &nothing,
    };
    let locate = |name: &str| {
        let path = modules.file(name)?;
        let text = fs_err::read(context.directory.join(&path)).ok()?;
        Some((path, source::scan(&text)))
    };
    measure::measure(profile, changed, locate).map_err(|mismatch| {
        let what = match mismatch {
            Mismatch::Absent(name) => format!("the profile names `{name}`, which is not here"),
            Mismatch::Shorter(path) => format!("`{path}` is shorter than the profile says"),
        };
        Failure::external(format!("{what}: it was made from other files")).hint(
            "make the profile in this checkout, and run in the folder of its go.mod or go.work",
        )
    })
}
