//! What may stand in an action or a workflow, and in one that our pages show.

use serde_json::Value;
use std::path::Path;

const OWN: [&str; 3] = ["org/robot-actions", "./", "$/"];

pub(super) fn broken(path: &Path, text: &str) -> Vec<String> {
    let name = path.to_string_lossy();
    let mut found = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        // Shown in a page: the fences are not cut out, each line is looked at.
        Some("md") => {
            for line in text.lines() {
                let line = line.trim_start().trim_start_matches("- ");
                if let Some(uses) = line.strip_prefix("uses: ") {
                    found.extend(unpinned(uses.split_whitespace().next().unwrap_or_default()));
                }
            }
        }
        Some("yml" | "yaml") if !name.contains("testdata/") && !name.contains("corpus/") => {
            match serde_saphyr::from_str::<Value>(text) {
                Ok(value) => walk(&value, &mut found),
                Err(error) => found.push(format!("not YAML: {error}")),
            }
        }
        _ => {}
    }
    found.into_iter().map(|what| format!("{name}: {what}")).collect()
}

fn walk(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(uses) = map.get("uses").and_then(Value::as_str) {
                found.extend(unpinned(uses));
            }
            if let Some(run) = map.get("run").and_then(Value::as_str)
                && run.contains("${{")
            {
                let line = run.lines().find(|line| line.contains("${{")).unwrap_or_default();
                found.push(format!("`run: {line}` pastes an expression into a script; use `env:`"));
            }
            map.values().for_each(|value| walk(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}

/// An action of somebody else is named by commit: a tag can be moved to other code.
fn unpinned(uses: &str) -> Option<String> {
    // Tools of robot.yml have no reference: `uses: go-test`.
    let (action, reference) = uses.split_once('@')?;
    let own = OWN.iter().any(|own| action.starts_with(own));
    let commit = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!own && !commit).then(|| format!("`{uses}` is not pinned to a commit"))
}

#[cfg(test)]
mod tests {
    use super::broken;
    use std::path::Path;

    #[test]
    fn actions_of_others_are_pinned_and_scripts_have_no_expressions() {
        let sha = "3d3c42e5aac5ba805825da76410c181273ba90b1";
        let good = format!(
            "runs:\n  steps:\n    - uses: actions/checkout@{sha} # v7\n    - uses: org/robot-actions@v1\n    - run: echo \"$A\"\n      env: {{A: '${{{{ inputs.a }}}}'}}\n"
        );
        assert_eq!(broken(Path::new("action.yml"), &good), [""; 0]);
        let tag = "jobs: {a: {steps: [{uses: 'actions/checkout@v7'}]}}";
        assert_eq!(
            broken(Path::new("a.yml"), tag),
            ["a.yml: `actions/checkout@v7` is not pinned to a commit"]
        );
        let pasted = "steps:\n  - run: |\n      true\n      echo ${{ inputs.a }}\n";
        assert!(broken(Path::new("a.yml"), pasted)[0].contains("use `env:`"));
        let page = "```yaml\n      - uses: actions/cache@main\n```\n";
        assert_eq!(broken(Path::new("README.md"), page).len(), 1);
        assert_eq!(broken(Path::new("robot.yml"), "a: [").len(), 1);
    }
}
