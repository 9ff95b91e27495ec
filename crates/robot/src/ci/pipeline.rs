//! The settings of the pipeline.

use robot_contract::{Failure, Isolate, Provenance, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The settings of one step, which `uses` a tool or `run`s a shell command.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Step")]
pub(crate) struct PipelineStep {
    /// Unique name
    pub name: String,
    /// Tool to run, with its verb if it has several: go-test, cache-key prepare
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// Shell command to run; it gets no token and cannot write to the runner's files
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Whether the shell command is isolated from other processes and from the runner's files: auto,
    /// require or off; `sudo` works only with off [default: auto]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Isolate>,
    /// Settings of the tool, which override its section in robot.yml
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
    /// Steps that must pass before this one starts
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<String>>,
    /// Steps that must end before this one starts, whether they pass or not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// Number of cores that the step uses [default: 1]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u32>,
    /// Memory that the step needs, in MiB [default: 256]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Scheduling priority of the step's processes: low or normal [default: normal]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// The scheduling priority of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Priority {
    Normal,
    Low,
}

/// The default pipeline. Vet follows build, so that it finds compiled packages instead of compiling them again. Prune keeps
/// what all others used. Tests take longest and get the cores first. Preparing the caches only saves time, so the other
/// steps follow it however it ends.
pub(crate) fn default_steps() -> Vec<PipelineStep> {
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let step = |name: &str| PipelineStep { name: name.to_owned(), ..PipelineStep::default() };
    let uses = |name: &str, tool: &str| PipelineStep { uses: Some(tool.to_owned()), ..step(name) };
    let low = Some(Priority::Low);
    vec![
        uses("prepare", "cache-key prepare"),
        PipelineStep { after: names(&["prepare"]), priority: low, ..uses("build", "go-build") },
        PipelineStep { needs: names(&["build"]), priority: low, ..uses("vet", "go-vet") },
        PipelineStep { after: names(&["prepare"]), ..uses("test", "go-test") },
        PipelineStep {
            needs: names(&["prepare"]),
            after: names(&["build", "vet", "test"]),
            ..uses("prune", "cache-key prune")
        },
        PipelineStep { needs: names(&["test"]), ..uses("coverage", "coverage-gate") },
        // After build, because it compiles the same packages; skipped if there is no scanner.
        PipelineStep {
            after: names(&["build"]),
            priority: low,
            ..uses("security", "security-gate")
        },
    ]
}

/// Checks the structure of the pipeline, and names every location involved.
pub(crate) fn validate(steps: &[PipelineStep], provenance: &Provenance) -> Result<(), Failure> {
    if steps.is_empty() {
        let failure =
            Failure::config(format!("{}: the pipeline has no steps", provenance.place("steps")));
        return Err(
            failure.hint("remove `steps` for the default pipeline, or name at least one step")
        );
    }
    let place = |index: usize, key: &str| provenance.place(&format!("steps.{index}.{key}"));
    for (index, step) in steps.iter().enumerate() {
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if step.name.is_empty() || !step.name.chars().all(valid) {
            return Err(Failure::config(format!(
                "{}: invalid step name: use letters, digits, `-` and `_`",
                place(index, "name")
            )));
        }
        if let Some(first) = steps[..index].iter().position(|other| other.name == step.name) {
            return Err(Failure::config(format!(
                "{} and {} have the same name `{}`",
                place(first, "name"),
                place(index, "name"),
                step.name
            )));
        }
        match (&step.uses, &step.run) {
            (Some(_), Some(_)) => {
                return Err(Failure::config(format!(
                    "{} and {} contradict each other: a step has either `uses` or `run`",
                    place(index, "uses"),
                    place(index, "run")
                )));
            }
            (None, None) => {
                return Err(Failure::config(format!(
                    "{}: step `{}` has neither `uses` nor `run`",
                    place(index, "name"),
                    step.name
                )));
            }
            (None, Some(_)) if step.with.is_some() => {
                return Err(Failure::config(format!(
                    "{}: `with` is only valid with `uses`; a shell command has no settings",
                    place(index, "with")
                )));
            }
            _ => {}
        }
        for (key, names) in [("needs", &step.needs), ("after", &step.after)] {
            for (at, name) in names.iter().flatten().enumerate() {
                if !steps.iter().any(|other| other.name == *name) {
                    let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
                    let failure = Failure::config(format!(
                        "{}: there is no step `{name}`",
                        place(index, &format!("{key}.{at}"))
                    ));
                    return Err(match nearest(name, known.iter().copied()) {
                        Some(near) => failure.hint(format!("did you mean `{near}`?")),
                        None => failure.hint(format!("steps: {}", known.join(", "))),
                    });
                }
            }
        }
    }
    refuse_cycles(steps, provenance)
}

fn refuse_cycles(steps: &[PipelineStep], provenance: &Provenance) -> Result<(), Failure> {
    let mut graph = petgraph::graph::DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..steps.len()).map(|index| graph.add_node(index)).collect();
    for (index, step) in steps.iter().enumerate() {
        for need in indices(steps, &step.needs).into_iter().chain(indices(steps, &step.after)) {
            graph.add_edge(nodes[need], nodes[index], ());
        }
    }
    petgraph::algo::toposort(&graph, None).map(drop).map_err(|cycle| {
        let index = graph[cycle.node_id()];
        let place = provenance.place(&format!("steps.{index}.needs"));
        Failure::config(format!("{place}: step `{}` waits for itself", steps[index].name))
    })
}

pub(crate) fn indices(steps: &[PipelineStep], names: &Option<Vec<String>>) -> Vec<usize> {
    let index = |name: &String| steps.iter().position(|step| step.name == *name);
    names.iter().flatten().filter_map(index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(steps: &[PipelineStep]) -> String {
        match validate(steps, &Provenance::default()) {
            Ok(()) => String::new(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn the_default_pipeline_is_sound() {
        let steps = default_steps();
        assert_eq!(complaint(&steps), "");
    }

    #[test]
    fn pipelines_that_cannot_run_are_refused() {
        let step = |name: &str| PipelineStep {
            name: name.to_owned(),
            run: Some("true".to_owned()),
            ..PipelineStep::default()
        };
        let needing =
            |name: &str, need: &str| PipelineStep { needs: Some(vec![need.into()]), ..step(name) };
        assert!(complaint(&[step("a"), step("a")]).contains("the same name `a`"));
        assert!(complaint(&[needing("a", "b")]).contains("no step `b`"));
        assert!(complaint(&[needing("a", "b"), needing("b", "a")]).contains("waits for itself"));
        assert!(
            complaint(&[PipelineStep { uses: Some("x".into()), ..step("a") }])
                .contains("contradict")
        );
        assert!(complaint(&[step("a b")]).contains("letters"));
    }

    #[test]
    fn a_pipeline_without_steps_proves_nothing() {
        assert!(complaint(&[]).contains("has no steps"), "{}", complaint(&[]));
    }

    #[test]
    fn a_mistyped_step_gets_the_nearest_name() {
        let step = |name: &str, needs: &str| PipelineStep {
            name: name.into(),
            run: Some("true".into()),
            needs: Some(vec![needs.into()]),
            ..PipelineStep::default()
        };
        let steps = [PipelineStep { needs: None, ..step("package", "") }, step("deploy", "pakage")];
        assert!(complaint(&steps).contains("did you mean `package`?"), "{}", complaint(&steps));
    }
}
