//! What the objects say of a Deployment's roll-out. As `kubectl rollout status` tells it
//! (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status>), but what stands
//! in the way of the newest pods ends it long before `progressDeadlineSeconds`.

use super::class::{Class, Reason};
use super::events::EventsOf;
use super::graces::Graces;
use super::pod::{Purpose, signals};
use super::signal::{Grace, Signal, object};
use super::{Expected, Observed, Standing, View};
use crate::objects::{Condition, Deployment, Metadata, Pod, ReplicaSet};

pub(super) fn view(
    expected: &Expected,
    deployment: Option<&Deployment>,
    sets: &[ReplicaSet],
    observed: &Observed<'_>,
    graces: &Graces,
) -> View {
    let Some(deployment) = deployment else { return View::gone(expected) };
    let Deployment { metadata, spec, status } = deployment;
    if expected.object.uid.as_ref().is_some_and(|uid| *uid != metadata.uid) {
        return View::superseded(expected, "another Deployment has taken its name");
    }
    if expected.generation > 0 && metadata.generation > expected.generation {
        let message = format!(
            "its specification was changed again: generation {} follows {}",
            metadata.generation, expected.generation
        );
        return View::superseded(expected, &message);
    }
    if status.observed_generation < metadata.generation {
        // The rest of the status is of an earlier generation.
        return View::Open(Vec::new(), 0);
    }
    let wanted = spec.replicas.unwrap_or(1);
    let is_complete = status.updated_replicas >= wanted
        && status.replicas == status.updated_replicas
        && status.available_replicas >= status.updated_replicas;
    if is_complete {
        return View::Ended(Standing::Succeeded);
    }
    if spec.paused {
        let message = "the Deployment is paused";
        let reason = of("Deployment", metadata, Class::Deadline, "Paused", message);
        return View::Open(vec![Signal { reason, grace: Grace::Unlimited }], 0);
    }
    let newest = sets
        .iter()
        .filter(|set| set.metadata.is_owned_by(&metadata.uid))
        .max_by_key(|set| set.revision());
    let mut found = obstacles(newest, observed, graces);
    let late = status.conditions.iter().find(|condition| {
        condition.kind == "Progressing" && condition.reason == "ProgressDeadlineExceeded"
    });
    if let Some(late) = late {
        let obstacle = (!found.is_empty()).then(|| found.swap_remove(0).reason);
        let reason = obstacle.unwrap_or_else(|| {
            of("Deployment", metadata, Class::Deadline, &late.reason, &late.message)
        });
        return View::Ended(Standing::Failed { reason, is_running: true });
    }
    View::Open(found, 0)
}

/// What stands in the way of the newest pods.
fn obstacles(newest: Option<&ReplicaSet>, observed: &Observed<'_>, graces: &Graces) -> Vec<Signal> {
    let Some(newest) = newest else { return Vec::new() };
    let is_its = |pod: &&Pod| pod.metadata.is_owned_by(&newest.metadata.uid);
    let mut found: Vec<Signal> = observed
        .pods
        .iter()
        .filter(is_its)
        .flat_map(|pod| {
            signals(pod, EventsOf::new(observed.events, &pod.metadata), Purpose::Server, graces)
        })
        .collect();
    if let Some(refused) = Condition::find(&newest.status.conditions, "ReplicaFailure") {
        let Condition { reason, message, .. } = refused;
        let reason = of("ReplicaSet", &newest.metadata, Class::Admission, reason, message);
        found.push(Signal { reason, grace: Grace::For(graces.admission) });
    }
    found
}

fn of(kind: &str, metadata: &Metadata, class: Class, word: &str, message: &str) -> Reason {
    Reason::new(class, word, message, object(kind, metadata))
}
