//! Objects as an API server gives them: the engine answers for any, the same each time, and what waits for
//! a grace ends with it. A panic is a finding.

use robot_kubernetes::object::{Event, Job, Pod};
use robot_kubernetes::verdict::{Answer, Engine, Graces, Observed, Seen};
use serde::Deserialize;

#[derive(Deserialize)]
struct State {
    job: Job,
    #[serde(default)]
    pods: Vec<Pod>,
    #[serde(default)]
    events: Vec<Event>,
}

/// A Job with its pods and events.
pub fn workload(bytes: &[u8]) {
    let Ok(State { job, pods, events }) = serde_json::from_slice(bytes) else { return };
    let workload = Observed::Job(&job);
    let seen = Seen { workload, pods: &pods, events: &events, replica_sets: &[] };
    let start = jiff::Timestamp::UNIX_EPOCH;
    let mut engine = Engine::new(Graces::DEFAULT, "", None);
    let answer = engine.assess(&seen, start);
    assert_eq!(engine.assess(&seen, start), answer);
    if let Answer::Waiting(waiting) = &answer
        && let Some(until) = waiting.until
    {
        assert!(matches!(engine.assess(&seen, until), Answer::Failed(_)));
    }
}
