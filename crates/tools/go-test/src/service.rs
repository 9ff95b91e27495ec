//! Services of a layer of tests, which start before it and stop after it.

use crate::input::{ResolvedLayer, duration};
use crate::layer::Service;
use crate::toolchain;
use robot_contract::{Context, Failure, Seal};
use robot_process::{Background, Cancellation, Command};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(25);
/// Time limit of one response.
const ANSWER: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(5);
/// Time in which killed services of the previous layer release their ports.
const LEAVING: Duration = Duration::from_secs(1);

/// The running services of a layer. Dropping them kills those that still run.
#[derive(Default)]
pub(crate) struct Services(Vec<Running>);

struct Running {
    /// Its name in messages: `service `x` of layer `y``.
    what: String,
    child: Background,
    log: PathBuf,
    /// Its readiness URL.
    ready: String,
}

impl Services {
    /// Starts all in order; each must be ready before the next one starts.
    pub(crate) fn start(
        layer: &ResolvedLayer,
        context: &Context,
        logs: &Path,
    ) -> Result<Self, Failure> {
        let mut started = Self(Vec::new());
        for service in &layer.services {
            let log = logs.join(format!("{}-{}.log", layer.name, service.name));
            started.0.push(start(service, layer, context, log)?);
        }
        Ok(started)
    }

    /// The first service that has ended, and whether its exit code is 0.
    pub(crate) fn gone(&mut self, cancellation: &Cancellation) -> Option<(bool, Failure)> {
        self.0.iter_mut().find_map(|running| {
            // A service closes its sockets before its end is reported, which takes even longer through the seal.
            let deadline = Instant::now() + LEAVING;
            while running.child.is_running()
                && Instant::now() < deadline
                && !robot_net::answers(&running.ready, ANSWER, cancellation)
            {
                thread::sleep(POLL);
            }
            let code = running.child.ended().ok().flatten()?;
            let reason = format!("ended with {} while the tests ran", status(code));
            Some((code == Some(0), running.failure(&reason)))
        })
    }

    /// Stops all in reverse order.
    pub(crate) fn stop(mut self) {
        while let Some(mut service) = self.0.pop() {
            service.child.stop(GRACE);
        }
    }

    /// The processes, for a caller that stops them.
    pub(crate) fn into_children(self) -> impl Iterator<Item = Background> {
        self.0.into_iter().map(|running| running.child)
    }
}

impl Running {
    /// A failure with the end of its log.
    fn failure(&self, reason: &str) -> Failure {
        let text = fs_err::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(10)..].join("\n    ");
        let last = if last.is_empty() { "(empty)".to_owned() } else { last };
        Failure::external(format!("{} {reason}", self.what))
            .hint(format!("the last lines of its log, {}:\n    {last}", self.log.display()))
    }

    fn refuse_ended(&mut self) -> Result<(), Failure> {
        match self.child.ended() {
            Ok(Some(code)) => {
                Err(self.failure(&format!("ended with {} before it was ready", status(code))))
            }
            _ => Ok(()),
        }
    }
}

fn status(code: Option<i32>) -> String {
    code.map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"))
}

fn start(
    service: &Service,
    layer: &ResolvedLayer,
    context: &Context,
    log: PathBuf,
) -> Result<Running, Failure> {
    let what = format!("service `{}` of layer `{}`", service.name, layer.name);
    let answers = || robot_net::answers(&service.ready, ANSWER, &context.cancellation);
    // Otherwise the response of another program would count, and the tests would use that program.
    let deadline = Instant::now() + LEAVING;
    while answers() {
        if Instant::now() > deadline {
            return Err(Failure::external(format!(
                "{what} was not started: another program already responds at {}",
                service.ready
            ))
            .hint("stop that program, or use another port for the service"));
        }
        thread::sleep(POLL);
    }
    let command = context.sealed(Command::shell(&service.command), layer.isolate, &Seal::default());
    let command = service
        .env
        .iter()
        .flatten()
        .fold(toolchain::with_variables(command, layer, context), |command, (name, value)| {
            command.env(name, value)
        });
    // A log of an earlier run must not be mistaken for this one's.
    let _ = fs_err::remove_file(&log);
    let child = command
        .spawn_to(&log)
        .map_err(|error| Failure::external(format!("{what} did not start")).caused_by(&error))?;
    let ready = service.ready.clone();
    let mut running = Running { what, child, log, ready };
    let limit = service.timeout.as_deref().and_then(duration).unwrap_or(Duration::from_secs(60));
    let deadline = Instant::now() + limit;
    loop {
        running.refuse_ended()?;
        if answers() {
            // It may have ended meanwhile, and another program may have responded.
            running.refuse_ended()?;
            return Ok(running);
        }
        if context.cancellation.is_cancelled() {
            let what = &running.what;
            return Err(Failure::interrupted(format!("interrupted while {what} was starting")));
        }
        if Instant::now() > deadline {
            let seconds = limit.as_secs();
            let reason = format!("did not respond at {} within {seconds} s", service.ready);
            return Err(running.failure(&reason));
        }
        thread::sleep(POLL);
    }
}
