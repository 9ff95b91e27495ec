//! `coverage-gate`: checks statement coverage against thresholds, and shows uncovered changed lines.
//!
//! The unit is the statement, for the total as for the change. Evidence that is missing, invalid or of another checkout
//! never passes.
//!
//! A profile is accepted only for the files in this checkout. `go-test` writes `<profile>.sources.json` beside it
//! (`robot.cover-sources/v1`): the commit, a hash of the profile, and a hash of each Go file in its folders. If that file
//! exists, all hashes must match. Any other profile is compared with the sources before it is merged:
//! `robot_golang::syntax` finds the statements as `cmd/cover` counts them. Blocks must begin and end at code, must not
//! overlap, and must contain every statement once. A package must have all files that are in every build.
//!
//! A change is counted in the statements of its own lines. A changed file that no profile has is uncovered.

mod absent;
mod base;
mod before;
mod cause;
mod cuts;
mod evidence;
mod formats;
mod gate;
mod input;
mod measure;
mod mismatch;
mod patch;
mod position;
mod report;
mod source;
mod thresholds;

pub use cause::Cause;
pub use input::{Format, Input};
pub use thresholds::Override;

use base::Base;
use before::Before;
use evidence::Evidence;
use gate::Miss;
use measure::Measured;
use mismatch::Mismatch;
use position::Misfit;
use report::Found;
use robot_contract::{Action, Context, Evidence as _, Failure, Outcome, Provenance, Takes, Tool};
use robot_evidence::CoverProfile;
use robot_history::History;
use robot_model::{Metric, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool::of::<CoverageGate>()
}

/// Gates on statement coverage.
#[derive(Debug)]
pub struct CoverageGate;

/// What was measured.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Percent of all statements that are covered
    pub total: Option<f64>,
    /// Percent of the statements added by the change that are covered; empty when the change adds none
    pub patch: Option<f64>,
    /// Statements
    pub statements: u64,
    /// Number of statements that comments with a reason exclude
    pub ignored: u64,
    /// Percentage points by which the total changed from the base; empty when the base has no record
    pub change: Option<f64>,
    /// Commit whose record the total was compared with; empty when there was none
    pub compared_with: Option<String>,
    /// Result of `drop`: `held`, `missed`, or `not compared: <reason>`; empty when `drop` is not set
    pub drop: Option<String>,
    /// File with the statements of each file, JSON (`robot.coverage/v1`)
    pub json: Option<PathBuf>,
    /// File with line coverage for editors and other services, LCOV
    pub lcov: Option<PathBuf>,
    /// File with line coverage for other services, Cobertura XML
    pub cobertura: Option<PathBuf>,
    /// File with a badge of the total, SVG
    pub badge: Option<PathBuf>,
}

impl Action for CoverageGate {
    const TOOL: &'static str = "coverage-gate";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "Check statement coverage against thresholds: total, package, file, change and drop";
    const GATE: bool = true;
    const TAKES: &'static [Takes] =
        &[Takes { kind: CoverProfile::KIND, unless_set: Some("profiles") }];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        input::resolve(input, provenance)
    }

    fn is_idle(_: Input, _: &mut Context) -> Result<(), String> {
        // It reads profiles and sources, and runs no go command.
        Ok(())
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        let folder = context.output_directory()?;
        let evidence = context.phase("read", |context| evidence::read(&input, context))?;
        let base = context.phase("base", |context| base_of(&input, context))?;
        let (measured, absent) =
            context.phase("measure", |context| measure(&evidence, &base, context))?;
        let time = u64::try_from(context.clock.now().as_second()).unwrap_or_default();
        let now = measured.record(&commit(context), time);
        let mut history = match &input.history {
            Some(folder) => History::new(context.absolute(folder)),
            None => History::new(context.history_directory()),
        };
        let (wants_drop, wants_patch) = (input.drop.is_some(), input.patch.is_some());
        let before = context
            .phase("compare", |context| before::find(&mut history, &base, wants_drop, context));
        let misses = gate::misses(&measured, &now, before.record(), &input.thresholds()?);
        if context.run.is_default_branch && now.total().all > 0 {
            // A record that cannot be saved affects a later comparison, not this run.
            if let Err(error) = history.keep_coverage(&now) {
                history
                    .set_aside
                    .push(format!("this run's coverage record cannot be saved: {error}"));
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
            absent: &absent,
            wants_drop,
            checkout: &context.checkout(),
        };
        let report = report::write(&found, &misses);
        let below = context.folder_in_repository();
        let files = formats::write(&input, &measured, &now, &below, &folder)?;
        let (total, patch) = (now.total(), measured.patch());
        let mut reasons: Vec<(Verdict, Cause)> = Vec::new();
        if total.all == 0 {
            // Without a threshold, generated code alone is no reason to fail: a package of generated files, or
            // one whose line directives name files that do not exist here.
            let is_generated = measured.generated > 0 || !absent.directed.is_empty();
            let has_nothing = is_generated && !input.has_threshold();
            let verdict = if has_nothing { Verdict::Skipped } else { Verdict::Inconclusive };
            reasons.push((verdict, Cause::NoStatements));
        } else {
            reasons.extend(misses.first().map(|miss| (Verdict::Fail, miss.kind)));
            if wants_drop && matches!(before, Before::Unknown(_)) {
                reasons.push((Verdict::Inconclusive, Cause::NoBaseline));
            }
            if wants_patch && !absent.unmeasured.is_empty() {
                reasons.push((Verdict::Warn, Cause::UnmeasuredChange));
            }
        }
        let earlier = before.record().and_then(|record| record.total().percent());
        let output = Output {
            total: total.percent(),
            patch: patch.percent(),
            statements: total.all,
            ignored: measured.ignored(),
            change: earlier.and_then(|earlier| Some(total.percent()? - earlier)),
            compared_with: before.record().map(|record| record.commit.clone()),
            drop: wants_drop.then(|| told_of_drop(&before, &misses)),
            json: files.json,
            lcov: files.lcov,
            cobertura: files.cobertura,
            badge: files.badge,
        };
        let metrics = [("coverage.total", total), ("coverage.patch", patch)]
            .into_iter()
            .map(|(name, statements)| match statements.percent() {
                Some(percent) => Metric::measured(name, "%", percent),
                None => Metric::unavailable(name, "%"),
            })
            .collect();
        Ok(Outcome::decided(reasons, output, report).measured(metrics))
    }
}

fn told_of_drop(before: &Before, misses: &[Miss]) -> String {
    match before.missing() {
        Some(why) => format!("not compared: {why}"),
        None if misses.iter().any(|miss| miss.kind == Cause::Drop) => "missed".to_owned(),
        None => "held".to_owned(),
    }
}

/// The base. If no setting concerns the change, a clone without the base is not a failure.
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

/// The checked-out commit; empty on a laptop, where files may differ from the commit.
fn commit(context: &Context) -> String {
    let started = context.run.identity.merge_sha.as_deref().unwrap_or_default();
    let known = Some(context.commit()).filter(|commit| !started.is_empty() && !commit.is_empty());
    known.unwrap_or(started).to_owned()
}

/// What is not measured without being an error.
#[derive(Debug, Default)]
struct Absent {
    /// Number of files of the standard library and of other modules in the profiles.
    elsewhere: usize,
    /// Names in line directives of files that are not in the checkout.
    directed: Vec<String>,
    /// Changed files with statements that are not measured, and why.
    unmeasured: Vec<(String, &'static str)>,
    /// Number of changed files in `vendor`.
    vendored: usize,
    /// Packages that no profile has.
    packages: Vec<String>,
}

/// Measures the files of the profiles, and collects what is not measured.
fn measure<'a>(
    evidence: &'a Evidence,
    base: &Base,
    context: &Context,
) -> Result<(Measured<'a>, Absent), Failure> {
    let modules = robot_go_command::Modules::read(&context.directory);
    let nothing = patch::Changed::new();
    let changed = match base {
        Base::Known { changed, .. } => changed,
        Base::Nothing(_) => &nothing,
    };
    let place = |name: &str| modules.place(name, &context.directory);
    let is_here = |path: &str| context.directory.join(path).exists();
    let read = |path: &str| absent::text(&context.directory.join(path));
    let measured = cuts::by_path(&evidence.sources, place, is_here).and_then(|cuts| {
        let mut measured = measure::measure(&cuts, changed, read)?;
        absent::of_packages(&cuts, context)?;
        let of_change = absent::of_change(&cuts, changed, &modules, context);
        measured.unnamed = of_change.files;
        let packages = absent::packages(&cuts, &modules, context);
        let absent = Absent {
            elsewhere: cuts.elsewhere,
            directed: cuts.directed.clone(),
            unmeasured: of_change.unmeasured,
            vendored: of_change.vendored,
            packages,
        };
        Ok((measured, absent))
    });
    measured.map_err(|mismatch| mismatched(&mismatch))
}

fn mismatched(mismatch: &Mismatch) -> Failure {
    let what = match mismatch {
        Mismatch::Absent(name) => {
            format!("the profile names `{name}`, which does not exist in this checkout")
        }
        Mismatch::TooDeep(path) => {
            return Failure::evidence(format!(
                "the blocks of {path} are nested too deeply to find its statements"
            ))
            .hint("move inner blocks into functions of their own");
        }
        Mismatch::Unnamed(path) => {
            return Failure::evidence(format!(
                "the profile lacks {path} but has other files of its package: it was cut off or filtered"
            ))
            .hint("run the tests again for a new profile; to exclude a file, write `//coverage:ignore-file <reason>` into it");
        }
        Mismatch::Other(path, misfit) => match misfit {
            Misfit::Elsewhere(line) => {
                format!("the profile has a block at {path}:{line}, where no code begins or ends")
            }
            Misfit::CutOff(line) => {
                format!("the profile lacks the statement at {path}:{line}")
            }
            Misfit::Overlap(line) => {
                return Failure::evidence(format!(
                    "blocks of the profile overlap at {path}:{line}: profiles of different Go versions were joined"
                ))
                .hint("list those profiles one by one in `profiles`");
            }
            Misfit::Statements(line) => {
                format!("the profile and the file have different statements at {path}:{line}")
            }
        },
    };
    Failure::evidence(format!("{what}: the profile belongs to other files, or was cut off"))
        .hint("run the tests in this checkout, and this step in the folder with go.mod or go.work")
}
