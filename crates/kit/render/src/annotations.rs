//! Findings as annotations, within GitHub's limits.

use robot_model::{Finding, Level};

/// Number of annotations that GitHub keeps per type and step.
pub const ANNOTATION_LIMIT: usize = 10;

/// The findings to annotate: most severe first, at most [`ANNOTATION_LIMIT`] of each level. When
/// some are left out, the last one kept says how many.
pub fn annotations<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Finding> {
    let findings: Vec<&Finding> = findings.into_iter().collect();
    let mut kept = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let of_level = || findings.iter().filter(|finding| finding.level == level);
        let total = of_level().count();
        let first = if total > ANNOTATION_LIMIT { ANNOTATION_LIMIT - 1 } else { total };
        kept.extend(of_level().take(first).map(|&finding| finding.clone()));
        if let more @ 1.. = total - first {
            let detail = format!("the step's summary and log list {more} more");
            kept.push(Finding::new(level, "more", format!("{more} more")).detail(detail));
        }
    }
    kept
}
