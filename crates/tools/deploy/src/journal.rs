//! The structured log of a deployment: one JSON object a line.

use crate::plan::Plan;
use robot_contract::{Context, Failure, ResultExt};
use serde::Serialize;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// A line.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    time: String,
    level: &'a str,
    event: &'a str,
    message: &'a str,
    trace_id: &'a str,
    application: &'a str,
    environment: &'a str,
    /// From 0: how often it was tried before.
    retry_attempt: u32,
    /// Time that the target took for what it was asked last; absent where nothing was asked.
    upstream_latency_ms: Option<u64>,
    error_code: Option<&'a str>,
}

/// Writes the log.
pub(crate) struct Journal {
    file: File,
    trace: String,
    application: String,
    environment: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Happened<'a> {
    pub(crate) event: &'a str,
    pub(crate) message: &'a str,
    pub(crate) attempt: u32,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) error: Option<&'a str>,
}

impl Journal {
    /// Begins a log in a folder.
    pub(crate) fn new(folder: &Path, plan: &Plan) -> Result<Self, Failure> {
        let path = folder.join("deploy.jsonl");
        let unwritable = || format!("{}: the log cannot be written", path.display());
        fs_err::create_dir_all(folder).or_external(unwritable)?;
        let file = File::create(&path).or_external(unwritable)?;
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            Failure::external("the operating system gave no random bytes").caused_by(&error)
        })?;
        Ok(Self {
            file,
            trace: data_encoding::HEXLOWER.encode(&bytes),
            application: plan.application.clone(),
            environment: plan.environment.clone(),
        })
    }

    /// Writes a line. A log that cannot be written any more fails no deployment.
    pub(crate) fn write(&mut self, happened: Happened<'_>, context: &Context) {
        let entry = Entry {
            time: context.clock.now().to_string(),
            level: if happened.error.is_some() { "error" } else { "info" },
            event: happened.event,
            message: happened.message,
            trace_id: &self.trace,
            application: &self.application,
            environment: &self.environment,
            retry_attempt: happened.attempt.saturating_sub(1),
            upstream_latency_ms: happened.latency_ms,
            error_code: happened.error,
        };
        if let Ok(line) = serde_json::to_string(&entry) {
            let _ = self.file.write_all(format!("{line}\n").as_bytes());
        }
    }
}
