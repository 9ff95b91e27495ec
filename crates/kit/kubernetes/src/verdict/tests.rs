//! The engine on states as servers give them, on a clock of the test.

use super::*;
use crate::object::{Deployment, Event, Job, Pod, ReplicaSet};
use proptest::prelude::*;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Fixture {
    expect: Expected,
    job: Option<Job>,
    deployment: Option<Deployment>,
    #[serde(default)]
    replica_sets: Vec<ReplicaSet>,
    pods: Vec<Pod>,
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "ends", rename_all = "kebab-case")]
enum Expected {
    Succeeded,
    #[serde(rename_all = "kebab-case")]
    Failed {
        cause: Cause,
        after: u64,
        message: String,
        reason: Option<String>,
        exit_code: Option<i32>,
        running: bool,
    },
    Waiting {
        what: String,
        grace: Option<i64>,
        message: String,
    },
}

impl Fixture {
    fn seen(&self) -> Seen<'_> {
        let workload = match (&self.job, &self.deployment) {
            (Some(job), _) => Observed::Job(job),
            (_, Some(deployment)) => Observed::Deployment(deployment),
            _ => Observed::Gone(None),
        };
        Seen { workload, pods: &self.pods, events: &self.events, replica_sets: &self.replica_sets }
    }

    fn engine(&self) -> Engine {
        let uid = if self.job.is_some() { "j-1" } else { "d-1" };
        Engine::new(Graces::DEFAULT, uid, None)
    }
}

fn fixtures() -> Vec<(String, Fixture)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    assert!(paths.len() > 50);
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let fixture = serde_json::from_slice(&std::fs::read(path).unwrap());
        (name.clone(), fixture.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    paths.into_iter().map(read).collect()
}

fn at(seconds: f64) -> Timestamp {
    let start: Timestamp = "2026-11-23T10:00:05Z".parse().unwrap();
    start + Duration::from_secs_f64(seconds)
}

#[test]
fn each_class_ends_with_its_grace_and_its_cause() {
    for (name, fixture) in fixtures() {
        let (mut engine, seen) = (fixture.engine(), fixture.seen());
        let first = engine.assess(&seen, at(0.0));
        match &fixture.expect {
            Expected::Succeeded => assert_eq!(first, Answer::Succeeded, "{name}"),
            Expected::Waiting { what, grace, message } => {
                let Answer::Waiting(waiting) = &first else { panic!("{name}: {first:?}") };
                assert_eq!(&waiting.what, what, "{name}");
                assert_eq!(waiting.seconds_left(at(0.0)), *grace, "{name}");
                assert!(waiting.line(at(0.0)).contains(message.as_str()), "{name}: {waiting:?}");
                // Nothing but a deadline ends it.
                let later = engine.assess(&seen, at(86_400.0));
                assert_eq!(later, first, "{name}");
            }
            Expected::Failed { cause, after, message, reason, exit_code, running } => {
                if *after > 0 {
                    let Answer::Waiting(waiting) = &first else { panic!("{name}: {first:?}") };
                    assert_eq!(waiting.seconds_left(at(0.0)), Some(*after as i64), "{name}");
                    assert_eq!(engine.ask_again(&first), Some(at(*after as f64)), "{name}");
                    let nearly = engine.assess(&seen, at(*after as f64 - 0.001));
                    assert!(matches!(nearly, Answer::Waiting(_)), "{name}: {nearly:?}");
                }
                let last = engine.assess(&seen, at(*after as f64));
                let Answer::Failed(failed) = &last else { panic!("{name}: {last:?}") };
                assert_eq!(failed.cause, *cause, "{name}");
                assert!(failed.message.contains(message.as_str()), "{name}: {failed:?}");
                assert_eq!(failed.is_running, *running, "{name}");
                assert_eq!(failed.part.exit_code, *exit_code, "{name}");
                if let Some(reason) = reason {
                    assert_eq!(&failed.reason, reason, "{name}");
                }
            }
        }
    }
}

#[test]
fn every_cause_has_a_fixture() {
    let has = |cause: Cause| {
        fixtures().iter().any(|(_, fixture)| match fixture.expect {
            Expected::Failed { cause: expected, .. } => expected == cause,
            _ => false,
        })
    };
    for cause in Cause::ALL {
        assert!(has(cause), "{cause:?}");
    }
}

fn named(name: &str) -> Fixture {
    fixtures().into_iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn a_grace_begins_anew_when_the_trouble_was_gone() {
    let (trouble, running) = (named("config-secret-key"), named("waiting-false-condition"));
    let mut engine = trouble.engine();
    engine.assess(&trouble.seen(), at(0.0));
    engine.assess(&running.seen(), at(9.0));
    let again = engine.assess(&trouble.seen(), at(11.0));
    let Answer::Waiting(waiting) = again else { panic!("{again:?}") };
    assert_eq!(waiting.seconds_left(at(11.0)), Some(10));
}

#[test]
fn an_image_that_changes_between_its_two_words_is_one_trouble() {
    let mut fixture = named("registry-refused");
    let mut engine = fixture.engine();
    engine.assess(&fixture.seen(), at(0.0));
    let waiting = fixture.pods[0].status.container_statuses[0].state.waiting.as_mut().unwrap();
    waiting.reason = "ImagePullBackOff".to_owned();
    engine.assess(&fixture.seen(), at(29.0));
    let last = engine.assess(&fixture.seen(), at(30.0));
    assert!(matches!(last, Answer::Failed(failed) if failed.cause == Cause::Registry));
}

#[test]
fn the_autoscaler_extends_the_grace_from_when_it_said_so() {
    let (plain, growing) = (named("capacity-unschedulable"), named("capacity-scale-up"));
    let mut engine = plain.engine();
    engine.assess(&plain.seen(), at(0.0));
    let answer = engine.assess(&growing.seen(), at(50.0));
    assert_eq!(engine.ask_again(&answer), Some(at(350.0)));
    let last = engine.assess(&growing.seen(), at(350.0));
    assert!(matches!(last, Answer::Failed(failed) if failed.cause == Cause::Capacity));
}

#[test]
fn a_job_that_its_ttl_removed_is_judged_by_what_was_seen_last() {
    let gone =
        |by| Seen { workload: Observed::Gone(by), pods: &[], events: &[], replica_sets: &[] };
    let mut succeeded = named("waiting-false-condition");
    succeeded.pods[0].status.phase = "Succeeded".to_owned();
    let mut engine = succeeded.engine();
    engine.assess(&succeeded.seen(), at(0.0));
    assert_eq!(engine.assess(&gone(None), at(1.0)), Answer::Succeeded);

    let failing = named("waiting-next-attempt");
    let mut engine = failing.engine();
    engine.assess(&failing.seen(), at(0.0));
    let answer = engine.assess(&gone(None), at(1.0));
    assert!(
        matches!(&answer, Answer::Failed(failed) if failed.cause == Cause::Application),
        "{answer:?}"
    );

    // Nothing seen is never green.
    let answer = failing.engine().assess(&gone(None), at(1.0));
    assert!(matches!(answer, Answer::Failed(failed) if failed.cause == Cause::Unknown));
    let answer = failing.engine().assess(&gone(Some("run 43")), at(1.0));
    assert!(
        matches!(answer, Answer::Failed(failed) if failed.cause == Cause::Superseded && failed.message.contains("run 43"))
    );
}

#[test]
fn the_deadline_of_the_whole_says_what_was_waited_for() {
    let fixture = named("waiting-unknown-reason");
    let mut engine = Engine::new(Graces::DEFAULT, "j-1", Some(at(60.0)));
    let answer = engine.assess(&fixture.seen(), at(0.0));
    assert_eq!(engine.ask_again(&answer), Some(at(60.0)));
    let answer = engine.assess(&fixture.seen(), at(60.0));
    let Answer::Failed(failed) = answer else { panic!("{answer:?}") };
    assert_eq!((failed.cause, failed.is_running), (Cause::Deadline, true));
    assert!(failed.message.contains("HyperdriveCharging"), "{}", failed.message);
}

#[test]
fn the_line_that_is_told_while_it_waits_has_the_seconds_that_are_left() {
    let fixture = named("config-secret-key");
    let mut engine = fixture.engine();
    engine.assess(&fixture.seen(), at(0.0));
    let Answer::Waiting(waiting) = engine.assess(&fixture.seen(), at(2.5)) else { panic!() };
    assert_eq!(
        waiting.line(at(2.5)),
        "waiting for its configuration: CreateContainerConfigError: couldn't find key nope in Secret robots/s (8 s of grace left)"
    );
}

proptest! {
    /// However states follow each other: time never makes a failure a success, an end stays, a wait with a
    /// grace ends within it, and no answer depends on how often it was asked for.
    #[test]
    fn answers_hold_for_any_sequence(
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0.0..40.0_f64), 1..12),
        asked in 1..4_usize,
    ) {
        let fixtures = fixtures();
        let jobs: Vec<&Fixture> =
            fixtures.iter().map(|(_, fixture)| fixture).filter(|it| it.job.is_some()).collect();
        let mut engine = Engine::new(Graces::DEFAULT, "", None);
        let mut patient = engine.clone();
        let mut time = 0.0;
        let mut ended: Option<Answer> = None;
        for (index, seconds) in steps {
            let seen = index.get(&jobs).seen();
            let answer = patient.assess(&seen, at(time));
            for _ in 0..asked {
                prop_assert_eq!(&engine.assess(&seen, at(time)), &answer);
            }
            if let Some(ended) = &ended {
                prop_assert_eq!(ended, &answer);
            }
            match &answer {
                Answer::Waiting(waiting) => {
                    if let Some(until) = waiting.until {
                        prop_assert!(until > at(time));
                        let then = engine.clone().assess(&seen, until);
                        prop_assert!(matches!(then, Answer::Failed(_)));
                    }
                }
                ended_now => ended = Some(ended_now.clone()),
            }
            time += seconds;
        }
    }

    /// Any words a server may invent have an answer, and none of them is a success.
    #[test]
    fn invented_words_are_never_green(
        reason in "[A-Za-z_]{0,20}",
        message in ".{0,40}",
        phase in "(Pending|Running|Failed|Unknown|[A-Z][a-z]{0,8})",
    ) {
        let mut fixture = named("waiting-unknown-reason");
        let pod = &mut fixture.pods[0];
        pod.status.phase = phase;
        pod.status.reason = reason.clone();
        let waiting = pod.status.container_statuses[0].state.waiting.as_mut().unwrap();
        (waiting.reason, waiting.message) = (reason, message);
        let answer = fixture.engine().assess(&fixture.seen(), at(0.0));
        prop_assert_ne!(answer, Answer::Succeeded);
    }
}
