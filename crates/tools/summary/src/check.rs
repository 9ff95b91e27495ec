use crate::compose::Composed;
use crate::input::Input;
use robot_github::{Annotation, CheckRun, Error, GitHub};
use robot_model::{Finding, Level, Verdict};

/// Annotations of one check; more is not read by anyone.
const ANNOTATIONS: usize = 500;
/// Bytes of a check's summary.
const SUMMARY: usize = 60_000;

/// Writes the report as a check of `commit`.
pub(crate) fn write(
    input: &Input,
    composed: &Composed,
    commit: &str,
    github: &GitHub,
) -> Result<u64, Error> {
    let title = input.title.as_deref().unwrap_or_default();
    let report = &composed.report;
    let summary = robot_render::markdown(report, title, composed.verdict, SUMMARY);
    let findings = report.findings().filter_map(annotation).take(ANNOTATIONS);
    github.write_check(&CheckRun {
        name: title,
        head_sha: commit,
        conclusion: match composed.verdict {
            Verdict::Pass | Verdict::Warn => "success",
            Verdict::Skipped => "neutral",
            Verdict::Inconclusive | Verdict::Fail => "failure",
        },
        external_id: &format!("robot-actions:{}", input.key.as_deref().unwrap_or_default()),
        title: &report.headline,
        summary: &summary,
        annotations: &findings.collect::<Vec<_>>(),
    })
}

fn annotation(finding: &Finding) -> Option<Annotation> {
    let location = finding.location.as_ref()?;
    let line = location.line.unwrap_or(1).max(1);
    let message = if finding.detail.is_empty() { &finding.title } else { &finding.detail };
    Some(Annotation {
        path: location.path.clone(),
        start_line: line,
        end_line: line,
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
