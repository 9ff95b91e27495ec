//! Uploads the findings to code scanning. The gate has its verdict without it: a repository that has no
//! code scanning, and a token that may not write, are told and change nothing.

use crate::input::TOKEN;
use data_encoding::BASE64;
use flate2::{Compression, write::GzEncoder};
use robot_contract::Context;
use robot_github::{Error, ErrorKind, GitHub, SarifStatus};
use std::path::Path;
use std::time::Duration;

/// Time for all waits of one upload, and how long GitHub may take to process it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest document that GitHub takes, compressed, bytes.
const LARGEST: usize = 10 << 20;
/// Between two questions how far GitHub is.
const PAUSE: Duration = Duration::from_secs(2);

/// What became of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Uploaded {
    /// A sentence for the report.
    Told(String),
    /// What failed: it warns.
    Failed(String),
}

/// Uploads the document at `sarif`.
pub(crate) fn upload(sarif: &Path, context: &Context) -> Uploaded {
    let skipped = |why: &str| Uploaded::Told(format!("not uploaded to code scanning: {why}"));
    let Some(reference) = reference(context) else {
        return skipped("this is not a job of GitHub");
    };
    let Some(token) = context.secret(&TOKEN) else {
        return skipped("there is no token (input `token`)");
    };
    let encoded = match encoded(sarif) {
        Ok(encoded) => encoded,
        Err(why) => return Uploaded::Failed(format!("not uploaded to code scanning: {why}")),
    };
    let github = match GitHub::open(context, Some(token), PATIENCE) {
        Ok(github) => github,
        Err(failure) => {
            let why = &failure.record().message;
            return Uploaded::Failed(format!("not uploaded to code scanning: {why}"));
        }
    };
    let sent = robot_net::block_on(send(&github, context.commit(), &reference, &encoded, context));
    match sent.and_then(|sent| sent) {
        Ok(status) => processed(&status),
        Err(error) => refused(&error),
    }
}

async fn send(
    github: &GitHub,
    commit: &str,
    reference: &str,
    encoded: &str,
    context: &Context,
) -> Result<SarifStatus, Error> {
    let upload = github.upload_sarif(commit, reference, encoded).await?;
    let start = context.clock.elapsed();
    loop {
        let status = github.sarif_status(&upload).await?;
        let is_pending = status.processing_status.as_deref() == Some("pending");
        let is_late = context.clock.elapsed().saturating_sub(start) > PATIENCE;
        if !is_pending || is_late || robot_net::pause(PAUSE, &context.cancellation).await {
            return Ok(status);
        }
    }
}

fn processed(status: &SarifStatus) -> Uploaded {
    match status.processing_status.as_deref() {
        Some("failed") => {
            let errors = status.errors.iter().flatten().map(String::as_str);
            let errors = errors.collect::<Vec<_>>().join("; ");
            let errors = crate::reports::bounded(&errors, 600);
            Uploaded::Failed(format!("code scanning refused the findings: {errors}"))
        }
        Some("pending") => {
            Uploaded::Told("uploaded to code scanning, which is still processing it".to_owned())
        }
        _ => Uploaded::Told("uploaded to code scanning".to_owned()),
    }
}

/// GitHub answers 403 and 404 alike for a missing licence, for code scanning that is off, and for a token
/// that may not write, as that of a fork's pull request.
fn refused(error: &Error) -> Uploaded {
    match error.kind {
        ErrorKind::Forbidden | ErrorKind::NotFound => Uploaded::Told(format!(
            "not uploaded to code scanning: the repository has none (a private one needs a licence), or the token lacks `security-events: write` ({error})"
        )),
        _ => Uploaded::Failed(format!("not uploaded to code scanning: {error}")),
    }
}

/// The document as GitHub takes it.
fn encoded(sarif: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut file = std::fs::File::open(sarif).map_err(unreadable)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    std::io::copy(&mut file, &mut encoder).map_err(unreadable)?;
    let compressed = encoder.finish().map_err(unreadable)?;
    match compressed.len() > LARGEST {
        true => Err(format!(
            "it has {} MiB compressed; GitHub takes {}",
            compressed.len() >> 20,
            LARGEST >> 20
        )),
        false => Ok(BASE64.encode(&compressed)),
    }
}

/// The full name of what the commit is of: GitHub's own where the job has checked that out.
fn reference(context: &Context) -> Option<String> {
    let run = &context.run.identity;
    let reference = context.environment.get("GITHUB_REF")?.to_owned();
    let is_of_job = run.merge_sha.as_deref() == Some(context.commit());
    match run.pull_request {
        Some(number) if !is_of_job => Some(format!("refs/pull/{number}/head")),
        _ => Some(reference),
    }
}
