use crate::input::{ResolvedLayer, Service, duration};
use robot_contract::{Context, Failure};
use robot_process::{Background, Command};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(25);
const GRACE: Duration = Duration::from_secs(5);

/// The running services of a layer; dropping them kills what still runs.
pub(crate) struct Services(Vec<Background>);

impl Services {
    /// Starts all, in order, each ready before the next.
    pub(crate) fn start(
        layer: &ResolvedLayer,
        context: &Context,
        logs: &Path,
    ) -> Result<Self, Failure> {
        let mut started = Self(Vec::new());
        for service in &layer.services {
            let log = logs.join(format!("{}-{}.log", layer.name, service.name));
            started.0.push(start(service, layer, context, &log)?);
        }
        Ok(started)
    }

    /// Stops all, last started first.
    pub(crate) fn stop(mut self) {
        while let Some(mut service) = self.0.pop() {
            service.stop(GRACE);
        }
    }
}

fn start(
    service: &Service,
    layer: &ResolvedLayer,
    context: &Context,
    log: &PathBuf,
) -> Result<Background, Failure> {
    let variables = layer.env.iter().chain(service.env.iter().flatten());
    let command = variables
        .fold(context.untrusted(Command::shell(&service.command)), |command, (name, value)| {
            command.env(name, value)
        });
    // A log of an earlier run would be taken for this one's.
    let _ = fs_err::remove_file(log);
    let what = format!("service `{}` of layer `{}`", service.name, layer.name);
    let mut running = command
        .spawn_to(log)
        .map_err(|error| Failure::external(format!("{what} did not start")).caused_by(&error))?;
    let limit = service.timeout.as_deref().and_then(duration).unwrap_or(Duration::from_secs(60));
    let deadline = Instant::now() + limit;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .proxy(None)
        .build()
        .into();
    let not_ready = |reason: &str| {
        let text = fs_err::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(10)..].join("\n    ");
        let last = if last.is_empty() { "it printed nothing".to_owned() } else { last };
        Failure::external(format!("{what} {reason}"))
            .hint(format!("its log, {}, ends with:\n    {last}", log.display()))
    };
    loop {
        if agent.get(&service.ready).call().is_ok() {
            return Ok(running);
        }
        if let Ok(Some(code)) = running.ended() {
            let code = code.map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"));
            return Err(not_ready(&format!("ended with {code} before it was ready")));
        }
        if context.cancellation.is_cancelled() {
            return Err(Failure::interrupted(format!("interrupted while {what} was starting")));
        }
        if Instant::now() > deadline {
            return Err(not_ready(&format!(
                "did not answer at {} within {} s",
                service.ready,
                limit.as_secs()
            )));
        }
        thread::sleep(POLL);
    }
}
