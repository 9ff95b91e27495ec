//! `cache-key prepare`: prepares restored caches for the checkout.

use crate::key::Components;
use crate::state::{LABEL, State, read_json};
use crate::verify::{self, Modules};
use crate::{build_cache, checkout, module_cache};
use robot_contract::{Action, Context, Failure, Outcome, Provenance};
use robot_model::{Block, Report, Table, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cache-key prepare`, which runs after caches were restored and before Go runs.
#[derive(Debug)]
pub struct Prepare;

/// Settings of `cache-key prepare`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Whether to set the modification times of checked-out files from their content: always, never, or auto (only in a GitHub job)
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub checkout_times: When,
}

/// When to do something that changes the checkout.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Only in a GitHub job.
    Auto,
    /// In a job and on a laptop.
    Always,
    /// Not at all.
    Never,
}

/// What was prepared.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Files and folders whose modification time was set
    pub timed_files: u64,
    /// Entries of the restored build cache
    pub aged_entries: u64,
    /// Whether every restored module is unmodified since its download; empty when none was restored
    pub verified_modules: Option<bool>,
    /// Inputs of the cache key that differ from those of the restored cache, one per line
    pub differences: Vec<String>,
}

/// Why it warns.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The restored module cache was modified after its download and was deleted
    ModulesChanged,
}

impl robot_contract::Cause for Cause {}

impl Action for Prepare {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("prepare");
    const ABOUT: &'static str = "Prepare restored caches: set file times from content, mark entries to see which are used, explain what misses";
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn is_idle(_: Input, _: &mut Context) -> Result<(), String> {
        // Without caches there is nothing to look after.
        Ok(())
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output, Cause>, Failure> {
        let mut output = Output::default();
        let sets_times = match input.checkout_times {
            When::Auto => context.environment.is_github(),
            when => when == When::Always,
        };
        let mut report = Report::new("");
        if sets_times {
            match context.phase("checkout times", |context| checkout::set_times(context)) {
                Ok(files) => output.timed_files = files,
                // Without them, tests run that could be reused. This is slower but correct.
                Err(failure) if !context.cancellation.is_cancelled() => {
                    report.push(Block::text(untimed(&failure)));
                }
                Err(failure) => return Err(failure),
            }
        }
        robot_go_command::use_caches(context);
        let mut reasons = Vec::new();
        let (mut restored_modules, mut is_verified) = (0, false);
        let state = State::read(context)?;
        match state.map(|mut state| (state.foreign.take(), state)) {
            Some((Some(foreign), mut state)) => {
                let stamp = context.clock.now().as_second() - build_cache::AGE;
                state.aged = Some(stamp);
                let found: Option<Components> = read_json(&state.build_cache.join(LABEL));
                state.restored = found.is_some();
                state.foreign = Some(foreign.clone());
                state.restored_modules =
                    state.module_cache.as_deref().map(module_cache::held).unwrap_or_default();
                restored_modules = state.restored_modules.len();
                is_verified = state.modules_verified;
                // Written first, so that pruning knows what was aged even if aging fails.
                state.write(context)?;
                (output.aged_entries, state.aged_bytes) =
                    build_cache::age(&state.build_cache, &foreign, stamp)?;
                state.write(context)?;
                if let Some(found) = found {
                    output.differences = state.components.differences(&found);
                }
                report.headline = match (state.restored, output.differences.len()) {
                    (false, _) if state.is_idle => {
                        "no step had work, so nothing was restored".to_owned()
                    }
                    (false, _) => "no build cache was restored, so everything is built".to_owned(),
                    (true, 0) => {
                        format!("{} cached entries match this job exactly", output.aged_entries)
                    }
                    (true, count) => {
                        format!(
                            "{} cached entries were restored; {count} inputs differ",
                            output.aged_entries
                        )
                    }
                };
            }
            Some((None, state)) => {
                is_verified = state.modules_verified;
                restored_modules =
                    state.module_cache.as_deref().map_or(0, |it| module_cache::held(it).len());
                report.headline =
                    "the build cache existed before this job, so it was left unchanged".to_owned();
            }
            None => {
                report.headline =
                    "`cache-key compute` did not run in this job, so the build cache was left unchanged".to_owned();
            }
        }
        if is_verified {
            output.verified_modules = Some(true);
        } else if restored_modules > 0 {
            let verified = context.phase("modules", |context| verify::verify(context))?;
            output.verified_modules = Some(verified == Modules::Verified);
            match verified {
                Modules::Verified => {}
                Modules::Changed(what) => {
                    verify::throw_away(context)?;
                    report.push(Block::text(format!(
                        "the restored module cache was modified after its download, so it was deleted:\n{what}"
                    )));
                    reasons.push((Verdict::Warn, Cause::ModulesChanged));
                }
                Modules::Unknown(why) => {
                    report.push(Block::text(format!("`go mod verify` failed: {why}")));
                }
            }
        }
        let mut table = Table::new("Why not everything can be reused", ["difference"]);
        output.differences.iter().take(30).for_each(|difference| table.row([difference.as_str()]));
        table.omitted = output.differences.len().saturating_sub(30) as u64;
        report.push(Block::Table(table));
        Ok(Outcome::decided(reasons, output, report))
    }
}

/// The note for files that keep the times of this checkout.
fn untimed(failure: &Failure) -> String {
    let record = failure.record();
    let why = std::iter::once(&record.message).chain(&record.causes).cloned();
    let why = why.collect::<Vec<_>>().join("\n");
    format!("file times could not be set from content, so tests that read files run again: {why}")
}
