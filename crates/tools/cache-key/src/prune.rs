//! `cache-key prune`: removes what was not used, and decides whether to save the build cache.

use crate::build_cache::{self, Pruned};
use crate::module_cache;
use crate::state::{LABEL, State, write_json};
use robot_contract::{Action, Context, Failure, Outcome, Provenance};
use robot_model::{Block, Metric, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cache-key prune`, which runs after Go and before caches are saved.
#[derive(Debug)]
pub struct Prune;

/// Settings of `cache-key prune`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Bytes that a job must have added for the build cache to be saved
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    pub save_threshold: u64,
}

/// What remains, and whether to save it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Whether the build cache should be saved
    pub save_build: bool,
    /// Bytes in the build cache
    pub build_bytes: u64,
    /// Bytes that this job added
    pub new_bytes: u64,
    /// Bytes that were removed from the build cache
    pub removed_bytes: u64,
    /// Bytes of restored module versions that were removed because no go.sum lists them any more
    pub removed_module_bytes: u64,
}

/// Why nothing was pruned.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The build cache existed before this job, or this job did not run `cache-key prepare`
    NotOurs,
    /// No step had work, so no cache was restored
    NothingRestored,
}

impl robot_contract::Cause for Cause {}

impl Action for Prune {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("prune");
    const ABOUT: &'static str =
        "Remove what this job did not use from the caches; decide whether to save the build cache";
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
        let prepared = State::read(context)?
            .and_then(|mut state| Some((state.foreign.take()?, state.aged?, state)));
        let Some((foreign, stamp, state)) = prepared else {
            let report = Report::new(
                "the build cache existed before this job, or `cache-key prepare` did not run: nothing was removed",
            );
            let (verdict, cause) = (Verdict::Skipped, Cause::NotOurs);
            return Ok(Outcome::because(verdict, cause, Output::default(), report));
        };
        if state.is_idle {
            // A step that ran all the same has made a part of what the saved cache has.
            State::forget(context)?;
            let report = Report::new("no cache was restored, so none is pruned or saved");
            let (verdict, cause) = (Verdict::Skipped, Cause::NothingRestored);
            return Ok(Outcome::because(verdict, cause, Output::default(), report));
        }
        let removed_module_bytes = match (&state.module_cache, module_cache::wanted(context)) {
            (Some(cache), Some(wanted)) => {
                module_cache::prune(cache, &state.restored_modules, &wanted)?
            }
            _ => 0,
        };
        // What a verb did not look at, because its verdict was kept, is wanted when that changes.
        let only_counts = robot_go_command::are_caches_spared(context);
        let pruned = build_cache::prune(&state.build_cache, &foreign, stamp, only_counts)?;
        write_json(&state.build_cache.join(LABEL), &state.components)?;
        State::forget(context)?;
        // The restored bytes that remain; all other kept bytes are new.
        let left = state.aged_bytes.saturating_sub(pruned.removed_bytes);
        let new_bytes = pruned.kept_bytes.saturating_sub(left);
        let (threshold, event) = (input.save_threshold, context.run.identity.event.as_deref());
        let (save_build, reason) = decide(&pruned, new_bytes, state.restored, threshold, event);
        let output = Output {
            save_build,
            build_bytes: pruned.kept_bytes,
            new_bytes,
            removed_bytes: pruned.removed_bytes,
            removed_module_bytes,
        };
        let mut report = Report::new(format!(
            "{} kept, {} of them new, {} removed; {reason}",
            mebibytes(pruned.kept_bytes),
            mebibytes(new_bytes),
            mebibytes(pruned.removed_bytes),
        ));
        if removed_module_bytes > 0 {
            let removed = mebibytes(removed_module_bytes);
            report.push(Block::text(format!("removed {removed} of modules that no go.sum lists")));
        }
        Ok(Outcome::pass(output, report).measured(vec![
            Metric::measured("cache.build.bytes", "By", pruned.kept_bytes as f64),
            Metric::measured("cache.build.new", "By", new_bytes as f64),
        ]))
    }
}

/// Decides whether to save. Caches of pull requests cannot be restored by other runs, and displace those of the default
/// branch from the quota.
fn decide(
    pruned: &Pruned,
    new_bytes: u64,
    restored: bool,
    threshold: u64,
    event: Option<&str>,
) -> (bool, String) {
    if event.is_some_and(|event| event.starts_with("pull_request") || event == "merge_group") {
        return (
            false,
            "not saved: only caches of the default branch can be restored by every run".to_owned(),
        );
    }
    if pruned.kept_files == 0 {
        return (false, "not saved: the build cache is empty".to_owned());
    }
    if restored && new_bytes < threshold {
        return (false, format!("not saved: fewer than {} are new", mebibytes(threshold)));
    }
    (true, "the build cache should be saved".to_owned())
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_is_for_what_later_runs_can_use() {
        let pruned = Pruned { kept_files: 1, ..Pruned::default() };
        assert!(decide(&pruned, 5, false, 10, Some("push")).0);
        assert!(decide(&pruned, 10, true, 10, Some("push")).0);
        assert!(!decide(&pruned, 9, true, 10, Some("push")).0);
        assert!(!decide(&pruned, 10, true, 10, Some("pull_request")).0);
        assert!(!decide(&Pruned::default(), 0, false, 10, Some("push")).0);
    }
}
