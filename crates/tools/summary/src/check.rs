//! The report as a check with annotations.

use crate::compose::Composed;
use crate::page::Pages;
use robot_github::{Annotation, CheckRun, Error, GitHub};
use robot_model::{Finding, Level, Verdict};
use std::collections::HashSet;

/// Annotations of one check; more is not read by anyone.
const ANNOTATIONS: usize = 500;
/// Bytes of a check's summary.
const SUMMARY: usize = 60_000;

/// The report as a check.
pub(crate) struct Check<'a> {
    pub(crate) pages: &'a Pages<'a>,
    pub(crate) commit: &'a str,
}

impl Check<'_> {
    /// Writes it, for each attempt of a run a new one: GitHub shows the newest, and annotations can
    /// only be added to one that is there.
    pub(crate) async fn write(&self, github: &GitHub) -> Result<u64, Error> {
        let Pages { input, composed: Composed { verdict, report, .. }, run, .. } = self.pages;
        let (title, key) = (&input.title, &input.key);
        let (run, attempt) = (run.run_id.unwrap_or(0), run.attempt.unwrap_or(1));
        let mut known = HashSet::new();
        // What a run and its step both tell is told once.
        let findings = report.findings().filter(|finding| known.insert(*finding));
        let mut annotations: Vec<Annotation> = findings.filter_map(annotation).collect();
        let more = annotations.len().saturating_sub(ANNOTATIONS);
        annotations.truncate(ANNOTATIONS);
        let mut summary = self.pages.markdown("the rest is in the step's log", SUMMARY);
        if more > 0 {
            summary += &format!("\n*{more} more findings have no annotation.*\n");
        }
        github
            .write_check(&CheckRun {
                name: title,
                head_sha: self.commit,
                conclusion: match verdict {
                    Verdict::Pass | Verdict::Warn => "success",
                    Verdict::Skipped => "neutral",
                    Verdict::Inconclusive | Verdict::Fail => "failure",
                },
                external_id: &format!("robot-actions:{key}:{run}:{attempt}"),
                title: &report.headline.chars().take(255).collect::<String>(),
                summary: &summary,
                annotations: &annotations,
            })
            .await
    }
}

fn annotation(finding: &Finding) -> Option<Annotation> {
    let location = finding.location.as_ref()?;
    let line = location.line.unwrap_or(1).max(1);
    let message = if finding.detail.is_empty() { &finding.title } else { &finding.detail };
    Some(Annotation {
        path: location.path.to_string(),
        start_line: line,
        end_line: location.end_line.unwrap_or(line).max(line),
        annotation_level: match finding.level {
            Level::Error => "failure",
            Level::Warning => "warning",
            Level::Notice => "notice",
        },
        // GitHub takes 255 characters of a title and 64 KB of a message.
        title: finding.title.chars().take(255).collect(),
        message: message.chars().take(16_000).collect(),
    })
}
