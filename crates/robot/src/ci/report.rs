//! The report of a run: findings, the steps and their times, then each step's own report.

use super::Record;
use robot_contract::Context;
use robot_model::{Block, Finding, Report, Section, Table, Timeline, TimelineBar, Verdict};
use robot_render::counted;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;

/// Bytes from the end of a failed step's log that its finding contains.
const FINDING_LOG: u64 = 64 * 1024;
/// Largest number of characters of each line.
const LINE_LENGTH: usize = 1000;

/// The deciding step: the first one with the most severe verdict.
pub(crate) fn verdict(records: &[Record]) -> (Verdict, Option<String>) {
    let verdict = Verdict::of_all(records.iter().map(|record| record.ended.verdict));
    let worst = records.iter().find(|record| record.ended.verdict == verdict);
    let cause = worst.filter(|_| verdict != Verdict::Pass).map(|record| record.name.clone());
    (verdict, cause)
}

/// The report of the run: findings of all steps, then the steps, and their timeline.
pub(crate) fn write(records: &[Record]) -> Report {
    let wall = records.iter().map(|record| record.end).fold(0.0, f64::max);
    let is_bad = |record: &&Record| !record.ended.verdict.is_green();
    let bad: Vec<&str> = records.iter().filter(is_bad).map(|it| it.name.as_str()).collect();
    let steps = counted(records.len(), "step");
    let mut report = Report::new(match bad.as_slice() {
        [] => format!("{steps} in {wall:.1} s"),
        [one] => format!("{one} did not pass, 1 of {steps} in {wall:.1} s"),
        [one, other] => format!("{one} and {other} did not pass, 2 of {steps} in {wall:.1} s"),
        all => format!("{} of {steps} did not pass, {wall:.1} s", all.len()),
    });
    let documents = records.iter().filter_map(|record| record.ended.document.as_ref());
    report.figures = documents.flat_map(|document| document.report.figures.clone()).collect();
    report.push(Block::findings("What needs a look", records.iter().flat_map(findings)));
    let mut table = Table::new("Steps", ["step", "verdict", "why", ">wall (s)", ">CPU (s)"]);
    for record in records {
        let cpu = record.ended.finished.cpu;
        table.row([
            record.name.clone(),
            record.ended.verdict.to_string(),
            record.ended.cause.clone(),
            format!("{:.2}", record.end - record.start),
            cpu.map_or("n/a".to_owned(), |cpu| format!("{:.2}", cpu.as_secs_f64())),
        ]);
    }
    report.push(Block::Table(table));
    let bar = |record: &Record| TimelineBar {
        label: record.name.clone(),
        start: record.start,
        end: record.end,
        verdict: record.ended.verdict,
    };
    report.push(Block::Timeline(Timeline {
        title: "Timeline".to_owned(),
        bars: records.iter().map(bar).collect(),
    }));
    report
}

/// Each step's own report, with failures first and without the findings that are shown above.
pub(crate) fn sections(report: &mut Report, records: &[Record]) {
    let known: HashSet<Finding> = report.findings().cloned().collect();
    let mut records: Vec<&Record> = records.iter().collect();
    records.sort_by_key(|record| Reverse(record.ended.verdict));
    for Record { name, ended, .. } in records {
        let mut own = match (&ended.document, ended.cause.as_str()) {
            (Some(document), _) => document.report.clone(),
            (None, "") => Report::new(ended.verdict.word()),
            (None, cause) => Report::new(cause),
        };
        own.change_findings(&mut |finding| !known.contains(finding));
        let (title, verdict) = (name.clone(), ended.verdict);
        report.push(Block::Section(Section { title, verdict, report: own }));
    }
}

/// A block for changed rules of the pull request; empty without changes, as the next two.
pub(crate) fn changes_rules(paths: &[String]) -> Block {
    let finding = |path: &String| {
        Finding::warning("rules-changed", format!("this pull request changes {path}")).detail(
            "settings, thresholds and workflows define what a run checks: \
            review this change before you rely on the verdict",
        )
    };
    Block::findings("Changed rules of this run", paths.iter().take(20).map(finding))
}

/// A block for files that code of the repository changed and that the gates depend on.
pub(crate) fn changed_meanwhile(files: &[&Path], context: &Context) -> Block {
    let shown =
        |path: &&Path| path.strip_prefix(&context.directory).unwrap_or(path).display().to_string();
    let mut named: Vec<String> = files.iter().take(10).map(shown).collect();
    if let more @ 1.. = files.len().saturating_sub(10) {
        named.push(format!("and {more} more"));
    }
    let title = "files changed while code of the repository ran";
    let finding = Finding::error("files-changed", title).detail(format!(
        "the steps may have built, tested and measured different files:\n{}\nhint: make tests write to t.TempDir()",
        named.join("\n")
    ));
    Block::findings("Sources", (!files.is_empty()).then_some(finding))
}

/// A block for command files of the runner that a step changed.
pub(crate) fn written_by_others(variables: &[&str]) -> Block {
    let title = format!("a step changed the runner's files: {}", variables.join(", "));
    let finding = Finding::error("runner-files-changed", title).detail(
        "code of the repository wrote outputs, variables or paths of this job; \
        do not trust what later steps read from them",
    );
    Block::findings("Runner", (!variables.is_empty()).then_some(finding))
}

/// A tool's findings and its failure, if any; for a step without a result, the end of its log.
fn findings(record: &Record) -> Vec<Finding> {
    if let Some(document) = &record.ended.document {
        let broke_off = document.failure.as_ref().map(|failure| failure.finding(&record.name));
        return broke_off.into_iter().chain(document.report.findings().cloned()).collect();
    }
    if record.ended.verdict.is_green() {
        return Vec::new();
    }
    let log = super::progress::tail(&record.ended.log, FINDING_LOG).unwrap_or_default();
    let lines: Vec<String> =
        log.lines().map(|line| line.chars().take(LINE_LENGTH).collect()).collect();
    let title = format!("{}: {}", record.name, record.ended.cause);
    let detail = lines[lines.len().saturating_sub(30)..].join("\n");
    vec![Finding::error("step-failed", title).detail(detail)]
}
