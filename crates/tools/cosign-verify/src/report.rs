//! What was decided, in words.

use crate::{Cause, Output};
use jiff::Timestamp;
use robot_contract::{Failure, Outcome};
use robot_model::{Block, Finding, Level, Report, Table, Verdict};
use robot_render::counted;
use robot_sigstore::{Claim, Judgement, Rejection, Verified, Verifier};

/// Rejected signatures that are shown.
const SHOWN: usize = 20;

/// The outcome of judged signatures of `artifact`.
pub(crate) fn outcome(
    artifact: &str,
    judgement: &Judgement,
    verifier: &Verifier,
    now: Timestamp,
    trouble: Option<Failure>,
) -> Outcome<Output, Cause> {
    // Trouble elsewhere does not matter where a signature counts.
    let trouble = trouble.filter(|_| judgement.verified.is_none());
    let mut report = Report::new(match &trouble {
        Some(failure) => failure.record().message.clone(),
        None => headline(artifact, judgement),
    });
    let reasons: Vec<(Verdict, Cause)> = match (&judgement.verified, &trouble) {
        (Some(_), _) => Vec::new(),
        (None, Some(_)) => vec![(Verdict::Inconclusive, Cause::RegistryError)],
        (None, None) if judgement.rejected.is_empty() => vec![(Verdict::Fail, Cause::Unsigned)],
        (None, None) => judgement.rejected.iter().map(|(_, why)| Cause::of(why.reason)).collect(),
    };
    if let Some((found, verified)) = &judgement.verified {
        report.push(Block::Table(claims(found, verified)));
    } else {
        let findings = judgement.rejected.iter().take(SHOWN).map(finding);
        report.push(Block::findings("Rejected signatures", findings));
    }
    report.push(Block::Table(near_misses(judgement)));
    report.push(Block::text(roots(verifier, now)));
    if judgement.unseen > 0 {
        let what = counted(judgement.unseen, "signature");
        report.push(Block::text(format!("{what} more were not checked.")));
    }
    let mut outcome = Outcome::decided(reasons, Output::of(judgement), report);
    outcome.failure = trouble;
    outcome
}

fn headline(artifact: &str, judgement: &Judgement) -> String {
    match (&judgement.verified, judgement.rejected.as_slice()) {
        (Some((_, verified)), _) => format!("{artifact} is signed by {}", signer(verified)),
        (None, []) => format!("{artifact} is not signed"),
        (None, [(_, only)]) => format!("{artifact}: {}", only.detail),
        (None, several) => {
            format!("{artifact}: none of {} is accepted", counted(several.len(), "signature"))
        }
    }
}

fn signer(verified: &Verified) -> String {
    let subject = verified.claims.as_ref().and_then(|claims| claims.get(Claim::Subject));
    match (subject, &verified.key) {
        (Some(subject), _) => subject.to_owned(),
        (None, Some(key)) => format!("key {}", key.get(..16).unwrap_or(key)),
        (None, None) => "nobody".to_owned(),
    }
}

fn claims(found: &str, verified: &Verified) -> Table {
    let mut table = Table::new("Signer", ["claim", "value"]);
    table.row(["found in", found]);
    table.row(["digest", &verified.digest.to_string()]);
    for (claim, value) in verified.claims.iter().flat_map(|claims| claims.iter()) {
        table.row([claim.name(), value]);
    }
    if let Some(key) = &verified.key {
        table.row(["key (SHA-256)", key]);
    }
    if let Some(kind) = &verified.predicate_type {
        table.row(["predicate type", kind]);
    }
    if let Some(time) = verified.signed_at {
        table.row(["signed at", &time.to_string()]);
    }
    let log = if verified.is_logged { "proven" } else { "not proven" };
    table.row(["entry in a log", log]);
    if let Some(root) = &verified.root {
        table.row(["trusted root", root]);
    }
    table
}

/// Claims of sound signatures that are not as they should be.
fn near_misses(judgement: &Judgement) -> Table {
    let mut table =
        Table::new("Expected and actual claims", ["found in", "claim", "expected", "actual"]);
    for (found, rejection) in judgement.rejected.iter().take(SHOWN) {
        for mismatch in &rejection.mismatches {
            let actual = mismatch.actual.as_deref().unwrap_or("–");
            table.row([found, &mismatch.claim, &mismatch.expected, actual]);
        }
    }
    table
}

fn finding((found, rejection): &(String, Rejection)) -> Finding {
    let (verdict, cause) = Cause::of(rejection.reason);
    let level = if verdict == Verdict::Fail { Level::Error } else { Level::Warning };
    let hint = rejection.hint.as_ref().map_or(String::new(), |hint| format!("hint: {hint}"));
    Finding::new(
        level,
        robot_contract::Cause::word(cause),
        format!("{found}: {}", rejection.detail),
    )
    .detail(hint)
}

/// How old the roots are.
fn roots(verifier: &Verifier, now: Timestamp) -> String {
    let lines = verifier.roots().iter().map(|root| match (root.as_of(), root.age_in_days(now)) {
        (Some(as_of), Some(days)) => {
            let date = as_of.to_string();
            let date = date.get(..10).unwrap_or_default();
            format!(
                "Trusted root {}: as of {date}, {} ago.",
                root.name(),
                counted(days as usize, "day")
            )
        }
        _ => format!("Trusted root {}: of unknown age.", root.name()),
    });
    lines.collect::<Vec<_>>().join("\n")
}
