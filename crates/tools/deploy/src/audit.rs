//! The audit trail: one line for each deployment, chained by hashes.

use crate::plan::Plan;
use crate::state::revision;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use robot_contract::{Context, Failure, ResultExt};
use robot_model::{EVENT_SCHEMA, EnvironmentState, Event, EventId, Verdict, Workload};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Bytes of the end of the trail that are read.
const TAIL: u64 = 64 << 10;

/// Appends a line; the hash that the state keeps, and what is wrong with the trail.
///
/// # Errors
/// The trail cannot be written.
pub(crate) fn append(
    path: &Path,
    plan: &Plan,
    workload: &Workload,
    before: &EnvironmentState,
    (verdict, cause): (Verdict, Option<&str>),
    context: &Context,
) -> Result<(String, Option<String>), Failure> {
    let unwritable = || format!("{}: the audit trail cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).or_external(unwritable)?;
    }
    let last = last(path).or_external(unwritable)?;
    let (head, note) = head(last.as_deref(), before.audit_head.as_deref());
    let environment = &context.environment;
    let run = &context.run.identity;
    let event = Event {
        schema: EVENT_SCHEMA.to_owned(),
        id: id(context.clock.now())?,
        time: context.clock.now().to_string(),
        actor: environment
            .get("GITHUB_ACTOR")
            .or(environment.get("USER"))
            .unwrap_or("?")
            .to_owned(),
        triggered_by: match run.run_id {
            Some(id) => format!("run {id} attempt {}", run.attempt.unwrap_or(1)),
            None => "a command line".to_owned(),
        },
        environment: plan.environment.clone(),
        subject: workload.object(),
        from_revision: before.history.first().map(|deployed| deployed.revision.clone()),
        to_revision: Some(revision(plan)),
        verdict,
        cause: cause.map(str::to_owned),
        prev_hash: head,
    };
    let line = event.canonical().or_external(unwritable)?;
    let mut file = File::options().append(true).create(true).open(path).or_external(unwritable)?;
    // A line that was cut by a crash must not swallow this one.
    let start = if last.as_deref().is_some_and(|last| last.is_cut) { "\n" } else { "" };
    file.write_all(format!("{start}{line}\n").as_bytes()).or_external(unwritable)?;
    file.sync_all().or_external(unwritable)?;
    Ok((hash(&line), note))
}

/// The last line of a trail.
struct Last {
    text: String,
    /// It has no end: whoever wrote it was killed.
    is_cut: bool,
}

fn last(path: &Path) -> std::io::Result<Option<Box<Last>>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let is_cut = !text.is_empty() && !text.ends_with('\n');
    let last = text.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default().to_owned();
    Ok((!last.is_empty()).then(|| Box::new(Last { text: last, is_cut })))
}

/// What the next line's `prev_hash` is, and what does not fit.
fn head(last: Option<&Last>, known: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(last) = last else {
        let note = known.map(|_| "the audit trail is gone; a new one begins".to_owned());
        return (known.map(str::to_owned), note);
    };
    let own = hash(&last.text);
    if known == Some(own.as_str()) {
        return (Some(own), None);
    }
    let event: Option<Event> = serde_json::from_str(&last.text).ok();
    let follows = event.as_ref().is_some_and(|event| event.prev_hash.as_deref() == known);
    match follows {
        // Whoever wrote it was killed before it could say so.
        true => (
            Some(own),
            Some("the last deployment wrote its audit record and was interrupted".to_owned()),
        ),
        false => (
            Some(own),
            Some(
                "the audit trail's last line is not the one that the environment knows".to_owned(),
            ),
        ),
    }
}

fn hash(line: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(line))
}

fn id(now: Timestamp) -> Result<EventId, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::external("the operating system gave no random bytes").caused_by(&error)
    })?;
    // RFC 3339, UTC: `2026-01-31T…`.
    let text = now.to_string();
    let mut parts = text.get(..10).unwrap_or_default().split('-');
    let mut number = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or_default();
    let (year, month, day) = (number(), number(), number());
    let byte = |value: u16| u8::try_from(value).unwrap_or_default();
    Ok(EventId::new(year, byte(month), byte(day), u32::from_be_bytes(bytes)))
}
