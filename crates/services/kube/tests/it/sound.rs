//! Whatever a server answers, the engine gives a standing and does not contradict itself.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use robot_kube::objects::{Event, Job, Pod};
use robot_kube::verdict::{Engine, Expected, Graces, Observed, Standing, Subject};
use robot_model::ObjectRef;
use serde_json::{Value, json};

fn word() -> impl Strategy<Value = String> {
    let known = [
        "",
        "Error",
        "OOMKilled",
        "ImagePullBackOff",
        "ErrImagePull",
        "CreateContainerConfigError",
        "CrashLoopBackOff",
        "Evicted",
        "OutOfmemory",
        "FailedMount",
        "FailedCreate",
        "Pulling",
        "odd",
    ];
    prop::sample::select(known.to_vec()).prop_map(str::to_owned)
}

fn status() -> impl Strategy<Value = Value> {
    (word(), word(), 0..200_i32, 0..5_u32, 0..3_u8).prop_map(
        |(reason, message, code, restarts, kind)| {
            let state = match kind {
                0 => json!({"waiting": {"reason": reason, "message": message}}),
                1 => json!({"running": {}}),
                _ => {
                    json!({"terminated": {"exitCode": code, "reason": reason, "message": message}})
                }
            };
            json!({"name": "robot", "state": state, "restartCount": restarts})
        },
    )
}

fn pod() -> impl Strategy<Value = Pod> {
    let phase =
        prop::sample::select(vec!["Pending", "Running", "Succeeded", "Failed", "Unknown", ""]);
    (phase, word(), prop::collection::vec(status(), 0..3)).prop_map(|(phase, reason, statuses)| {
        serde_json::from_value(json!({
            "metadata": {"name": "echo-1", "uid": "pod-1", "ownerReferences": [{"uid": "job-1"}]},
            "status": {"phase": phase, "reason": reason, "containerStatuses": statuses},
        }))
        .unwrap()
    })
}

fn job() -> impl Strategy<Value = Job> {
    let kind = prop::sample::select(vec!["Suspended", "Odd", ""]);
    (kind, any::<bool>(), 0..3_u32).prop_map(|(kind, is_true, failed)| {
        let status = if is_true { "True" } else { "False" };
        serde_json::from_value(json!({
            "metadata": {"name": "echo", "uid": "job-1"},
            "status": {"failed": failed, "conditions": [{"type": kind, "status": status}]},
        }))
        .unwrap()
    })
}

proptest! {
    /// Without a word from the controller nothing succeeds; what waits says how long, no longer than it may;
    /// and at the deadline it is over.
    #[test]
    fn only_the_controller_says_that_it_succeeded(
        job in job(),
        pods in prop::collection::vec(pod(), 0..3),
        events in prop::collection::vec((word(), word()), 0..4),
    ) {
        let events: Vec<Event> = events
            .into_iter()
            .map(|(reason, message)| {
                let object = json!({"kind": "Pod", "uid": "pod-1"});
                serde_json::from_value(
                    json!({"reason": reason, "message": message, "involvedObject": object}),
                )
                .unwrap()
            })
            .collect();
        let observed = Observed { subject: Subject::Job(Some(&job)), pods: &pods, events: &events };
        let start = Timestamp::UNIX_EPOCH;
        let object = ObjectRef {
            kind: "Job".to_owned(),
            namespace: "robots".to_owned(),
            name: "echo".to_owned(),
            uid: Some("job-1".to_owned()),
        };
        let deadline = start + SignedDuration::from_secs(3600);
        let expected = Expected { object, generation: 0, deadline: Some(deadline) };
        let mut engine = Engine::new(expected, Graces::default());
        let first = engine.judge(&observed, start);
        prop_assert_ne!(&first, &Standing::Succeeded);
        if let Standing::Waiting { left: Some(left), .. } = &first {
            prop_assert!(left.is_positive());
            let wake = engine.wake_at().unwrap();
            prop_assert!(wake <= start + *left);
            let just_before = start + *left - SignedDuration::from_millis(1);
            let is_open = !matches!(engine.judge(&observed, just_before), Standing::Failed { .. });
            prop_assert!(is_open);
            let is_over = matches!(engine.judge(&observed, start + *left), Standing::Failed { .. });
            prop_assert!(is_over);
        }
        let is_over = matches!(engine.judge(&observed, deadline), Standing::Failed { .. });
        prop_assert!(is_over);
    }
}
