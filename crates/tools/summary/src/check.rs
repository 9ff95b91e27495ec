//! Writes the report as a check with annotations.

use crate::compose::Composed;
use crate::page::Pages;
use robot_github::{Annotation, CheckRun, Error, GitHub};
use robot_model::{Finding, Level, Verdict};
use std::collections::HashSet;

/// Largest number of annotations of one check.
const ANNOTATIONS: usize = 500;
/// Largest summary of a check in bytes.
const SUMMARY: usize = 60_000;

/// The report as a check.
pub(crate) struct Check<'a> {
    pub(crate) pages: &'a Pages<'a>,
    pub(crate) commit: &'a str,
}

impl Check<'_> {
    /// Writes it, with a new check for each attempt of a run: GitHub shows the newest, and annotations of an existing check can
    /// only be added, not removed.
    pub(crate) async fn write(&self, github: &GitHub) -> Result<u64, Error> {
        let Pages { input, composed: Composed { verdict, report, .. }, run, .. } = self.pages;
        let (title, key) = (&input.title, &input.key);
        let (run, attempt) = (run.run_id.unwrap_or(0), run.attempt.unwrap_or(1));
        let mut known = HashSet::new();
        // Findings that the run and a step both contain are shown once.
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
        // GitHub accepts 255 characters of a title and 64 KB of a message.
        title: finding.title.chars().take(255).collect(),
        message: message.chars().take(16_000).collect(),
    })
}
