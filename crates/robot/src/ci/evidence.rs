//! Orders steps by evidence: a step that reads evidence waits for the step that writes it.

use super::planned::{Planned, Work};
use robot_contract::{Failure, Kind, Takes};

/// Makes steps that read evidence wait for those that write it. If a setting turns the evidence off, the step that reads it
/// is skipped; if that step has settings of its own, they contradict each other, which is an error.
pub(crate) fn connect(planned: &mut [Planned]) -> Result<(), Failure> {
    for taker in 0..planned.len() {
        let Work::Uses { verb, settings } = &planned[taker].work else { continue };
        let needed: Vec<Takes> =
            verb.takes.iter().copied().filter(|one| one.is_needed(settings)).collect();
        for Takes { kind, .. } in needed {
            let leavers = planned.iter().enumerate().filter_map(|(index, step)| {
                let Work::Uses { verb, settings } = &step.work else { return None };
                let leaves = verb.leaves.iter().find(|leaves| leaves.kind == kind)?;
                Some((index, leaves.withheld(settings)))
            });
            let (withheld, left): (Vec<_>, Vec<_>) = leavers.partition(|(_, why)| why.is_some());
            match (left.is_empty(), withheld.into_iter().find_map(|(_, why)| why)) {
                // In a job, an earlier step may have written it.
                (true, None) => {}
                (true, Some(why)) => {
                    planned[taker].work = without(&planned[taker].work, kind, &why)?;
                }
                (false, _) => wait(planned, taker, left.into_iter().map(|(index, _)| index), kind)?,
            }
        }
    }
    Ok(())
}

/// Makes the reader wait for all steps that write its evidence.
fn wait(
    planned: &mut [Planned],
    taker: usize,
    leavers: impl Iterator<Item = usize>,
    kind: Kind,
) -> Result<(), Failure> {
    for leaver in leavers {
        if waits(planned, leaver, taker) {
            return Err(Failure::config(format!(
                "step `{}` needs the {} of step `{}`, but the latter waits for the former",
                planned[taker].name, kind.name, planned[leaver].name
            ))
            .hint("change `needs` or `after` of one of these steps"));
        }
        if !planned[taker].needs.contains(&leaver) && !planned[taker].after.contains(&leaver) {
            planned[taker].after.push(leaver);
        }
    }
    Ok(())
}

/// Whether a step waits for another, directly or indirectly.
fn waits(planned: &[Planned], step: usize, other: usize) -> bool {
    let before = || planned[step].needs.iter().chain(&planned[step].after);
    step == other || before().any(|earlier| waits(planned, *earlier, other))
}

/// The work of a step whose evidence no step writes; `why` is the setting that turned it off.
fn without(work: &Work, kind: Kind, why: &str) -> Result<Work, Failure> {
    let name = kind.name;
    let set = match work {
        Work::Uses { settings, .. } => settings
            .values
            .keys()
            .find(|key| !settings.is_default(key))
            .map(|key| settings.provenance.place(key)),
        Work::Run(_) | Work::Skip(_) => None,
    };
    match set {
        None => Ok(Work::Skip(format!("no step writes the {name}, because {why} is false"))),
        Some(set) => Err(Failure::config(format!(
            "{set} and {why} contradict each other: no step writes the {name}"
        ))
        .hint("remove one of the two")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pipeline::{PipelineStep, default_steps};
    use super::super::plan::plan;
    use super::*;
    use robot_contract::{ConfigFile, Provenance};

    fn planned(yaml: &str) -> Result<Vec<Planned>, Failure> {
        let file = ConfigFile::parse(yaml, "robot.yml").unwrap();
        plan(&default_steps(), false, &crate::tools(), &Provenance::default(), &file)
    }

    #[test]
    fn a_gate_is_never_left_out_silently() {
        let skipped = planned("go-test: {coverage: false}").unwrap();
        let gate = skipped.iter().find(|step| step.name == "coverage").unwrap();
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
    fn who_takes_evidence_waits_for_who_leaves_it() {
        let step = |name: &str, uses: &str, after: &[&str]| PipelineStep {
            name: name.to_owned(),
            uses: Some(uses.to_owned()),
            after: Some(after.iter().map(|name| (*name).to_owned()).collect()),
            ..PipelineStep::default()
        };
        let plan = |steps: &[PipelineStep]| {
            plan(steps, false, &crate::tools(), &Provenance::default(), &ConfigFile::default())
        };
        let gate_first = [step("gate", "coverage-gate", &[]), step("test", "go-test", &[])];
        assert_eq!(plan(&gate_first).unwrap()[0].after, [1]);
        let circle = [step("gate", "coverage-gate", &[]), step("test", "go-test", &["gate"])];
        let circle = plan(&circle).unwrap_err().to_string();
        assert!(circle.contains("`gate` needs the cover-profile of step `test`"), "{circle}");
        // An earlier step of the job may have written it.
        assert!(plan(&[step("gate", "coverage-gate", &[])]).unwrap()[0].after.is_empty());
    }
}
