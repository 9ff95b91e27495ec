//! Replays a scenario: at each state, and whenever the engine wants to be asked again.

use jiff::{SignedDuration, Timestamp};
use robot_kube::objects::{Deployment, Event, Job, Pod, ReplicaSet};
use robot_kube::verdict::{Engine, Expected, Graces, Observed, Standing, Subject};
use robot_model::ObjectRef;
use serde::Deserialize;

/// A file of `tests/scenarios`.
#[derive(Deserialize)]
pub(crate) struct Scenario {
    /// Seconds.
    deadline: Option<u32>,
    #[serde(default)]
    expected: Made,
    pub(crate) states: Vec<State>,
    /// What the engine is to say, one line each time that it says something else.
    pub(crate) transcript: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Made {
    generation: i64,
}

/// What is seen from `at` (seconds) on.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    at: f64,
    job: Option<Job>,
    deployment: Option<Deployment>,
    #[serde(default)]
    replica_sets: Vec<ReplicaSet>,
    pods: Vec<Pod>,
    events: Vec<Event>,
}

/// What the engine says, until it has decided or wants nothing any more.
pub(crate) fn replay(scenario: &Scenario) -> Vec<String> {
    let start = Timestamp::UNIX_EPOCH;
    let is_job = scenario.states[0].deployment.is_none();
    let (kind, uid) = if is_job { ("Job", "job-1") } else { ("Deployment", "dep-1") };
    let expected = Expected {
        object: ObjectRef {
            kind: kind.to_owned(),
            namespace: "robots".to_owned(),
            name: "echo".to_owned(),
            uid: Some(uid.to_owned()),
        },
        generation: scenario.expected.generation,
        deadline: scenario
            .deadline
            .map(|seconds| start + SignedDuration::from_secs(seconds.into())),
    };
    let mut engine = Engine::new(expected, Graces::default());
    let mut lines: Vec<String> = Vec::new();
    let mut states = scenario.states.iter().peekable();
    while let Some(state) = states.next() {
        let mut now = start + SignedDuration::from_secs_f64(state.at);
        let next = states.peek().map(|next| start + SignedDuration::from_secs_f64(next.at));
        loop {
            let standing = engine.judge(&observed(state, is_job), now);
            let line = line(now.duration_since(start), &standing);
            // The time that is left goes down by itself.
            let words = |line: &str| line.split_once(" s ").map(|(_, words)| words.to_owned());
            if lines.last().is_none_or(|last| words(last) != words(&line)) {
                lines.push(line);
            }
            if matches!(standing, Standing::Succeeded | Standing::Failed { .. }) {
                return lines;
            }
            match engine.wake_at() {
                Some(wake) if wake > now && next.is_none_or(|next| wake < next) => now = wake,
                _ => break,
            }
        }
    }
    lines
}

fn observed(state: &State, is_job: bool) -> Observed<'_> {
    let subject = match is_job {
        true => Subject::Job(state.job.as_ref()),
        false => Subject::Deployment(state.deployment.as_ref(), &state.replica_sets),
    };
    Observed { subject, pods: &state.pods, events: &state.events }
}

fn line(at: SignedDuration, standing: &Standing) -> String {
    let words = match standing {
        Standing::Succeeded => "succeeded".to_owned(),
        Standing::Working { attempt } => format!("works, attempt {attempt}"),
        Standing::Waiting { reason, left: Some(left) } => {
            format!("waits {} s more, {}: {reason}", left.as_secs_f64(), reason.class)
        }
        Standing::Waiting { reason, left: None } => format!("waits, {}: {reason}", reason.class),
        Standing::Failed { reason, is_running } => {
            let rest = if *is_running { "; still runs" } else { "" };
            format!("failed, {}: {reason}{rest}", reason.class)
        }
    };
    format!("{} s {words}", at.as_secs_f64())
}
