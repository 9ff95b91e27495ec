//! `cache-key prepare`: makes restored caches fit the checkout.

use crate::key::Components;
use crate::state::{LABEL, State, read_json};
use crate::verify::{self, Modules};
use crate::{build_cache, checkout, module_cache};
use robot_contract::{Action, Context, Failure, Outcome, Provenance};
use robot_model::{Block, Report, Table, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cache-key prepare`: run after caches were restored, before Go runs.
#[derive(Debug)]
pub struct Prepare;

/// Settings of `cache-key prepare`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Set the times of checked-out files from their content: always, never, or auto (in a job only)
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub checkout_times: When,
}

/// When to do something that changes the checkout.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// In a GitHub job, not on a laptop.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What was prepared.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Files and folders whose time was set
    pub timed_files: u64,
    /// Entries of the restored build cache
    pub aged_entries: u64,
    /// Whether every restored module is as it was downloaded; empty when none was restored
    pub verified_modules: Option<bool>,
    /// Components that differ from the restored cache's, one a line
    pub differences: Vec<String>,
}

/// Why it warns.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The restored module cache was changed after its download, and is thrown away
    ModulesChanged,
}

impl robot_contract::Cause for Cause {}

impl Action for Prepare {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("prepare");
    const ABOUT: &'static str = "Make restored caches usable: times of files from their content, marks to see what is used, reasons of a miss";
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
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
                // Without them tests run that need not: it is slower, and no less true.
                Err(failure) if !context.cancellation.is_cancelled() => {
                    report.push(Block::text(untimed(&failure)));
                }
                Err(failure) => return Err(failure),
            }
        }
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
                // Written first: were aging to break off, pruning would know what was aged.
                state.write(context)?;
                (output.aged_entries, state.aged_bytes) =
                    build_cache::age(&state.build_cache, &foreign, stamp)?;
                state.write(context)?;
                if let Some(found) = found {
                    output.differences = state.components.differences(&found);
                }
                report.headline = match (state.restored, output.differences.len()) {
                    (false, _) => "no build cache was found: everything is built".to_owned(),
                    (true, 0) => format!("{} cached entries fit exactly", output.aged_entries),
                    (true, count) => {
                        format!("{} cached entries, {count} differences", output.aged_entries)
                    }
                };
            }
            Some((None, state)) => {
                is_verified = state.modules_verified;
                restored_modules =
                    state.module_cache.as_deref().map_or(0, |it| module_cache::held(it).len());
                report.headline = "the build cache is not this job's: left alone".to_owned();
            }
            None => {
                report.headline =
                    "keys were not computed in this job: the build cache is left alone".to_owned();
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
                        "the restored module cache was changed after its download, so it is thrown away:\n{what}"
                    )));
                    reasons.push((Verdict::Warn, Cause::ModulesChanged));
                }
                Modules::Unknown(why) => {
                    report.push(Block::text(format!("`go mod verify` could not tell: {why}")));
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

/// What the owner is told of files that keep the times of this checkout.
fn untimed(failure: &Failure) -> String {
    let record = failure.record();
    let why = std::iter::once(&record.message).chain(&record.causes).cloned();
    let why = why.collect::<Vec<_>>().join("\n");
    format!(
        "files keep the times of this checkout, so that tests which read files run again: {why}"
    )
}
