//! Composes one report of all parts.

use crate::Cause;
use crate::doubt::{Doubt, NO_EVIDENCE, NOT_POSTED, missing};
use crate::overview;
use crate::part::Part;
use robot_model::{Block, Finding, Level, Report, ResultDocument, Section, Verdict};
use robot_render::counted;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Largest number of findings of one part that are repeated above all parts.
const FINDINGS: usize = 50;

/// The report with its verdict.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) verdict: Verdict,
    /// Why the verdict is not pass.
    pub(crate) cause: Option<Cause>,
    pub(crate) deciding_step: Option<String>,
    /// The overview, what needs a look, then a section for each result, failures first.
    pub(crate) report: Report,
}

impl Composed {
    /// Adds a block before the sections.
    pub(crate) fn add(&mut self, block: Block) {
        let blocks = &mut self.report.blocks;
        let is_section = |block: &Block| matches!(block, Block::Section(_));
        let at = blocks.iter().position(is_section).unwrap_or(blocks.len());
        if !block.is_empty() {
            blocks.insert(at, block);
        }
    }
}

/// Composes the parts. `doubts` are reasons not to trust the results as a whole.
pub(crate) fn compose(mut parts: Vec<Part>, doubts: &[Doubt], commit: Option<&str>) -> Composed {
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
    let deciding_step = parts.iter().find(decides).and_then(Part::cause);
    let mut report = Report::new(headline(&parts, verdict, commit));
    report.figures = overview::sums(&parts);
    // First, because it must not be cut.
    report.push(Block::Table(overview::table(&parts)));
    let is_several = parts.len() > 1;
    let doubts = doubts.iter().map(|doubt| missing(NO_EVIDENCE, &doubt.reason));
    let mut findings: Vec<Finding> = doubts.collect();
    let mut sections = Vec::new();
    for part in &mut parts {
        part.reports_mut().for_each(disown);
        let mut shown = part_findings(part);
        let rest = shown.split_off(shown.len().min(FINDINGS));
        shown.extend(more(&rest));
        let known: HashSet<&Finding> = shown.iter().collect();
        sections.extend(part_sections(part, &known));
        drop(known);
        findings.extend(shown.into_iter().map(|finding| match is_several {
            true => Finding { title: titled(part, &finding.title, ": "), ..finding },
            false => finding,
        }));
    }
    findings.sort_by_key(order);
    report.push(Block::findings("What needs a look", findings));
    sections.sort_by_key(|section| Reverse(section.verdict));
    report.blocks.extend(sections.into_iter().map(Block::Section));
    Composed { verdict, cause, deciding_step, report }
}

/// A title, prefixed with the part's name if it has one.
fn titled(part: &Part, title: &str, separator: &str) -> String {
    match part.name.as_str() {
        "" => title.to_owned(),
        name => format!("{name}{separator}{title}"),
    }
}

/// A section for each result of a part, without the findings that are shown above all parts.
fn part_sections(part: &mut Part, known: &HashSet<&Finding>) -> Vec<Section> {
    let steps = std::mem::take(&mut part.steps);
    let names: HashSet<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    let mut whole = part.whole.take();
    if let Some(whole) = &mut whole {
        // Its figures are shown above, and its steps have their own sections.
        whole.report.figures.clear();
        whole.report.blocks.retain(|block| match block {
            Block::Section(section) => !names.contains(section.title.as_str()),
            _ => true,
        });
    }
    drop(names);
    let steps = steps.into_iter().map(|step| (step.name, step.document));
    let all = steps.chain(whole.map(|whole| ("steps and times".to_owned(), whole)));
    all.map(|(title, ResultDocument { verdict, mut report, .. })| {
        report.change_findings(&mut |finding| !known.contains(&*finding));
        Section { title: titled(part, &title, " › "), verdict, report }
    })
    .collect()
}

/// Missing evidence comes first, because the rest may be wrong without it.
fn order(finding: &Finding) -> (bool, Reverse<Level>) {
    (finding.rule != NO_EVIDENCE, Reverse(finding.level))
}

fn headline(parts: &[Part], verdict: Verdict, commit: Option<&str>) -> String {
    let failed = parts.iter().filter(|part| !part.verdict().is_green()).count();
    let what = match (parts, failed) {
        ([], _) => "no results were found".to_owned(),
        (_, 0) if verdict.is_green() => {
            let counts = parts.iter().map(Part::counts);
            let sum = |(passed, skipped), (more, left)| (passed + more, skipped + left);
            match counts.fold((0, 0), sum) {
                (passed, 0) => format!("{} passed", counted(passed, "step")),
                (passed, skipped) => {
                    format!("{} passed, {skipped} skipped", counted(passed, "step"))
                }
            }
        }
        (_, 0) => "the results are incomplete or contradict each other".to_owned(),
        ([part], _) => match &part.whole {
            Some(whole) if !whole.verdict.is_green() => whole.report.headline.clone(),
            _ => match part.steps.iter().filter(|step| !step.document.verdict.is_green()).count() {
                0 => "the result is incomplete or contradicts itself".to_owned(),
                bad => format!("{bad} of {} did not pass", counted(part.steps.len(), "step")),
            },
        },
        (all, failed) => format!("{failed} of {} did not pass", all.len()),
    };
    let commit = commit.and_then(|commit| commit.get(..7));
    commit.map_or(what.clone(), |commit| format!("{what} ({commit})"))
}

/// The distinct findings of a part, most severe first.
fn part_findings(part: &Part) -> Vec<Finding> {
    let of_part = |reason: &String| missing(NO_EVIDENCE, reason);
    let mut all: Vec<Finding> = part.broken.iter().map(of_part).collect();
    all.extend(overview::impossible(part).iter().map(of_part));
    // The result of `robot ci` repeats the findings of its steps and adds those of shell commands.
    all.extend(part.documents().filter_map(|one| Some(one.failure.as_ref()?.finding(""))));
    all.extend(part.documents().flat_map(|document| document.report.findings()).cloned());
    let mut known = HashSet::new();
    all.retain(|finding| known.insert(finding.clone()));
    all.sort_by_key(order);
    all
}

/// A note about the findings that are only listed below.
fn more(rest: &[Finding]) -> Option<Finding> {
    let title =
        format!("{} more findings of the same or a lower level are listed below", rest.len());
    (!rest.is_empty()).then(|| Finding::new(Level::Notice, "more", title))
}

/// Prevents findings of a result from looking like our own.
fn disown(report: &mut Report) {
    report.change_findings(&mut |finding| {
        if [NO_EVIDENCE, NOT_POSTED].contains(&finding.rule.as_str()) {
            "result".clone_into(&mut finding.rule);
        }
        true
    });
}
