//! The report of a run: what needs a look, the steps and their times, then each step's own report.

use super::Record;
use robot_contract::Context;
use robot_model::{
    Block, FailureRecord, Finding, Level, Report, Table, Timeline, TimelineBar, Verdict,
};
use robot_render::counted;
use std::path::Path;

/// Bytes of a failed step's log that its finding is made of, from its end.
const FINDING_LOG: u64 = 64 * 1024;
/// Characters of each line.
const LINE_LENGTH: usize = 1000;

/// The worst step decides, and is named.
pub(crate) fn verdict(records: &[Record]) -> (Verdict, Option<String>) {
    let verdict = Verdict::of_all(records.iter().map(|record| record.ended.verdict));
    let worst = records.iter().find(|record| record.ended.verdict == verdict);
    let cause = worst.filter(|_| verdict != Verdict::Pass).map(|record| record.name.clone());
    (verdict, cause)
}

/// One report for the run: findings of all steps, then the steps, then their timeline.
pub(crate) fn write(records: &[Record]) -> Report {
    let of = |wanted: fn(Verdict) -> bool| {
        records.iter().filter(|record| wanted(record.ended.verdict)).count()
    };
    let wall = records.iter().map(|record| record.end).fold(0.0, f64::max);
    let not_green = of(|verdict| !verdict.is_green());
    let mut report = Report::new(match not_green {
        0 => format!("{} in {wall:.1} s", counted(records.len(), "step")),
        failed => {
            format!("{failed} of {} did not pass, {wall:.1} s", counted(records.len(), "step"))
        }
    });
    let findings = records.iter().flat_map(findings).collect();
    report.push(Block::Findings { title: "What needs a look".to_owned(), findings });
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

/// The pull request changes what it is judged by; empty without such files, as the two below.
pub(crate) fn changes_rules(paths: &[String]) -> Block {
    let finding = |path: &String| Finding {
        level: Level::Warning,
        rule: "rules-changed".to_owned(),
        title: format!("this pull request changes {path}"),
        detail: "settings, thresholds and workflows decide what a run demands: \
                 look at this change before you trust the verdict"
            .to_owned(),
        location: None,
    };
    let findings = paths.iter().take(20).map(finding).collect();
    Block::Findings { title: "The rules of this run".to_owned(), findings }
}

/// Code of the repository changed what the gates compare with.
pub(crate) fn changed_meanwhile(files: &[&Path], context: &Context) -> Block {
    let shown =
        |path: &&Path| path.strip_prefix(&context.directory).unwrap_or(path).display().to_string();
    let mut named: Vec<String> = files.iter().take(10).map(shown).collect();
    if let more @ 1.. = files.len().saturating_sub(10) {
        named.push(format!("and {more} more"));
    }
    let finding = Finding {
        level: Level::Error,
        rule: "files-changed".to_owned(),
        title: "files changed while code of the repository ran".to_owned(),
        detail: format!(
            "what was built, tested and measured is not known to be the same:\n{}\nhint: let tests write into t.TempDir()",
            named.join("\n")
        ),
        location: None,
    };
    let findings = if files.is_empty() { Vec::new() } else { vec![finding] };
    Block::Findings { title: "Sources".to_owned(), findings }
}

/// A step wrote into files by which only the pipeline speaks to the runner.
pub(crate) fn written_by_others(variables: &[&str]) -> Block {
    let finding = Finding {
        level: Level::Error,
        rule: "runner-files-changed".to_owned(),
        title: format!("a step changed the runner's files: {}", variables.join(", ")),
        detail: "code of the repository has written outputs, variables or paths of this job; \
                 what later steps read from them is not to be trusted"
            .to_owned(),
        location: None,
    };
    let findings = if variables.is_empty() { Vec::new() } else { vec![finding] };
    Block::Findings { title: "Runner".to_owned(), findings }
}

/// The run's own report, then each tool's.
pub(crate) fn sections<'a>(
    verdict: Verdict,
    report: &'a Report,
    records: &'a [Record],
) -> Vec<(&'a str, Verdict, &'a Report)> {
    let of_tools = records.iter().filter_map(|record| {
        let document = record.ended.document.as_ref()?;
        Some((record.name.as_str(), document.verdict, &document.report))
    });
    std::iter::once(("all steps", verdict, report)).chain(of_tools).collect()
}

/// A tool's findings, and why it broke off, if it did; for what left no result, the end of its log.
fn findings(record: &Record) -> Vec<Finding> {
    if let Some(document) = &record.ended.document {
        let broke_off = document.failure.as_ref().map(|failure| broke_off(&record.name, failure));
        return document.report.findings().cloned().chain(broke_off).collect();
    }
    if record.ended.verdict.is_green() {
        return Vec::new();
    }
    let log = super::progress::tail(&record.ended.log, FINDING_LOG).unwrap_or_default();
    let lines: Vec<String> =
        log.lines().map(|line| line.chars().take(LINE_LENGTH).collect()).collect();
    vec![Finding {
        level: Level::Error,
        rule: "step-failed".to_owned(),
        title: format!("{}: {}", record.name, record.ended.cause),
        detail: lines[lines.len().saturating_sub(30)..].join("\n"),
        location: None,
    }]
}

fn broke_off(step: &str, failure: &FailureRecord) -> Finding {
    let causes = failure.causes.iter().map(|cause| format!("caused by: {cause}"));
    let hints = failure.hints.iter().map(|hint| format!("hint: {hint}"));
    Finding {
        level: Level::Error,
        rule: "broke-off".to_owned(),
        title: format!("{step}: {}", failure.message),
        detail: causes.chain(hints).collect::<Vec<_>>().join("\n"),
        location: None,
    }
}
