//! Keeps results within [`RESULT_LIMIT`], the largest size that readers accept. A result that was cut says so.

use robot_model::{Block, RESULT_LIMIT, Report, ResultDocument};
use robot_render::counted;

/// Limits for a finding's detail in bytes, tried in order until the result fits.
const DETAILS: [usize; 3] = [4096, 1024, 256];
/// Limits for findings and rows of a block, tried in order. The first entries matter most.
const ENTRIES: [usize; 4] = [10_000, 1_000, 100, 10];

/// The document as JSON within the limit.
///
/// # Errors
/// It cannot be written as JSON.
pub(crate) fn to_json(document: &ResultDocument) -> serde_json::Result<Vec<u8>> {
    let fits = |json: &Vec<u8>| json.len() as u64 <= RESULT_LIMIT;
    let whole = serde_json::to_vec_pretty(document)?;
    if fits(&whole) {
        return Ok(whole);
    }
    let mut cut = document.clone();
    if let count @ 1.. = close_sections(&mut cut.report) {
        let json =
            with_note(&cut, &format!("the details of {} are left out", counted(count, "section")))?;
        if fits(&json) {
            return Ok(json);
        }
    }
    for bytes in DETAILS {
        let count = cut_details(&mut cut.report, bytes);
        let json = with_note(&cut, &format!("{} cut short", counted(count, "detail")))?;
        if fits(&json) {
            return Ok(json);
        }
    }
    for entries in ENTRIES {
        cut_entries(&mut cut.report, entries);
        let json =
            with_note(&cut, &format!("only the first {entries} entries of each list are kept"))?;
        if fits(&json) {
            return Ok(json);
        }
    }
    cut.report = Report::new(cut.report.headline.chars().take(1000).collect::<String>());
    with_note(&cut, "only the headline is kept")
}

fn with_note(document: &ResultDocument, what: &str) -> serde_json::Result<Vec<u8>> {
    let mut noted = document.clone();
    noted.report.push(Block::text(format!(
        "the result was larger than {} MiB: {what}; the step's log has the full text",
        RESULT_LIMIT >> 20
    )));
    serde_json::to_vec_pretty(&noted)
}

/// Keeps only the headlines of sections, because their own results have the rest. Returns their number.
fn close_sections(report: &mut Report) -> usize {
    let mut count = 0;
    for block in &mut report.blocks {
        if let Block::Section(section) = block {
            section.report.blocks.clear();
            count += 1;
        }
    }
    count
}

/// Shortens longer details. Returns their number.
fn cut_details(report: &mut Report, bytes: usize) -> usize {
    let mut count = 0;
    let mut shorten = |text: &mut String, bytes: usize| {
        if text.len() > bytes {
            text.truncate(text.floor_char_boundary(bytes));
            text.push_str(" … cut");
            count += 1;
        }
    };
    report.change(&mut |block| match block {
        Block::Findings { findings, .. } => {
            findings.iter_mut().for_each(|finding| shorten(&mut finding.detail, bytes));
        }
        Block::Text { text } => shorten(text, bytes * 16),
        _ => {}
    });
    count
}

fn cut_entries(report: &mut Report, entries: usize) {
    report.change(&mut |block| match block {
        Block::Findings { findings, .. } => findings.truncate(entries),
        Block::Table(table) => {
            let more = table.rows.len().saturating_sub(entries);
            table.rows.truncate(entries);
            table.omitted += more as u64;
        }
        Block::Chart(chart) => chart.points.truncate(entries),
        Block::Timeline(timeline) => timeline.bars.truncate(entries),
        Block::Series(series) => {
            series.lines.truncate(entries);
            series.lines.iter_mut().for_each(|line| line.points.truncate(entries));
        }
        Block::Text { .. } | Block::Section(_) | Block::Unknown => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::{ExitStatus, Finding, REPORT_SCHEMA, RunIdentity, Section, Verdict};

    fn document(findings: usize, detail: usize) -> ResultDocument {
        let finding = |number: usize| {
            Finding::error("fail", format!("test {number}")).detail("é".repeat(detail / 2))
        };
        let mut report = Report::new("failed");
        report.push(Block::findings("Failed", (0..findings).map(finding)));
        ResultDocument {
            schema: REPORT_SCHEMA.to_owned(),
            tool: "go-test".to_owned(),
            verb: None,
            version: String::new(),
            run: RunIdentity::default(),
            verdict: Verdict::Fail,
            cause: None,
            exit_code: ExitStatus::GateFailed.code(),
            failure: None,
            outputs: serde_json::Value::Null,
            report,
            metrics: Vec::new(),
            phases: Vec::new(),
            input_digest: String::new(),
        }
    }

    #[test]
    fn what_is_written_can_be_read_and_names_the_first_failure() {
        for (findings, detail) in [(1, 100), (1500, 6000), (200_000, 100), (3, 5 << 20)] {
            let json = to_json(&document(findings, detail)).unwrap();
            assert!(json.len() as u64 <= RESULT_LIMIT, "{findings} × {detail}: {}", json.len());
            let read: ResultDocument = serde_json::from_slice(&json).unwrap();
            assert_eq!(read.report.findings().next().unwrap().title, "test 0");
            let is_told = format!("{:?}", read.report.blocks.last()).contains("larger than");
            assert_eq!(is_told, findings * detail > 1 << 20, "{findings} × {detail}");
        }
    }
    #[test]
    fn sections_lose_their_details_before_the_report_loses_its_own() {
        let mut whole = document(3, 100);
        let section = |number: usize| {
            let report = document(100, 10_000).report;
            Block::Section(Section { title: format!("{number}"), verdict: Verdict::Fail, report })
        };
        whole.report.blocks.extend((0..20).map(section));
        let read: ResultDocument = serde_json::from_slice(&to_json(&whole).unwrap()).unwrap();
        assert_eq!(read.report.findings().count(), 3);
        let is_section = |block: &&Block| matches!(block, Block::Section(_));
        assert_eq!(read.report.blocks.iter().filter(is_section).count(), 20);
    }
}
