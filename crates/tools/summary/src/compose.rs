//! One report of all parts.

use crate::results::Part;
use robot_model::{Block, Finding, Level, Report, ResultDocument, Table, Verdict, counted};

/// Findings of one result that are repeated above its own part.
const FINDINGS: usize = 50;
/// Parts that the table shows.
const ROWS: usize = 100;

/// The report, and the parts behind it.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) verdict: Verdict,
    pub(crate) cause: Option<String>,
    pub(crate) report: Report,
    /// Title and result, failures first.
    pub(crate) details: Vec<(String, ResultDocument)>,
}

/// Puts the parts together. `doubts` are reasons not to believe them as a whole.
pub(crate) fn compose(parts: Vec<Part>, doubts: &[String], commit: Option<&str>) -> Composed {
    let mut verdict = Verdict::of_all(parts.iter().map(Part::verdict));
    if parts.is_empty() || !doubts.is_empty() {
        verdict = verdict.max(Verdict::Inconclusive);
    }
    let cause = match (verdict.is_green(), parts.is_empty(), doubts.is_empty()) {
        (true, _, _) => None,
        (_, true, _) => Some("no-results".to_owned()),
        (_, _, false) if verdict == Verdict::Inconclusive => Some("not-believed".to_owned()),
        _ => parts.first().and_then(cause),
    };
    let mut report = Report::new(headline(&parts, verdict, commit));
    let mut findings: Vec<Finding> = doubts.iter().map(|doubt| broken(doubt)).collect();
    findings.extend(parts.iter().flat_map(|part| part_findings(part, parts.len() > 1)));
    findings.sort_by_key(|finding| finding.level != Level::Error);
    let shown = findings.clone();
    report.push(Block::Findings { title: "What needs a look".to_owned(), findings });
    report.push(Block::Table(table(&parts)));
    let is_several = parts.len() > 1;
    let mut details = Vec::new();
    for part in parts {
        let title = |step: &str| match (is_several || !part.name.is_empty(), part.name.as_str()) {
            (true, name) if !name.is_empty() => format!("{name} › {step}"),
            _ => step.to_owned(),
        };
        for (step, document) in part.steps {
            details.push((title(&step), document));
        }
        if let Some(whole) = part.whole {
            details.push((title("steps and times"), whole));
        }
    }
    details.sort_by_key(|(_, document)| std::cmp::Reverse(document.verdict));
    for (_, document) in &mut details {
        forget(&mut document.report, &shown);
    }
    Composed { verdict, cause, report, details }
}

/// Takes out of a part what stands above all parts already.
fn forget(report: &mut Report, shown: &[Finding]) {
    let is_same = |one: &Finding, other: &Finding| {
        one.location == other.location
            && one.detail == other.detail
            && other.title.ends_with(&one.title)
    };
    for block in &mut report.blocks {
        if let Block::Findings { findings, .. } = block {
            findings.retain(|one| !shown.iter().any(|other| is_same(one, other)));
        }
    }
    report.blocks.retain(|block| !block.is_empty());
}

fn headline(parts: &[Part], verdict: Verdict, commit: Option<&str>) -> String {
    let failed = parts.iter().filter(|part| !part.verdict().is_green()).count();
    let what = match (parts.len(), failed) {
        (0, _) => "there is no result: nothing is known".to_owned(),
        (_, 0) if verdict.is_green() => {
            let steps: usize = parts.iter().map(|part| part.steps.len()).sum();
            format!("{} passed", counted(steps.max(1), "step"))
        }
        (_, 0) => "the results are not believed".to_owned(),
        (1, _) => parts[0]
            .whole
            .as_ref()
            .map_or_else(|| "did not pass".to_owned(), |whole| whole.report.headline.clone()),
        (all, failed) => format!("{failed} of {all} did not pass"),
    };
    let commit = commit.and_then(|commit| commit.get(..7));
    commit.map_or(what.clone(), |commit| format!("{what} ({commit})"))
}

/// The step that decides, else the reason of the whole.
fn cause(part: &Part) -> Option<String> {
    let decides = part.steps.iter().find(|(_, document)| document.verdict == part.verdict());
    let step = decides.filter(|(_, document)| !document.verdict.is_green());
    step.map(|(name, _)| name.clone()).or_else(|| part.whole.as_ref()?.cause.clone())
}

fn part_findings(part: &Part, is_several: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = part.broken.iter().map(|reason| broken(reason)).collect();
    if part.whole.is_none() && part.steps.is_empty() && part.broken.is_empty() {
        findings.push(broken("there is no result"));
    }
    // The whole repeats its steps' findings, and adds those of shell lines.
    let documents: Vec<&ResultDocument> = match &part.whole {
        Some(whole) if whole.report.findings().next().is_some() => vec![whole],
        whole => whole.iter().chain(part.steps.iter().map(|(_, document)| document)).collect(),
    };
    for document in documents {
        if let Some(failure) = &document.failure {
            let mut finding = broken(&failure.message);
            let hints = failure.hints.iter().map(|hint| format!("hint: {hint}"));
            finding.detail =
                failure.causes.iter().cloned().chain(hints).collect::<Vec<_>>().join("\n");
            findings.push(finding);
        }
        findings.extend(document.report.findings().take(FINDINGS).cloned());
    }
    if is_several && !part.name.is_empty() {
        for finding in &mut findings {
            finding.title = format!("{}: {}", part.name, finding.title);
        }
    }
    findings
}

fn broken(reason: &str) -> Finding {
    Finding {
        level: Level::Error,
        rule: "no-evidence".to_owned(),
        title: reason.to_owned(),
        detail: String::new(),
        location: None,
    }
}

fn table(parts: &[Part]) -> Table {
    let headings = ["", "robot", "why", ">passed", ">failed", ">coverage", ">change"];
    let mut table = Table::new("Robots", headings);
    for part in parts.iter().take(ROWS) {
        let output = |tool: &str, key: &str| {
            let of_tool = |(_, document): &&(String, ResultDocument)| document.tool == tool;
            part.steps.iter().find(of_tool)?.1.outputs.get(key).cloned()
        };
        let count = |key| output("go-test", key).map_or(String::new(), |value| value.to_string());
        let number = |key| output("coverage-gate", key).and_then(|value| value.as_f64());
        let name = if part.name.is_empty() { "robot" } else { &part.name };
        table.row([
            part.verdict().mark().to_owned(),
            name.to_owned(),
            cause(part).filter(|_| !part.verdict().is_green()).unwrap_or_default(),
            count("passed"),
            count("failed"),
            number("total").map_or(String::new(), |percent| format!("{percent:.1} %")),
            number("change").map_or(String::new(), |points| format!("{points:+.1}")),
        ]);
    }
    table.omitted = parts.len().saturating_sub(ROWS) as u64;
    table
}
