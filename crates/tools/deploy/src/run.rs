//! Running the workload until the engine has decided.

use crate::input::Input;
use crate::journal::{Happened, Journal};
use crate::log::Log;
use crate::state::{Environment, LEASE};
use crate::target::Target;
use jiff::Timestamp;
use robot_contract::{Context, Failure, Live};
use robot_kubernetes::verdict::{Answer, Cause, Engine, Failed, Part};
use std::time::Duration;

/// Between two lines that say what is waited for.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The longest wait for something new: so long may a cancelled run go unnoticed.
const LONGEST: Duration = Duration::from_millis(500);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) answer: Answer,
    /// It was stopped because the run was cancelled.
    pub(crate) is_cancelled: bool,
    /// From the state that decided to the verdict.
    pub(crate) latency: Duration,
}

/// What a run writes to.
pub(crate) struct Sinks<'a> {
    pub(crate) live: &'a Live,
    pub(crate) log: &'a mut Log,
    pub(crate) journal: &'a mut Journal,
}

/// Runs until the engine has decided; what still runs then is stopped, and all lines are written before
/// the verdict.
pub(crate) fn run(
    target: &mut dyn Target,
    input: &Input,
    environment: &Environment,
    sinks: &mut Sinks<'_>,
    context: &Context,
) -> Result<Ended, Failure> {
    let began = context.clock.now();
    let deadline = later(began, Duration::from_secs(u64::from(input.timeout)));
    let mut engine = Engine::new(input.graces(), target.uid(), Some(deadline));
    let mut told = Told { line: String::new(), at: Duration::ZERO };
    let mut renewed = context.clock.elapsed();
    loop {
        let now = context.clock.now();
        let looked = context.clock.elapsed();
        let answer = engine.assess(&target.seen(), now);
        let Answer::Waiting(waiting) = &answer else {
            let is_running = matches!(&answer, Answer::Failed(failed) if failed.is_running);
            if is_running {
                stop(target, sinks);
            }
            let latency = context.clock.elapsed().saturating_sub(looked);
            return Ok(Ended { answer, is_cancelled: false, latency });
        };
        told.tell(&waiting.line(now), &waiting.what, sinks, target.attempts(), context);
        if context.cancellation.is_cancelled() {
            stop(target, sinks);
            return Ok(Ended { answer, is_cancelled: true, latency: Duration::ZERO });
        }
        if context.clock.elapsed().saturating_sub(renewed) > LEASE / 3 {
            renewed = context.clock.elapsed();
            if !environment.renew(now) {
                stop(target, sinks);
                return Ok(lost());
            }
        }
        let until = engine.ask_again(&answer).map_or(LONGEST, |until| left(until, now));
        let log = &mut *sinks.log;
        let live = sinks.live;
        target.next(until.min(LONGEST), &mut |line| live.line(&log.keep(line)))?;
    }
}

/// What is waited for, told when it changes and every ten seconds.
struct Told {
    line: String,
    at: Duration,
}

impl Told {
    fn tell(
        &mut self,
        line: &str,
        what: &str,
        sinks: &mut Sinks<'_>,
        attempt: u32,
        context: &Context,
    ) {
        let now = context.clock.elapsed();
        let is_due = now.saturating_sub(self.at) >= HEARTBEAT;
        if self.line == what && !is_due {
            return;
        }
        (self.line, self.at) = (what.to_owned(), now);
        let line = sinks.log.mask(line);
        sinks.live.line(&line);
        let happened =
            Happened { event: "waiting", message: &line, attempt, ..Happened::default() };
        sinks.journal.write(happened, context);
    }
}

fn stop(target: &mut dyn Target, sinks: &mut Sinks<'_>) {
    let (log, live) = (&mut *sinks.log, sinks.live);
    target.stop(&mut |line| live.line(&log.keep(line)));
}

fn lost() -> Ended {
    let failed = Failed {
        cause: Cause::Superseded,
        reason: "LockLost".to_owned(),
        message: "another deployment took the lock of the environment".to_owned(),
        part: Part::default(),
        is_running: false,
    };
    Ended { answer: Answer::Failed(failed), is_cancelled: false, latency: Duration::ZERO }
}

fn left(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
