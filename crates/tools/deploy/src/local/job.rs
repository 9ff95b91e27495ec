//! The Job as its controller and the kubelet would show it.

use super::attempt::{Attempt, End, Message, NotBegun};
use super::container::{self, Contents, Stuck};
use crate::image::layout::Layout;
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::source::Made;
use crate::target::{Line, Moment, MomentKind, Target};
use data_encoding::HEXLOWER;
use robot_contract::{Context, Failure, Isolate};
use robot_kubernetes::object::{
    Condition, ContainerState, ContainerStatus, Event, Job, Metadata, Pod, Running, Terminated,
    Waiting,
};
use robot_kubernetes::verdict::{Observed, Seen};
use serde_json::json;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// The wait before the second attempt, which doubles.
const BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// A Job on this machine.
pub(crate) struct Local<'a> {
    context: &'a Context,
    plan: &'a Plan,
    made: &'a [Made],
    manifest: Manifest,
    layout: Layout,
    job: Job,
    pods: Vec<Pod>,
    events: Vec<Event>,
    running: Option<Attempt>,
    attempts: u32,
    has_line: bool,
    /// When the next attempt begins, since the verb began.
    next_attempt: Option<Duration>,
    /// When the Job may not be active any more, since the verb began.
    deadline: Option<Duration>,
    moments: Vec<Moment>,
}

impl<'a> Local<'a> {
    /// The Job of a plan.
    ///
    /// # Errors
    /// It is no Job, there is no image, or this machine cannot run one.
    pub(crate) fn new(
        plan: &'a Plan,
        made: &'a [Made],
        context: &'a Context,
    ) -> Result<Self, Failure> {
        let manifest = plan.manifest();
        if manifest.workload.kind() != "Job" {
            return Err(Failure::config(format!(
                "the target `local` runs Jobs, and the manifest is a {}",
                manifest.workload.kind()
            )));
        }
        let others = manifest.pod()["containers"].as_array().map_or(0, Vec::len);
        if others != 1 {
            return Err(Failure::config(format!(
                "the target `local` runs one container, and the manifest has {others}"
            )));
        }
        let Some(layout) = &plan.layout else {
            return Err(Failure::config("the target `local` needs the image as an OCI layout")
                .hint("set `layout` to the folder that `go-image` wrote"));
        };
        let layout = Layout::open(layout)?;
        if layout.digest() != plan.image_digest {
            return Err(Failure::evidence(format!(
                "the layout holds {}, and the plan is for {}",
                layout.digest(),
                plan.image_digest
            ))
            .hint("run `deploy plan` again"));
        }
        Isolate::Require.check("the target `local`")?;
        let job: Job = serde_json::from_value(plan.workload.clone())
            .map_err(|error| Failure::config("the Job is not sound").caused_by(&error))?;
        Ok(Self {
            context,
            plan,
            made,
            manifest,
            layout,
            job,
            pods: Vec::new(),
            events: Vec::new(),
            running: None,
            attempts: 0,
            has_line: false,
            next_attempt: None,
            deadline: None,
            moments: Vec::new(),
        })
    }

    fn happened(&mut self, kind: MomentKind) {
        let at = self.context.clock.elapsed();
        self.moments.push(Moment { attempt: self.attempts, kind, at });
    }

    /// Makes a pod and starts its container.
    fn begin(&mut self) -> Result<(), Failure> {
        self.attempts += 1;
        self.has_line = false;
        self.next_attempt = None;
        let name = format!("{}-{}", self.job.metadata.name, random(5)?);
        self.pods.push(self.pod(&name)?);
        self.job.status.active = 1;
        self.happened(MomentKind::Scheduled);
        let objects = &self.plan.objects;
        let contents = Contents::new(objects, self.made, &self.job.metadata.namespace);
        let image = &self.layout.config.config;
        let spec = self.manifest.container();
        let container =
            match container::container(self.manifest.pod(), spec, image, &contents, &name) {
                Ok(container) => container,
                Err(Stuck::Config(message)) => {
                    self.waits("CreateContainerConfigError", &message);
                    return Ok(());
                }
                Err(Stuck::Mount(message)) => {
                    self.waits("ContainerCreating", "");
                    self.event("FailedMount", message);
                    return Ok(());
                }
                Err(Stuck::NotSimulated(what)) => {
                    return Err(Failure::config(format!(
                        "the target `local` does not have {what}"
                    ))
                    .hint("deploy it to a cluster"));
                }
            };
        let mut pulled = None;
        let begun = Attempt::begin(&container, &self.layout, self.context, || {
            pulled = Some(self.context.clock.elapsed());
        });
        let attempt = self.attempts;
        self.moments.extend(pulled.map(|at| Moment { attempt, kind: MomentKind::Pulled, at }));
        match begun {
            Ok(running) => {
                self.running = Some(running);
                self.happened(MomentKind::Started);
                let now = self.context.clock.now();
                if let Some(pod) = self.pods.last_mut() {
                    pod.status.phase = "Running".to_owned();
                }
                self.container(ContainerState {
                    running: Some(Running { started_at: Some(now) }),
                    ..ContainerState::default()
                });
            }
            Err(NotBegun::Start(message)) => self.ended("StartError", 128, message),
            Err(NotBegun::Machine(failure)) => return Err(failure),
        }
        Ok(())
    }

    /// A pod that was scheduled.
    fn pod(&self, name: &str) -> Result<Pod, Failure> {
        let now = self.context.clock.now();
        let value = json!({
            "metadata": {
                "name": name,
                "namespace": self.job.metadata.namespace,
                "uid": random(16)?,
                "creationTimestamp": now,
            },
            "spec": self.manifest.pod(),
            "status": {
                "phase": "Pending",
                "startTime": now,
                "conditions": [{"type": "PodScheduled", "status": "True"}],
            },
        });
        serde_json::from_value(value)
            .map_err(|error| Failure::config("the pod is not sound").caused_by(&error))
    }

    /// Shows the container in a state.
    fn container(&mut self, state: ContainerState) {
        let spec = self.manifest.container();
        let text = |key: &str| spec[key].as_str().unwrap_or_default().to_owned();
        let status = ContainerStatus {
            name: text("name"),
            image: text("image"),
            state,
            ..ContainerStatus::default()
        };
        if let Some(pod) = self.pods.last_mut() {
            pod.status.container_statuses = vec![status];
        }
    }

    fn waits(&mut self, reason: &str, message: &str) {
        let waiting = Some(Waiting { reason: reason.to_owned(), message: message.to_owned() });
        self.container(ContainerState { waiting, ..ContainerState::default() });
    }

    fn event(&mut self, reason: &str, message: String) {
        let Some(pod) = self.pods.last() else { return };
        let now = Some(self.context.clock.now());
        let mut event = Event {
            kind: "Warning".to_owned(),
            reason: reason.to_owned(),
            message,
            first_timestamp: now,
            last_timestamp: now,
            ..Event::default()
        };
        event.involved_object.kind = "Pod".to_owned();
        event.involved_object.name.clone_from(&pod.metadata.name);
        event.involved_object.uid.clone_from(&pod.metadata.uid);
        self.events.push(event);
    }

    /// The container has ended: what the kubelet and then the Job controller show.
    fn ended(&mut self, reason: &str, exit_code: i32, message: String) {
        self.happened(MomentKind::Finished);
        let now = Some(self.context.clock.now());
        let terminated = Terminated {
            exit_code,
            reason: reason.to_owned(),
            message,
            finished_at: now,
            ..Terminated::default()
        };
        self.container(ContainerState {
            terminated: Some(terminated),
            ..ContainerState::default()
        });
        self.job.status.active = 0;
        let succeeded = exit_code == 0;
        if let Some(pod) = self.pods.last_mut() {
            pod.status.phase = if succeeded { "Succeeded" } else { "Failed" }.to_owned();
        }
        if self.has_ended() {
            return;
        }
        if succeeded {
            self.job.status.succeeded = 1;
            let message = "Reached expected number of succeeded pods";
            self.conclude(["SuccessCriteriaMet", "Complete"], "CompletionsReached", message);
            return;
        }
        self.job.status.failed += 1;
        if let Some(message) = self.failing_rule(exit_code) {
            self.conclude(["FailureTarget", "Failed"], "PodFailurePolicy", &message);
            return;
        }
        let limit = self.job.spec.backoff_limit.unwrap_or(6);
        if self.job.status.failed > i64::from(limit) {
            let message = "Job has reached the specified backoff limit";
            self.conclude(["FailureTarget", "Failed"], "BackoffLimitExceeded", message);
            return;
        }
        let doubled = BACKOFF.saturating_mul(1 << (self.attempts - 1).min(10));
        self.next_attempt = Some(self.context.clock.elapsed() + doubled.min(LONGEST_BACKOFF));
    }

    /// What the Job controller says where a rule of `podFailurePolicy` ends the Job: the first that fits
    /// decides.
    fn failing_rule(&self, exit_code: i32) -> Option<String> {
        let rules = self.plan.workload["spec"]["podFailurePolicy"]["rules"].as_array()?;
        let name = self.manifest.container()["name"].as_str().unwrap_or_default();
        let (index, rule) = rules.iter().enumerate().find(|(_, rule)| {
            let codes = &rule["onExitCodes"];
            let is_of = codes["containerName"].as_str().is_none_or(|wanted| wanted == name);
            let values = codes["values"].as_array().map_or(&[][..], Vec::as_slice);
            let has = values.iter().any(|value| value.as_i64() == Some(i64::from(exit_code)));
            match codes["operator"].as_str() {
                Some("In") => is_of && has,
                Some("NotIn") => is_of && !has,
                _ => false,
            }
        })?;
        (rule["action"] == "FailJob").then(|| {
            let Metadata { name: pod, namespace, .. } =
                self.pods.last().map(|pod| pod.metadata.clone()).unwrap_or_default();
            format!(
                "Container {name} for pod {namespace}/{pod} failed with exit code {exit_code} matching FailJob rule at index {index}"
            )
        })
    }

    fn conclude(&mut self, kinds: [&str; 2], reason: &str, message: &str) {
        let now = Some(self.context.clock.now());
        self.next_attempt = None;
        self.job.status.conditions.extend(kinds.map(|kind| Condition {
            kind: kind.to_owned(),
            status: "True".to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            last_transition_time: now,
        }));
    }

    fn has_ended(&self) -> bool {
        !self.job.status.conditions.is_empty()
    }

    /// One message of the attempt that runs; `false` where none came in time.
    fn receive(&mut self, wait: Duration, tell: &mut dyn FnMut(&Line)) -> bool {
        let Some(running) = &self.running else { return false };
        match running.messages.recv_timeout(wait) {
            Ok(Message::Line(text)) => {
                if !self.has_line {
                    self.has_line = true;
                    self.happened(MomentKind::FirstLog);
                }
                tell(&Line { attempt: self.attempts, text });
                true
            }
            Ok(Message::Ended(end)) => {
                self.running = None;
                self.end(end);
                true
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.running = None;
                self.ended("Error", 137, "the process is gone".to_owned());
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
        }
    }

    fn end(&mut self, end: End) {
        match end {
            End { failure: Some(message), .. } => self.ended("StartError", 128, message),
            End { ran_out_of_memory: true, .. } => self.ended("OOMKilled", 137, String::new()),
            End { exit_code: 0, .. } => self.ended("Completed", 0, String::new()),
            End { exit_code, .. } => self.ended("Error", exit_code, String::new()),
        }
    }
}

impl Target for Local<'_> {
    fn start(&mut self, name: &str) -> Result<(), Failure> {
        name.clone_into(&mut self.job.metadata.name);
        self.job.metadata.uid = random(16)?;
        self.job.status.start_time = Some(self.context.clock.now());
        let seconds = self.job.spec.active_deadline_seconds.and_then(|it| u64::try_from(it).ok());
        self.deadline = seconds.map(|it| self.context.clock.elapsed() + Duration::from_secs(it));
        self.begin()
    }

    fn uid(&self) -> &str {
        &self.job.metadata.uid
    }

    fn seen(&self) -> Seen<'_> {
        Seen {
            workload: Observed::Job(&self.job),
            pods: &self.pods,
            events: &self.events,
            replica_sets: &[],
        }
    }

    fn next(&mut self, wait: Duration, tell: &mut dyn FnMut(&Line)) -> Result<(), Failure> {
        let now = self.context.clock.elapsed();
        let due = [self.deadline, self.next_attempt].into_iter().flatten().min();
        let wait = due.map_or(wait, |due| wait.min(due.saturating_sub(now)));
        if self.running.is_none() {
            self.context.clock.wait(wait, &self.context.cancellation);
        } else if self.receive(wait, tell) {
            return Ok(());
        }
        let now = self.context.clock.elapsed();
        if self.deadline.is_some_and(|deadline| deadline <= now) && !self.has_ended() {
            self.deadline = None;
            let message = "Job was active longer than specified deadline";
            self.conclude(["FailureTarget", "Failed"], "DeadlineExceeded", message);
            self.stop(tell);
        } else if self.next_attempt.is_some_and(|at| at <= now) {
            self.begin()?;
        }
        Ok(())
    }

    fn stop(&mut self, tell: &mut dyn FnMut(&Line)) {
        if let Some(running) = &self.running {
            running.stop();
        }
        self.next_attempt = None;
        while self.running.is_some() {
            self.receive(Duration::from_secs(1), tell);
        }
        self.next_attempt = None;
    }

    fn moments(&self) -> &[Moment] {
        &self.moments
    }

    fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// Random letters for names: hexadecimal digits.
fn random(length: usize) -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::external("the operating system gave no random bytes").caused_by(&error)
    })?;
    Ok(HEXLOWER.encode(&bytes)[..length.min(32)].to_owned())
}
