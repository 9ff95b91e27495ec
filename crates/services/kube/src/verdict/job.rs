//! What the objects say of a Job, <https://kubernetes.io/docs/concepts/workloads/controllers/job/>.

use super::class::{Class, Reason};
use super::events::EventsOf;
use super::graces::Graces;
use super::pod::{Purpose, signals};
use super::signal::{Grace, Signal, object};
use super::{Expected, Observed, Standing, View, attempt};
use crate::objects::{Condition, Job, Pod};

pub(super) fn view(
    expected: &Expected,
    job: Option<&Job>,
    observed: &Observed<'_>,
    graces: &Graces,
) -> View {
    let Some(job) = job else { return View::gone(expected) };
    if expected.object.uid.as_ref().is_some_and(|uid| *uid != job.metadata.uid) {
        return View::superseded(expected, "another Job has taken its name");
    }
    let conditions = &job.status.conditions;
    let done = ["Complete", "SuccessCriteriaMet"];
    if done.iter().any(|kind| Condition::find(conditions, kind).is_some()) {
        return View::Ended(Standing::Succeeded);
    }
    let mut pods: Vec<&Pod> =
        observed.pods.iter().filter(|pod| pod.metadata.is_owned_by(&job.metadata.uid)).collect();
    pods.sort_by_key(|pod| pod.metadata.creation_timestamp);
    let failed = ["Failed", "FailureTarget"];
    if let Some(condition) = failed.iter().find_map(|kind| Condition::find(conditions, kind)) {
        return View::failed(failure(job, condition, &pods, observed, graces));
    }
    let attempt = job.status.failed.saturating_add(1);
    if let Some(suspended) = Condition::find(conditions, "Suspended") {
        let reason = of_job(job, Class::Deadline, &suspended.reason, &suspended.message);
        return View::Open(vec![Signal { reason, grace: Grace::Unlimited }], attempt);
    }
    let hopeless = pods.iter().filter(|pod| pod.status.phase == "Failed");
    let mut hopeless = hopeless.map(|pod| attempt::failure(pod)).filter(attempt::is_hopeless);
    if let Some(reason) = hopeless.next_back() {
        return View::Ended(Standing::Failed { reason, is_running: true });
    }
    let mut found = obstacles(&pods, observed, graces);
    found.extend(without_pods(job, &pods, observed, graces));
    View::Open(found, attempt)
}

fn obstacles(pods: &[&Pod], observed: &Observed<'_>, graces: &Graces) -> Vec<Signal> {
    let of = |pod: &&Pod| {
        signals(pod, EventsOf::new(observed.events, &pod.metadata), Purpose::Task, graces)
    };
    pods.iter().flat_map(of).collect()
}

/// Why the controller gave the Job up. Its own reason counts attempts or seconds; what a user can mend stands
/// with the pod.
fn failure(
    job: &Job,
    condition: &Condition,
    pods: &[&Pod],
    observed: &Observed<'_>,
    graces: &Graces,
) -> Reason {
    let last_failed = pods.iter().rev().find(|pod| pod.status.phase == "Failed");
    if condition.reason == "DeadlineExceeded" {
        // Pods that were stopped for it tell nothing; what kept them from starting does.
        let mut stopped = obstacles(pods, observed, graces);
        stopped.retain(|signal| signal.reason.class != Class::Deadline);
        let obstacle = stopped.into_iter().next().map(|signal| signal.reason);
        return obstacle.unwrap_or_else(|| {
            of_job(job, Class::Deadline, &condition.reason, &condition.message)
        });
    }
    last_failed.map_or_else(
        || of_job(job, Class::Application, &condition.reason, &condition.message),
        |pod| attempt::failure(pod),
    )
}

/// The Job has no pod: not yet, between two attempts, or because the cluster refuses it.
fn without_pods(
    job: &Job,
    pods: &[&Pod],
    observed: &Observed<'_>,
    graces: &Graces,
) -> Option<Signal> {
    let is_live = |pod: &&&Pod| !pod.has_ended();
    if pods.iter().any(|pod| is_live(&pod)) || job.is_managed_elsewhere() {
        return None;
    }
    let has_history = !pods.is_empty() || job.status.failed > 0 || job.status.succeeded > 0;
    if has_history || job.status.terminating.unwrap_or(0) > 0 {
        // The controller waits longer after each failed attempt, and says nothing meanwhile.
        let last = pods.iter().rev().find(|pod| pod.status.phase == "Failed")?;
        return Some(Signal { reason: attempt::failure(last), grace: Grace::Unlimited });
    }
    let event = EventsOf::new(observed.events, &job.metadata).last(&["FailedCreate"]);
    let (word, message) = event.map_or(("NoPod", "no pod was created"), |event| {
        (event.reason.as_str(), event.message.as_str())
    });
    let reason = of_job(job, Class::Admission, word, message);
    Some(Signal { reason, grace: Grace::For(graces.admission) })
}

fn of_job(job: &Job, class: Class, word: &str, message: &str) -> Reason {
    Reason::new(class, word, message, object("Job", &job.metadata))
}
