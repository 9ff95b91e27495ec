//! Checks that the workflow `robot-ci.yml` has the same cache steps as the root action. They are written there by hand,
//! because the download of private modules comes between them.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::Path;

const ACTION: &str = "action.yml";
const WORKFLOW: &str = ".github/workflows/robot-ci.yml";

pub(super) fn broken(root: &Path) -> Result<Vec<String>> {
    let read = |path: &str| -> Result<Value> {
        serde_saphyr::from_str(&fs_err::read_to_string(root.join(path))?).context(path.to_owned())
    };
    Ok(differ(&read(ACTION)?["runs"]["steps"], &read(WORKFLOW)?["jobs"]["ci"]["steps"]))
}

/// A step's condition, action and its inputs.
type Step = (String, String, Value);

fn differ(action: &Value, workflow: &Value) -> Vec<String> {
    let (action, workflow) = (caches(action), caches(workflow));
    if action.len() != workflow.len() || action.is_empty() {
        let (these, those) = (action.len(), workflow.len());
        return vec![format!("{WORKFLOW}: has {those} cache steps, but {ACTION} has {these}")];
    }
    let pairs = action.into_iter().zip(workflow).filter(|(ours, theirs)| ours != theirs);
    pairs
        .map(|(ours, theirs)| format!("{WORKFLOW}: has {theirs:?}, but {ACTION} has {ours:?}"))
        .collect()
}

fn caches(steps: &Value) -> Vec<Step> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = steps.as_array().into_iter().flatten();
    steps
        .filter(|step| text(&step["uses"]).starts_with("actions/cache/"))
        .map(|step| {
            // An action's inputs are text, a workflow's may be a boolean.
            let condition = text(&step["if"]).replace("inputs.cache != 'false'", "inputs.cache");
            (condition, text(&step["uses"]), step["with"].clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_that_was_changed_in_one_of_them_is_found() {
        let step = |condition: &str, key: &str| json!({"if": condition, "uses": "actions/cache/save@1", "with": {"key": key}});
        let other = json!({"run": "true"});
        assert_eq!(differ(&json!([other]), &json!([other])).len(), 1);
        let action = json!([other, step("inputs.cache != 'false' && a", "k")]);
        assert!(differ(&action, &json!([step("inputs.cache && a", "k"), other])).is_empty());
        for workflow in [
            json!([step("inputs.cache && a", "l")]),
            json!([step("inputs.cache && b", "k")]),
            json!([{"if": "inputs.cache && a", "uses": "actions/cache/save@2", "with": {"key": "k"}}]),
            json!([]),
        ] {
            assert_eq!(differ(&action, &workflow).len(), 1, "{workflow}");
        }
    }
}
