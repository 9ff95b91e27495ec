//! From steps as settings have them to steps that can be started.

use super::pipeline::{COVERAGE, Priority, Step, indices};
use robot_contract::{
    ConfigFile, Failure, Isolate, Origin, Provenance, Requirement, Resolved, Tool, Verb, nearest,
};
use serde_json::Value;

/// What a step does.
#[derive(Debug)]
pub(crate) enum Work {
    Uses {
        tool: String,
        verb: Option<String>,
        requires: &'static [Requirement],
        settings: Box<Resolved>,
    },
    Run(String),
    /// Nothing, for a reason that is told.
    Skip(String),
}

/// A step that can be started: checked, its `needs` as indices.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) needs: Vec<usize>,
    pub(crate) after: Vec<usize>,
    pub(crate) cpu: u32,
    pub(crate) memory: u64,
    pub(crate) priority: Priority,
    pub(crate) isolate: Isolate,
}

impl Planned {
    /// What must be there before it starts.
    pub(crate) fn requires(&self) -> &'static [Requirement] {
        match &self.work {
            Work::Uses { requires, .. } => requires,
            Work::Run(_) | Work::Skip(_) => &[],
        }
    }
}

/// Resolves every step's settings, so that each mistake is told before anything starts.
pub(crate) fn plan(
    steps: &[Step],
    tools: &[Tool],
    provenance: &Provenance,
    file: &ConfigFile,
) -> Result<Vec<Planned>, Failure> {
    let plan_one = |(index, step): (usize, &Step)| -> Result<Planned, Failure> {
        let work = match (&step.run, &step.uses) {
            (Some(line), _) => Work::Run(line.clone()),
            (None, uses) => {
                let uses = uses.as_deref().unwrap_or_default();
                let place = || provenance.place(&format!("steps.{index}.uses"));
                let verb = find_verb(tools, uses, place)?;
                let with = step.with.clone().unwrap_or_default();
                let path = format!("steps.{index}.with");
                let settings = Box::new((verb.resolve_step)(&with, &path, provenance, file)?);
                Work::Uses {
                    tool: verb.tool.into(),
                    verb: verb.name.map(Into::into),
                    requires: verb.requires,
                    settings,
                }
            }
        };
        Ok(Planned {
            name: step.name.clone(),
            work,
            needs: indices(steps, &step.needs),
            after: indices(steps, &step.after),
            cpu: step.cpu.unwrap_or(1),
            memory: step.memory.unwrap_or(256),
            priority: step.priority.unwrap_or(Priority::Normal),
            isolate: step.isolate.unwrap_or_default(),
        })
    };
    let mut planned = steps.iter().enumerate().map(plan_one).collect::<Result<Vec<_>, _>>()?;
    if *provenance.origin("steps") == Origin::Default {
        skip_gate_without_coverage(&mut planned)?;
    }
    Ok(planned)
}

/// The verb that a step uses.
fn find_verb<'a>(
    tools: &'a [Tool],
    uses: &str,
    place: impl Fn() -> String,
) -> Result<&'a Verb, Failure> {
    let tools = || tools.iter().filter(|tool| tool.name != super::NAME);
    let verbs = || tools().flat_map(|tool| &tool.verbs);
    if let Some(verb) = verbs().find(|verb| verb.full_name() == uses) {
        return Ok(verb);
    }
    if let Some(tool) = tools().find(|tool| tool.name == uses) {
        let verbs: Vec<String> = tool.verbs.iter().map(Verb::full_name).collect();
        let failure = Failure::config(format!("{}: `{uses}` needs a verb", place()));
        return Err(failure.hint(format!("one of: {}", verbs.join(", "))));
    }
    let names: Vec<String> = verbs().map(Verb::full_name).collect();
    let failure = Failure::config(format!("{}: there is no tool `{uses}`", place()));
    Err(match nearest(uses, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("tools: {}", names.join(", "))),
    })
}

/// A gate on what nobody measures: a contradiction when it has a threshold, else nothing to do.
fn skip_gate_without_coverage(planned: &mut [Planned]) -> Result<(), Failure> {
    let Some(unmeasured) = planned.iter().find_map(unmeasured) else { return Ok(()) };
    let Some(gate) = planned.iter_mut().find(|step| step.name == COVERAGE) else { return Ok(()) };
    let Work::Uses { settings, .. } = &gate.work else { return Ok(()) };
    let is_set = |key: &str| *settings.provenance.origin(key) != Origin::Default;
    if is_set("profiles") {
        return Ok(());
    }
    let thresholds = ["total", "package", "file", "patch", "drop", "overrides"];
    match thresholds.into_iter().find(|key| is_set(key)) {
        Some(threshold) => Err(Failure::config(format!(
            "{} and {unmeasured} contradict each other: nothing measures coverage",
            settings.provenance.place(threshold)
        ))
        .hint("remove one of the two, or give the gate its `profiles`")),
        None => {
            gate.work = Work::Skip(format!("{unmeasured} is false: nothing measures coverage"));
            Ok(())
        }
    }
}

/// Where go-test is told to measure nothing.
fn unmeasured(one: &Planned) -> Option<String> {
    let Work::Uses { tool, settings, .. } = &one.work else { return None };
    let is_off = tool == "go-test" && settings.values.get("coverage") == Some(&Value::Bool(false));
    is_off.then(|| settings.provenance.place("coverage"))
}

#[cfg(test)]
mod tests {
    use super::super::pipeline::default_steps;
    use super::*;

    #[test]
    fn steps_wait_for_what_they_name() {
        let steps = default_steps();
        let file = ConfigFile::default();
        let planned = plan(&steps, &crate::tools(), &Provenance::default(), &file).unwrap();
        assert_eq!(
            (planned[2].needs.as_slice(), planned[4].after.as_slice()),
            (&[1][..], &[1, 2, 3][..])
        );
    }

    fn planned(yaml: &str) -> Result<Vec<Planned>, Failure> {
        let file = ConfigFile::parse(yaml, "robot.yml").unwrap();
        plan(&default_steps(), &crate::tools(), &Provenance::default(), &file)
    }

    #[test]
    fn a_gate_is_never_left_out_silently() {
        let skipped = planned("go-test: {coverage: false}").unwrap();
        let gate = skipped.iter().find(|step| step.name == COVERAGE).unwrap();
        let Work::Skip(reason) = &gate.work else { panic!("{:?}", gate.work) };
        assert!(reason.contains("robot.yml:1:11 `coverage`"), "{reason}");

        let both = planned("go-test: {coverage: false}\ncoverage-gate: {total: 99}\n").unwrap_err();
        let both = both.to_string();
        assert!(both.contains("robot.yml:2:17 `total`"), "{both}");
        assert!(both.contains("robot.yml:1:11 `coverage`"), "{both}");

        let own = "go-test: {coverage: false}\ncoverage-gate: {total: 99, profiles: [a]}\n";
        let own = planned(own).unwrap();
        assert!(own.iter().all(|step| !matches!(step.work, Work::Skip(_))));
    }

    #[test]
    fn a_mistyped_tool_gets_the_nearest_name() {
        let uses = |uses: &str| {
            let place = || "here".to_owned();
            match find_verb(&crate::tools(), uses, place) {
                Ok(verb) => verb.full_name(),
                Err(failure) => failure.to_string(),
            }
        };
        assert_eq!(uses("cache-key prune"), "cache-key prune");
        assert!(uses("go-tset").contains("did you mean `go-test`?"), "{}", uses("go-tset"));
        let verbs = uses("cache-key");
        assert!(verbs.contains("needs a verb") && verbs.contains("cache-key prepare"), "{verbs}");
        assert!(uses("ci").contains("there is no tool `ci`"));
    }
}
