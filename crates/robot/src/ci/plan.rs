//! Converts the steps of the settings to steps that can be started.

use super::evidence;
use super::pipeline::{PipelineStep, Priority, indices};
use super::planned::{Planned, Work};
use robot_contract::{ConfigFile, Failure, Provenance, Tool, Verb, nearest};

/// Resolves every step's settings, so that mistakes are reported before anything starts.
pub(crate) fn plan(
    steps: &[PipelineStep],
    fresh: bool,
    tools: &[Tool],
    provenance: &Provenance,
    file: &ConfigFile,
) -> Result<Vec<Planned>, Failure> {
    let plan_one = |(index, step): (usize, &PipelineStep)| -> Result<Planned, Failure> {
        let work = match (&step.run, &step.uses) {
            (Some(line), _) => Work::Run(line.clone()),
            (None, uses) => {
                let uses = uses.as_deref().unwrap_or_default();
                let place = || provenance.place(&format!("steps.{index}.uses"));
                let verb = find_verb(tools, uses, place)?;
                let mut with = step.with.clone().unwrap_or_default();
                if fresh && verb.keeps {
                    with.insert("fresh".to_owned(), true.into());
                }
                let path = format!("steps.{index}.with");
                let settings = Box::new((verb.resolve_step)(&with, &path, provenance, file)?);
                Work::Uses { verb: Box::new(*verb), settings }
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
    evidence::connect(&mut planned)?;
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

#[cfg(test)]
mod tests {
    use super::super::pipeline::default_steps;
    use super::*;

    #[test]
    fn steps_wait_for_what_they_name() {
        let steps = default_steps();
        let file = ConfigFile::default();
        let planned = plan(&steps, true, &crate::tools(), &Provenance::default(), &file).unwrap();
        assert_eq!(
            (planned[2].needs.as_slice(), planned[4].after.as_slice()),
            (&[1][..], &[1, 2, 3][..])
        );
    }

    #[test]
    fn a_fresh_run_is_one_of_every_step_that_keeps_verdicts() {
        let steps = default_steps();
        let planned = |fresh: bool| {
            let file = ConfigFile::default();
            plan(&steps, fresh, &crate::tools(), &Provenance::default(), &file).unwrap()
        };
        let fresh = |steps: Vec<Planned>| -> Vec<String> {
            let is_fresh = |step: &Planned| match &step.work {
                Work::Uses { settings, .. } => settings.values.get("fresh") == Some(&true.into()),
                Work::Run(_) | Work::Skip(_) => false,
            };
            steps.into_iter().filter(is_fresh).map(|step| step.name).collect()
        };
        assert_eq!(fresh(planned(false)), [] as [&str; 0]);
        assert_eq!(fresh(planned(true)), ["build", "vet", "test", "security"]);
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
