//! Rules for actions and workflows, including those in our docs.

use super::pins::Pin;
use serde_json::{Map, Value};
use std::path::Path;

const OWN: [&str; 3] = ["org/robot-actions", "./", "$/"];

pub(super) fn broken(path: &Path, text: &str, pins: &[Pin]) -> Vec<String> {
    let name = path.to_string_lossy();
    let mut found = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        // In a page, every line is checked without looking for code fences.
        Some("md") => {
            for line in text.lines() {
                let line = line.trim_start().trim_start_matches("- ");
                if let Some(uses) = line.strip_prefix("uses: ") {
                    let uses = uses.split_whitespace().next().unwrap_or_default();
                    found.extend(unpinned(uses, None, pins));
                }
            }
        }
        Some("yml" | "yaml") if !name.contains("testdata/") && !name.contains("corpus/") => {
            match serde_saphyr::from_str::<Value>(text) {
                Ok(value) => walk(&value, &mut found, pins),
                Err(error) => found.push(format!("not YAML: {error}")),
            }
        }
        _ => {}
    }
    found.into_iter().map(|what| format!("{name}: {what}")).collect()
}

fn walk(value: &Value, found: &mut Vec<String>, pins: &[Pin]) {
    match value {
        Value::Object(map) => {
            if let Some(uses) = map.get("uses").and_then(Value::as_str) {
                found.extend(unpinned(uses, map.get("with").and_then(Value::as_object), pins));
            }
            if let Some(run) = map.get("run").and_then(Value::as_str)
                && run.contains("${{")
            {
                let line = run.lines().find(|line| line.contains("${{")).unwrap_or_default();
                found.push(format!("`run: {line}` pastes an expression into a script; use `env:`"));
            }
            map.values().for_each(|value| walk(value, found, pins));
        }
        Value::Array(items) => {
            found.extend(saved_by_output(items));
            items.iter().for_each(|item| walk(item, found, pins));
        }
        _ => {}
    }
}

/// After code of the repository has run, only the event may decide what is saved, because that code can write any output.
fn saved_by_output(steps: &[Value]) -> Vec<String> {
    let uses = |step: &Value, what: &str| {
        let uses = step["uses"].as_str().unwrap_or_default();
        uses.split('@').next().is_some_and(|action| action.ends_with(what))
    };
    let runs_code = |step: &&Value| {
        let own = ["/actions/ci", "/ci", "/go-test", "/go-build", "/go-vet", "/go-matrix"];
        own.iter().any(|own| uses(step, own))
            || step["run"].as_str().is_some_and(|run| run.contains("robot\" ci"))
    };
    let Some(first) = steps.iter().position(|step| runs_code(&step)) else { return Vec::new() };
    let saves = steps[first..].iter().filter(|step| uses(step, "actions/cache/save"));
    let condition = |step: &Value| step["if"].as_str().unwrap_or_default().to_owned();
    saves
        .map(condition)
        .filter(|condition| !condition.contains("github.event_name)"))
        .map(|condition| format!("`{condition}` lets an output decide what is saved"))
        .collect()
}

/// A third-party action must be named by its commit in .github/pins.yml, and get only inputs that it has.
fn unpinned(uses: &str, with: Option<&Map<String, Value>>, pins: &[Pin]) -> Vec<String> {
    // Tools of robot.yml have no reference: `uses: go-test`.
    let Some((action, reference)) = uses.split_once('@') else { return Vec::new() };
    if OWN.iter().any(|own| action.starts_with(own)) {
        return Vec::new();
    }
    let Some(pin) = pins.iter().find(|pin| pin.action == action && pin.commit == reference) else {
        return vec![format!("`{uses}` is not in .github/pins.yml with this commit")];
    };
    with.into_iter()
        .flat_map(Map::keys)
        .filter(|input| !pin.inputs.contains(input))
        .map(|input| format!("`{action}` {} has no input `{input}`", pin.version))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::pins::Pin;
    use std::path::Path;

    fn broken(path: &Path, text: &str) -> Vec<String> {
        let pins = Pin::parse(
            "- {action: actions/checkout, version: v7, commit: 3d3c42e5aac5ba805825da76410c181273ba90b1, why: it, inputs: [ref]}",
        );
        super::broken(path, text, &pins.unwrap())
    }

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
            ["a.yml: `actions/checkout@v7` is not in .github/pins.yml with this commit"]
        );
        let input =
            format!("steps: [{{uses: 'actions/checkout@{sha}', with: {{ref: a, reff: b}}}}]");
        assert_eq!(
            broken(Path::new("a.yml"), &input),
            ["a.yml: `actions/checkout` v7 has no input `reff`"]
        );
        let pasted = "steps:\n  - run: |\n      true\n      echo ${{ inputs.a }}\n";
        assert!(broken(Path::new("a.yml"), pasted)[0].contains("use `env:`"));
        let save = |condition: &str| {
            let save = "actions/cache/save@27d5ce7f107fe9357f9df03efb73ab90386fccae";
            let steps = format!(
                "steps:\n  - {{uses: $/actions/ci}}\n  - {{if: \"{condition}\", uses: {save}}}\n"
            );
            let pins = "- {action: actions/cache/save, version: v5, commit: 27d5ce7f107fe9357f9df03efb73ab90386fccae, why: it, inputs: []}";
            super::broken(Path::new("a.yml"), &steps, &Pin::parse(pins).unwrap())
        };
        assert_eq!(save("contains(x, github.event_name) && steps.ci.outputs.save-build"), [""; 0]);
        assert!(save("steps.ci.outputs.save-build == 'true'")[0].contains("lets an output decide"));
        let page = "```yaml\n      - uses: actions/cache@main\n```\n";
        assert_eq!(broken(Path::new("README.md"), page).len(), 1);
        assert_eq!(broken(Path::new("robot.yml"), "a: [").len(), 1);
    }
}
