//! The report of the gate.

use crate::Absent;
use crate::base::{Base, short};
use crate::before::Before;
use crate::cause::Cause;
use crate::evidence::Evidence;
use crate::gate::Miss;
use crate::measure::{File, Measured};
use robot_contract::Checkout;
use robot_model::{
    Block, Chart, ChartPoint, CoverageRecord, Figure, Finding, Location, Report, Statements, Table,
};
use robot_render::counted;
use std::cmp::Reverse;

/// Largest number of annotations, so that a change without tests does not fill the page.
const UNCOVERED: usize = 50;
/// Largest number of packages that are shown.
const PACKAGES: usize = 30;

/// Everything that the report is made of.
pub(crate) struct Found<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) measured: &'a Measured<'a>,
    pub(crate) now: &'a CoverageRecord,
    pub(crate) base: &'a Base,
    pub(crate) before: &'a Before,
    /// Files of the history that could not be read.
    pub(crate) set_aside: &'a [String],
    pub(crate) absent: &'a Absent,
    /// Whether `drop` is set.
    pub(crate) wants_drop: bool,
    pub(crate) checkout: &'a Checkout,
}

/// The report: first the thresholds that are not met, then the changed lines that no test covers.
pub(crate) fn write(found: &Found<'_>, misses: &[Miss]) -> Report {
    let Found { measured, now, before, checkout, .. } = found;
    let before = before.record();
    let mut report = Report::new(headline(found));
    let total = now.total();
    let change = before.and_then(|before| points(before.total(), total));
    let figures = [
        Figure::percent("coverage", total.percent()),
        Figure::points("change", change),
        Figure::percent("patch coverage", measured.patch().percent()),
    ];
    report.figures = figures.into_iter().flatten().collect();
    let missed = misses.iter().map(|miss| missed(miss, checkout));
    report.push(Block::findings("Thresholds that are not met", missed));
    report.push(uncovered(measured, checkout));
    let idle = measured.files.iter().flat_map(|file| idle(file, checkout));
    report.push(Block::findings("Ignore comments without effect", idle));
    report.push(changes(now, before));
    report.push(Block::Table(packages(now, before)));
    report.push(Block::text(notes(found)));
    report
}

fn headline(found: &Found<'_>) -> String {
    let Found { measured, now, base, before, wants_drop, .. } = found;
    let total = now.total();
    let change = before.record().and_then(|before| points(before.total(), total));
    let change = change.map_or(String::new(), |points| format!(" ({points:+.1})"));
    let mut headline =
        format!("{}{change} of {}", percent(total), counted(total.all as usize, "statement"));
    match base {
        Base::Known { .. } if measured.patch().all > 0 => {
            headline +=
                &format!(", {} of the statements that the change adds", percent(measured.patch()));
        }
        Base::Known { .. } => headline += "; the change adds no statements",
        Base::Nothing(_) => {}
    }
    if let Some(why) = before.missing().filter(|_| *wants_drop) {
        headline += &format!("; drop: not compared, because {why}");
    }
    headline
}

fn percent(statements: Statements) -> String {
    statements.percent().map_or("n/a".to_owned(), |percent| format!("{percent:.1} %"))
}

/// The change of the percentage, in points.
fn points(before: Statements, now: Statements) -> Option<f64> {
    Some(now.percent()? - before.percent()?)
}

fn missed(miss: &Miss, checkout: &Checkout) -> Finding {
    let what =
        miss.path.as_deref().map_or(miss.kind.to_string(), |path| format!("{} {path}", miss.kind));
    let is_file = miss.kind == Cause::File;
    let title = match miss.kind {
        Cause::Drop => format!(
            "the total fell to {:.2} %; `drop` allows at least {:.2} %",
            miss.percent, miss.threshold
        ),
        _ => format!("{what}: {:.1} % is below {} %", miss.percent, miss.threshold),
    };
    let file = miss.path.as_ref().filter(|_| is_file).and_then(|path| checkout.path(path));
    let hint = match miss.kind {
        Cause::Patch => "hint: add tests for the changed lines that are listed as not covered",
        Cause::Total | Cause::Package => {
            "hint: start with the package that has the most uncovered statements in the table `Packages`"
        }
        _ => "",
    };
    let finding = Finding::error(format!("coverage-{}", miss.kind), title).detail(hint);
    finding.at(file.map(Location::file))
}

/// Uncovered changed lines, with the files that have the most first.
fn uncovered(measured: &Measured<'_>, checkout: &Checkout) -> Block {
    let mut files: Vec<&File<'_>> =
        measured.all().filter(|file| !file.uncovered.is_empty()).collect();
    files.sort_by_key(|file| Reverse(file.patch.all - file.patch.covered));
    let places = |file: &&File<'_>| {
        file.uncovered.iter().map(|range| (file.path.clone(), *range)).collect::<Vec<_>>()
    };
    let all: Vec<_> = files.iter().flat_map(places).collect();
    let more = all.len().saturating_sub(UNCOVERED);
    let title = match more {
        0 => "Changed lines that no test runs".to_owned(),
        more => format!("Changed lines that no test runs (and {more} more places)"),
    };
    let findings = all.into_iter().take(UNCOVERED).map(|(path, (first, last))| {
        let (what, end_line) = match last - first {
            0 => (format!("line {first} is not covered"), None),
            _ => (format!("lines {first} to {last} are not covered"), Some(last)),
        };
        let place = checkout.line(path, first).map(|place| Location { end_line, ..place });
        Finding::warning("uncovered", what).at(place)
    });
    Block::findings(title, findings)
}

/// Ignore comments without effect.
fn idle(file: &File<'_>, checkout: &Checkout) -> impl Iterator<Item = Finding> {
    let idle = file.ignores.iter().filter(|ignore| ignore.left_out == 0);
    idle.map(|ignore| {
        let what = match ignore.reason.is_empty() {
            true => "add the reason to the comment: `//coverage:ignore <reason>`",
            false => "the comment applies to no statement: put it above or after a statement, or at the start of a block",
        };
        let place = checkout.line(&file.path, ignore.line);
        Finding::warning("coverage-ignore", what).at(place)
    })
}

/// The change of each package, with the largest loss first.
fn changes(now: &CoverageRecord, before: Option<&CoverageRecord>) -> Block {
    const SHOWN: usize = 20;
    let known = before.map(CoverageRecord::packages).unwrap_or_default();
    let mut changed: Vec<ChartPoint> = now
        .packages()
        .into_iter()
        .filter_map(|(path, now)| {
            let value = points(*known.get(path)?, now)?;
            Some(ChartPoint { label: path.to_owned(), value })
        })
        .filter(|point| point.value.abs() >= 0.05)
        .collect();
    changed.sort_by(|one, other| one.value.total_cmp(&other.value));
    // Shows the largest losses and gains, and leaves out those in between.
    if changed.len() > SHOWN {
        changed.drain(SHOWN / 2..changed.len() - SHOWN / 2);
    }
    Block::Chart(Chart {
        title: "Change by package".to_owned(),
        unit: "points".to_owned(),
        points: changed,
    })
}

/// Packages with the largest loss first, then with the lowest coverage.
fn packages(now: &CoverageRecord, before: Option<&CoverageRecord>) -> Table {
    let known = before.map(CoverageRecord::packages).unwrap_or_default();
    let mut packages: Vec<_> = now
        .packages()
        .into_iter()
        .map(|(path, now)| (path, now, known.get(path).and_then(|before| points(*before, now))))
        .collect();
    let share = |statements: &Statements| statements.percent().unwrap_or(101.0);
    packages.sort_by(|(_, one, change), (_, other, other_change)| {
        let loss = |change: &Option<f64>| change.unwrap_or(0.0).min(0.0);
        let by_loss = loss(change).total_cmp(&loss(other_change));
        by_loss.then(share(one).total_cmp(&share(other)))
    });
    let headings: &[&str] = match before {
        Some(_) => &["package", ">covered", ">statements", ">uncovered", ">change"],
        None => &["package", ">covered", ">statements", ">uncovered"],
    };
    let mut table = Table::new("Packages", headings.iter().copied());
    for (path, now, change) in packages.iter().take(PACKAGES) {
        let change = match change {
            Some(change) if change.abs() >= 0.05 => format!("{change:+.1}"),
            Some(_) => "±0".to_owned(),
            None => "new".to_owned(),
        };
        let uncovered = (now.all - now.covered).to_string();
        table.row([(*path).to_owned(), percent(*now), now.all.to_string(), uncovered, change]);
    }
    table.omitted = packages.len().saturating_sub(PACKAGES) as u64;
    table
}

fn notes(found: &Found<'_>) -> String {
    let Found { evidence, measured, now, base, before, set_aside, absent, .. } = found;
    let mut notes = Vec::new();
    match base {
        Base::Known { commit, .. } => {
            notes.push(format!("the change is compared with commit {}", short(commit)));
        }
        Base::Nothing(why) => notes.push(format!("the change was not checked: {why}")),
    }
    match before {
        Before::Ancestor(record) => {
            notes.push(format!("the total was compared with the record of commit {}", short(&record.commit)));
        }
        Before::Newest(record) => notes.push(format!(
            "no earlier commit has a record here; the total was compared with the newest record, of commit {}",
            short(&record.commit)
        )),
        Before::Nothing => notes.push("there is no earlier record to compare the total with".to_owned()),
        Before::Unknown(why) => notes.push(format!("the total was not compared: {why}")),
    }
    if evidence.sources.len() > 1 {
        notes.push(format!("{} merged", counted(evidence.sources.len(), "profile")));
    }
    notes.extend(evidence.notes.iter().cloned());
    if measured.cut_otherwise > 0 {
        notes.push(format!(
            "{} divided into different statements by another Go version: counted as in the first profile",
            counted(measured.cut_otherwise, "file")
        ));
    }
    if absent.elsewhere > 0 {
        notes.push(format!(
            "{} of the standard library or of other modules excluded",
            counted(absent.elsewhere, "file")
        ));
    }
    if !absent.packages.is_empty() {
        const NAMED: usize = 5;
        let more = match absent.packages.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named: Vec<&str> = absent.packages.iter().map(String::as_str).take(NAMED).collect();
        notes.push(format!(
            "not counted, because no profile has these packages: {}{more}",
            named.join(", ")
        ));
    }
    if !measured.unnamed.is_empty() {
        notes.push(format!(
            "{} in packages that no profile has: counted as not covered",
            counted(measured.unnamed.len(), "changed file")
        ));
    }
    for (path, why) in absent.unmeasured.iter().take(10) {
        notes.push(format!("the change in {path} was not measured: {why}"));
    }
    if let more @ 1.. = absent.unmeasured.len().saturating_sub(10) {
        notes.push(format!(
            "the changes in {} were not measured either",
            counted(more, "more file")
        ));
    }
    if absent.vendored > 0 {
        notes.push(format!(
            "the changes in {} were not measured, because they are vendored",
            counted(absent.vendored, "file")
        ));
    }
    if !absent.directed.is_empty() {
        notes.push(format!(
            "not counted, because `//line` directives name files that do not exist here: {}",
            absent.directed.join(", ")
        ));
    }
    if measured.generated > 0 {
        notes.push(format!("{} excluded", counted(measured.generated, "generated file")));
    }
    if measured.ignored() > 0 {
        let statements = counted(measured.ignored() as usize, "statement");
        notes.push(format!("{statements} excluded by comments"));
    }
    if now.files.is_empty() {
        notes.push("no file with statements remains".to_owned());
    }
    let aside = set_aside.iter().map(|reason| format!("set aside: {reason}"));
    notes.extend(aside);
    notes.join("; ")
}
