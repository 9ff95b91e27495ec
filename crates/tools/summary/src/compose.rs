//! One report of all parts.

use crate::Cause;
use crate::doubt::{Doubt, NO_EVIDENCE, NOT_POSTED, missing};
use crate::overview::{self, Numbers};
use crate::part::Part;
use robot_model::{Block, Finding, Level, Location, Report, ResultDocument, Verdict};
use robot_render::counted;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Findings of one part that are repeated above all parts.
const FINDINGS: usize = 50;

/// The report, and the parts behind it.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) verdict: Verdict,
    /// Why the verdict is not pass.
    pub(crate) cause: Option<Cause>,
    pub(crate) deciding_step: Option<String>,
    pub(crate) report: Report,
    /// Findings that stand in their parts alone.
    pub(crate) others: Vec<Finding>,
    /// Title and result, failures first.
    pub(crate) details: Vec<(String, ResultDocument)>,
}

/// Puts the parts together. `doubts` are reasons not to believe them as a whole.
pub(crate) fn compose(parts: Vec<Part>, doubts: &[Doubt], commit: Option<&str>) -> Composed {
    let of_parts = Verdict::of_all(parts.iter().map(Part::verdict));
    let of_doubts = Verdict::of_all(doubts.iter().map(|doubt| doubt.verdict));
    let of_absence = if parts.is_empty() { Verdict::Inconclusive } else { Verdict::Skipped };
    let verdict = Verdict::of_all([of_parts, of_doubts, of_absence]);
    let cause = match verdict {
        Verdict::Pass => None,
        _ if parts.is_empty() => Some(Cause::NoResults),
        _ if of_doubts > of_parts => Some(Cause::NotBelieved),
        _ => Some(Cause::Step),
    };
    let decides = |part: &&Part| cause == Some(Cause::Step) && part.verdict() == verdict;
    let deciding_step = parts.iter().find(decides).and_then(self::cause);
    let mut report = Report::new(headline(&parts, verdict, commit));
    // First, as it must not be what is cut.
    report.push(Block::Table(overview::table(&parts)));
    let is_several = parts.len() > 1;
    let doubts = doubts.iter().map(|doubt| missing(NO_EVIDENCE, &doubt.reason));
    let mut findings: Vec<Finding> = doubts.collect();
    let (mut others, mut details) = (Vec::new(), Vec::new());
    for part in parts {
        let mut shown = part_findings(&part);
        let rest = shown.split_off(shown.len().min(FINDINGS));
        shown.extend(more(&rest));
        others.extend(rest);
        let known: HashSet<Identity<'_>> = shown.iter().map(identity).collect();
        let name = part.name;
        let titled = |title: &str, separator: &str| match name.as_str() {
            "" => title.to_owned(),
            name => format!("{name}{separator}{title}"),
        };
        let steps = part.steps.into_iter().map(|step| (step.name, step.document));
        let whole = part.whole.into_iter().map(|whole| ("steps and times".to_owned(), whole));
        for (step, mut document) in steps.chain(whole) {
            forget(&mut document.report, &known);
            details.push((titled(&step, " › "), document));
        }
        drop(known);
        findings.extend(shown.into_iter().map(|finding| match is_several {
            true => Finding { title: titled(&finding.title, ": "), ..finding },
            false => finding,
        }));
    }
    findings.sort_by_key(order);
    report.push(Block::Findings { title: "What needs a look".to_owned(), findings });
    details.sort_by_key(|(_, document)| Reverse(document.verdict));
    Composed { verdict, cause, deciding_step, report, others, details }
}

/// What is missing comes before everything, as the rest may be wrong without it.
fn order(finding: &Finding) -> (bool, Reverse<Level>) {
    (finding.rule != NO_EVIDENCE, Reverse(finding.level))
}

/// What makes two findings the same to a reader.
type Identity<'a> = (&'a str, &'a str, Option<(&'a str, Option<u32>)>);

fn identity(finding: &Finding) -> Identity<'_> {
    let place = |location: &'_ Location| location.line;
    let location = finding.location.as_ref();
    (&finding.title, &finding.detail, location.map(|at| (at.path.as_str(), place(at))))
}

/// Takes out of a part what stands above all parts already.
fn forget(report: &mut Report, known: &HashSet<Identity<'_>>) {
    for block in &mut report.blocks {
        if let Block::Findings { findings, .. } = block {
            findings.retain(|finding| !known.contains(&identity(finding)));
        }
    }
    report.blocks.retain(|block| !block.is_empty());
}

fn headline(parts: &[Part], verdict: Verdict, commit: Option<&str>) -> String {
    let failed = parts.iter().filter(|part| !part.verdict().is_green()).count();
    let what = match (parts, failed) {
        ([], _) => "there is no result: nothing is known".to_owned(),
        (_, 0) if verdict.is_green() => {
            let counts = parts.iter().map(Part::counts);
            let sum = |(passed, skipped), (more, left)| (passed + more, skipped + left);
            match counts.fold((0, 0), sum) {
                (passed, 0) => format!("{} passed", counted(passed, "step")),
                (passed, skipped) => {
                    format!("{} passed, {skipped} had nothing to do", counted(passed, "step"))
                }
            }
        }
        (_, 0) => "the results are not believed".to_owned(),
        ([part], _) => match &part.whole {
            Some(whole) if !whole.verdict.is_green() => whole.report.headline.clone(),
            _ => "did not pass".to_owned(),
        },
        (all, failed) => format!("{failed} of {} did not pass", all.len()),
    };
    let commit = commit.and_then(|commit| commit.get(..7));
    commit.map_or(what.clone(), |commit| format!("{what} ({commit})"))
}

/// The step that decides, else the reason of the whole.
pub(crate) fn cause(part: &Part) -> Option<String> {
    let is_bad = |verdict: Verdict| verdict == part.verdict() && verdict != Verdict::Pass;
    let step = part.steps.iter().find(|step| is_bad(step.document.verdict));
    step.map(|step| step.name.clone())
        .or_else(|| part.whole.as_ref()?.cause.clone())
        .or_else(|| (!part.broken.is_empty()).then(|| "not-believed".to_owned()))
}

/// What a part has to say, each once and the worst first.
fn part_findings(part: &Part) -> Vec<Finding> {
    let of_part = |reason: &String| missing(NO_EVIDENCE, reason);
    let mut all: Vec<Finding> = part.broken.iter().map(of_part).collect();
    all.extend(Numbers::of(part).impossible.iter().map(of_part));
    // The whole repeats what its steps found, and adds what shell lines printed.
    all.extend(part.documents().filter_map(failure));
    all.extend(part.documents().flat_map(|document| document.report.findings()).map(foreign));
    let mut known = HashSet::new();
    let is_new: Vec<bool> = all.iter().map(|finding| known.insert(identity(finding))).collect();
    let mut is_new = is_new.into_iter();
    all.retain(|_| is_new.next() == Some(true));
    all.sort_by_key(order);
    all
}

/// How many findings stand below only.
fn more(rest: &[Finding]) -> Option<Finding> {
    (!rest.is_empty()).then(|| Finding {
        level: Level::Notice,
        rule: "more".to_owned(),
        title: format!("{} more, of no higher level, are in the parts below", rest.len()),
        detail: String::new(),
        location: None,
    })
}

/// A finding of a result, which cannot pass for one of ours.
fn foreign(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if [NO_EVIDENCE, NOT_POSTED].contains(&finding.rule.as_str()) {
        finding.rule = "result".to_owned();
    }
    finding
}

/// Why a step broke off.
fn failure(document: &ResultDocument) -> Option<Finding> {
    let failure = document.failure.as_ref()?;
    let hints = failure.hints.iter().map(|hint| format!("hint: {hint}"));
    let detail: Vec<String> = failure.causes.iter().cloned().chain(hints).collect();
    Some(Finding {
        level: Level::Error,
        rule: "broke-off".to_owned(),
        title: failure.message.clone(),
        detail: detail.join("\n"),
        location: None,
    })
}
