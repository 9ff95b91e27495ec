use crate::build_cache::{self, Pruned};
use crate::state::{LABEL, State, write_json};
use robot_contract::{Action, Context, Failure, Outcome};
use robot_model::{Metric, Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cache-key prune`: run after Go, before caches are saved.
#[derive(Debug)]
pub struct Prune;

/// Settings of `cache-key prune`.
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Input {
    /// Bytes a job must have added for saving to be worth it
    #[arg(long, value_name = "BYTES")]
    pub save_threshold: Option<u64>,
}

/// What is left, and whether to save it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Whether saving the build cache is worth it
    pub save_build: bool,
    /// Bytes in the build cache
    pub build_bytes: u64,
    /// Bytes that this job added
    pub new_bytes: u64,
    /// Bytes that were removed
    pub removed_bytes: u64,
}

impl Action for Prune {
    const TOOL: &'static str = "cache-key";
    const VERB: Option<&'static str> = Some("prune");
    const ABOUT: &'static str = "Keep exactly what this job used; say whether saving is worth it";
    type Input = Input;
    type Output = Output;

    fn defaults() -> Input {
        Input { save_threshold: Some(1024 * 1024) }
    }

    fn execute(input: Input, context: &mut Context) -> Result<Outcome<Output>, Failure> {
        let state = State::read(context)?.filter(|state| state.owns_build_cache);
        let prepared = state.and_then(|state| state.aged.map(|stamp| (state, stamp)));
        let Some((state, stamp)) = prepared else {
            let report = Report::new(
                "the build cache is not this job's, or was not prepared by it: nothing is removed",
            );
            return Ok(Outcome::new(Verdict::Skipped, Output::default(), report));
        };
        let pruned = build_cache::prune(&state.build_cache, stamp)?;
        write_json(&state.build_cache.join(LABEL), &state.components)?;
        let threshold = input.save_threshold.unwrap_or(0);
        let (save_build, reason) =
            decide(&pruned, state.restored, threshold, context.run.event.as_deref());
        let output = Output {
            save_build,
            build_bytes: pruned.kept_bytes,
            new_bytes: pruned.new_bytes,
            removed_bytes: pruned.removed_bytes,
        };
        let report = Report::new(format!(
            "{} kept, {} of them new, {} removed; {reason}",
            mebibytes(pruned.kept_bytes),
            mebibytes(pruned.new_bytes),
            mebibytes(pruned.removed_bytes),
        ));
        let mut outcome = Outcome::new(Verdict::Pass, output, report);
        outcome.metrics = vec![
            Metric::measured("cache.build.bytes", "By", pruned.kept_bytes as f64),
            Metric::measured("cache.build.new", "By", pruned.new_bytes as f64),
        ];
        Ok(outcome)
    }
}

/// Caches of pull requests reach nobody else, and push the default branch's out of the quota.
fn decide(pruned: &Pruned, restored: bool, threshold: u64, event: Option<&str>) -> (bool, String) {
    if event.is_some_and(|event| event.starts_with("pull_request") || event == "merge_group") {
        return (false, "not saved: only the default branch's caches reach every run".to_owned());
    }
    if pruned.kept_files == 0 {
        return (false, "not saved: there is nothing in it".to_owned());
    }
    if restored && pruned.new_bytes < threshold {
        return (false, format!("not saved: less new than {}", mebibytes(threshold)));
    }
    (true, "worth saving".to_owned())
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_is_for_what_later_runs_can_use() {
        let pruned = |new_bytes| Pruned { kept_files: 1, new_bytes, ..Pruned::default() };
        assert!(decide(&pruned(5), false, 10, Some("push")).0);
        assert!(decide(&pruned(10), true, 10, Some("push")).0);
        assert!(!decide(&pruned(9), true, 10, Some("push")).0);
        assert!(!decide(&pruned(10), true, 10, Some("pull_request")).0);
        assert!(!decide(&Pruned::default(), false, 10, Some("push")).0);
    }
}
