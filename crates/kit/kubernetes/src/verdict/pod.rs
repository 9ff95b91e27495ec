//! Signs of trouble in a pod that has not ended.

use super::Cause;
use super::answer::Part;
use super::attempt;
use super::graces::Graces;
use super::image;
use super::signal::{Patience, Signal};
use crate::object::{Condition, ContainerStatus, Event, Pod, Waiting};

/// What a pod and its events are looked at with.
pub(super) struct View<'a> {
    pub(super) pod: &'a Pod,
    pub(super) events: &'a [Event],
    pub(super) graces: &'a Graces,
    /// Of a Deployment: nothing but the engine ends a container that crashes again and again.
    pub(super) is_served: bool,
}

impl View<'_> {
    /// All signs of trouble.
    pub(super) fn signals(&self) -> Vec<Signal> {
        let mut signals: Vec<Signal> = self.scheduling().into_iter().collect();
        if self.pod.status.phase == "Unknown" || self.pod.status.reason == "NodeLost" {
            let status = &self.pod.status;
            signals.push(self.signal(
                "node",
                Cause::Infrastructure,
                "the node",
                (&status.reason, &status.message),
                Patience::For(self.graces.infrastructure),
            ));
        }
        let status = &self.pod.status;
        let all = status.init_container_statuses.iter().chain(&status.container_statuses);
        signals.extend(all.filter_map(|container| self.container(container)));
        if self.is_being_created() {
            signals.extend(self.creation());
        }
        signals
    }

    fn signal(
        &self,
        kind: &str,
        cause: Cause,
        what: &'static str,
        (reason, message): (&str, &str),
        patience: Patience,
    ) -> Signal {
        Signal {
            key: format!("{} {kind}", self.identity()),
            cause,
            what,
            reason: reason.to_owned(),
            message: message.to_owned(),
            part: Part { pod: self.pod.metadata.name.clone(), ..Part::default() },
            patience,
        }
    }

    fn identity(&self) -> &str {
        let metadata = &self.pod.metadata;
        if metadata.uid.is_empty() { &metadata.name } else { &metadata.uid }
    }

    fn scheduling(&self) -> Option<Signal> {
        let conditions = &self.pod.status.conditions;
        let scheduled = conditions.iter().find(|it| it.kind == "PodScheduled")?;
        if scheduled.status != "False" {
            return None;
        }
        let Condition { reason, message, .. } = scheduled;
        if reason == "SchedulingGated" {
            let why = (reason.as_str(), message.as_str());
            let what = "its scheduling gates";
            return Some(self.signal("gate", Cause::Capacity, what, why, Patience::Endless));
        }
        let grows = self.own_events().any(|event| event.reason == "TriggeredScaleUp");
        let patience = match (reason.starts_with("Unschedulable"), grows) {
            (true, true) => Patience::Since("scale-up", self.graces.scale_up),
            (true, false) => Patience::For(self.graces.capacity),
            (false, _) => Patience::Endless,
        };
        Some(self.signal("node-room", Cause::Capacity, "a node", (reason, message), patience))
    }

    fn container(&self, container: &ContainerStatus) -> Option<Signal> {
        let waiting = container.state.waiting.as_ref()?;
        let Waiting { reason, message } = waiting;
        let why = (reason.as_str(), message.as_str());
        let graces = self.graces;
        let kind = |kind: &str| format!("{} {kind}", container.name);
        let is = |words: &[&str]| words.iter().any(|word| reason.starts_with(word));
        let signal = if is(&["ContainerCreating", "PodInitializing"]) || reason.is_empty() {
            return None;
        } else if is(&["InvalidImageName", "ErrImageNeverPull", "SignatureValidationFailed"]) {
            let what = "the image";
            self.signal(&kind("image"), Cause::Config, what, why, Patience::None)
        } else if is(&["ErrImage", "ImagePull", "ImageInspectError", "RegistryUnavailable"]) {
            let patience = match image::is_lasting(message) {
                true => Patience::None,
                false => Patience::Times(self.pulls(container), graces.pulls, graces.registry),
            };
            self.signal(&kind("image"), Cause::Registry, "the image", why, patience)
        } else if is(&["CreateContainerConfigError"]) {
            let patience = Patience::For(graces.config);
            self.signal(&kind("config"), Cause::Config, "its configuration", why, patience)
        } else if is(&["CreateContainerError", "RunContainerError", "PreStartHookError"]) {
            let times = self.failures().max(container.restart_count);
            let patience = Patience::Times(times, 2, graces.mount);
            self.signal(&kind("start"), Cause::Config, "the container", why, patience)
        } else if is(&["CrashLoopBackOff", "PostStartHookError"]) {
            return Some(self.crashing(container, why));
        } else {
            // Not guessed: it is told as it is, and the deadline ends it.
            self.signal(&kind(reason), Cause::Unknown, "the container", why, Patience::Endless)
        };
        Some(signal.of(container, None))
    }

    /// A container that was started again. A Job's controller counts and decides; a Deployment's never does.
    fn crashing(&self, container: &ContainerStatus, why: (&str, &str)) -> Signal {
        let ended = container.last_state.terminated.as_ref();
        let end = ended.map(|ended| attempt::of_container(self.pod, container, ended));
        let graces = self.graces;
        let blocks = self.is_served || (self.pod.is_sidecar(&container.name) && !self.has_begun());
        let patience = match &end {
            Some(end) if end.is_lasting && blocks => Patience::None,
            _ if blocks => {
                Patience::Times(container.restart_count, graces.restarts, graces.application)
            }
            _ => Patience::Endless,
        };
        let (cause, message) = match &end {
            Some(end) => (end.cause, format!("{}; {}", why.1, end.message)),
            None => (Cause::Application, why.1.to_owned()),
        };
        let kind = format!("{} crash", container.name);
        let signal = self.signal(&kind, cause, "the container", (why.0, &message), patience);
        signal.of(container, ended.map(|ended| ended.exit_code))
    }

    /// Whether a container that does the work has run.
    fn has_begun(&self) -> bool {
        let statuses = &self.pod.status.container_statuses;
        statuses.iter().any(|it| it.state.running.is_some() || it.state.terminated.is_some())
    }

    fn is_being_created(&self) -> bool {
        let status = &self.pod.status;
        let mut all = status.init_container_statuses.iter().chain(&status.container_statuses);
        let is_created = |it: &ContainerStatus| {
            let waiting = it.state.waiting.as_ref();
            waiting.is_some_and(|waiting| waiting.reason == "ContainerCreating")
        };
        let is_scheduled = Condition::holding(&status.conditions, "PodScheduled").is_some();
        let has_none =
            status.container_statuses.is_empty() && status.init_container_statuses.is_empty();
        all.any(is_created)
            || (status.init_container_statuses.iter().any(|it| {
                it.state.waiting.as_ref().is_some_and(|it| it.reason == "PodInitializing")
            }))
            || (has_none && is_scheduled)
    }

    /// What keeps the node from making the pod: only events say, the state stays `ContainerCreating`.
    fn creation(&self) -> Vec<Signal> {
        let graces = self.graces;
        let later = |event: &&Event| {
            matches!(event.reason.as_str(), "Pulling" | "Pulled" | "Created" | "Started")
        };
        // Who pulls the image has mounted everything.
        let done = self.own_events().filter(later).filter_map(Event::last).max();
        let lasting = self.own_events().filter(|event| done.is_none() || event.last() > done);
        lasting
            .filter_map(|event| {
                let (kind, cause, what, grace) = match event.reason.as_str() {
                    "FailedMount" => ("mount", Cause::Config, "its volumes", graces.mount),
                    "FailedAttachVolume" | "FailedMapVolume" => {
                        ("attach", Cause::Infrastructure, "its volumes", graces.infrastructure)
                    }
                    "FailedCreatePodSandBox" | "NetworkNotReady" => {
                        ("sandbox", Cause::Infrastructure, "its sandbox", graces.infrastructure)
                    }
                    _ => return None,
                };
                let why = (event.reason.as_str(), event.message.as_str());
                Some(self.signal(kind, cause, what, why, Patience::For(grace)))
            })
            .collect()
    }

    fn own_events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.is_about("Pod", &self.pod.metadata))
    }

    /// How often the image of a container was pulled.
    fn pulls(&self, container: &ContainerStatus) -> u32 {
        let image = format!("\"{}\"", container.image);
        let pulls = self.own_events().filter(|event| {
            event.reason == "Pulling"
                && (container.image.is_empty() || event.message.contains(&image))
        });
        pulls.map(Event::times).fold(0, u32::saturating_add)
    }

    /// How often a container of the pod was not created or started.
    fn failures(&self) -> u32 {
        let failed = self.own_events().filter(|event| {
            event.reason == "Failed" && !event.message.to_ascii_lowercase().contains("image")
        });
        failed.map(Event::times).fold(0, u32::saturating_add)
    }
}

impl Signal {
    fn of(mut self, container: &ContainerStatus, exit_code: Option<i32>) -> Self {
        self.part.container.clone_from(&container.name);
        self.part.exit_code = exit_code;
        self
    }
}
