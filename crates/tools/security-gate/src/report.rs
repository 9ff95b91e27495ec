//! What was found, in words: what fails first, then what is new without us, then the rest.

use crate::baseline::{Baseline, State};
use crate::decide::{Decision, Judged};
use crate::evidence::{Scan, Unsound};
use crate::ignore::{Applied, Ignores};
use crate::input::{Rules, Scanner};
use crate::merge::{About, Row};
use crate::names;
use crate::severity::Severity;
use robot_contract::Checkout;
use robot_model::{Block, Finding, Level, Report, Table, Verdict};
use robot_render::counted;
use std::collections::BTreeMap;

/// Rows of tables that are shown.
const SHOWN: usize = 50;
/// Findings that are shown with all their evidence, of each kind.
const FINDINGS: usize = 200;

/// All that is told.
pub(crate) struct Told<'a> {
    pub(crate) rows: &'a [Row],
    pub(crate) states: &'a [State],
    pub(crate) decision: &'a Decision,
    pub(crate) ignores: &'a Ignores,
    pub(crate) applied: &'a Applied,
    pub(crate) scans: &'a [Scan],
    pub(crate) unsound: &'a [Unsound],
    pub(crate) baseline: &'a Baseline,
    pub(crate) absent: &'a [Scanner],
    pub(crate) rules: &'a Rules,
    pub(crate) notes: &'a [String],
    pub(crate) checkout: &'a Checkout,
}

pub(crate) fn write(told: &Told<'_>) -> Report {
    let mut report = Report::new(headline(told));
    // The rest is in the files: nobody reads thousands, and each has its calls and code.
    let by_verdict = |wanted: Verdict, state: fn(&State) -> bool| {
        let fitting = || {
            told.each().filter(move |(_, of, judged)| judged.verdict == Some(wanted) && state(of))
        };
        let mut findings: Vec<Finding> = fitting()
            .take(FINDINGS)
            .map(|(row, state, judged)| finding(told, row, state, judged))
            .collect();
        if let more @ 1.. = fitting().count() - findings.len() {
            let level = if wanted == Verdict::Fail { Level::Error } else { Level::Warning };
            findings.push(Finding::new(level, "more", format!("{more} more, in security.json")));
        }
        findings
    };
    let is_drift = |state: &State| matches!(state, State::Drift(_));
    let is_known = |state: &State| *state == State::Known;
    let is_ours = |state: &State| matches!(state, State::Introduced | State::Unjudged);
    let found = match told.baseline {
        Baseline::Known(_) => "Brought by this change",
        _ => "Found",
    };
    report.push(Block::findings(found, by_verdict(Verdict::Fail, is_ours)));
    report.push(Block::findings("No evidence", broken(told)));
    report.push(Block::findings(
        "Published since the baseline, without a change of ours",
        [by_verdict(Verdict::Fail, is_drift), by_verdict(Verdict::Warn, is_drift)].concat(),
    ));
    report.push(Block::findings("Known before, and failing", by_verdict(Verdict::Fail, is_known)));
    report.push(Block::findings("Ignore files", ignore_files(told)));
    report.push(Block::Table(others(told)));
    report.push(Block::Table(set_aside(told)));
    report.push(Block::Table(scans(told)));
    report.push(Block::text(notes(told)));
    report
}

impl Told<'_> {
    fn each(&self) -> impl Iterator<Item = (&Row, &State, &Judged)> {
        let states = self.rows.iter().zip(self.states).zip(&self.decision.by_row);
        states.map(|((row, state), judged)| (row, state, judged))
    }
}

fn headline(told: &Told<'_>) -> String {
    let count = |of: &dyn Fn(&State, &Judged) -> bool| {
        told.each().filter(|(_, state, judged)| of(state, judged)).count()
    };
    let failing = count(&|_, judged| judged.verdict == Some(Verdict::Fail));
    let introduced = count(&|state, judged| judged.counts && *state == State::Introduced);
    let drift = count(&|state, judged| judged.counts && matches!(state, State::Drift(_)));
    let known = count(&|state, judged| judged.counts && *state == State::Known);
    let ignored = count(&|_, judged| judged.is_ignored);
    let mut parts = Vec::new();
    match (failing, told.baseline) {
        (0, _) => {}
        (_, Baseline::Known(_)) if introduced > 0 => {
            parts.push(format!("{} brought by this change", counted(introduced, "finding")));
        }
        (failing, _) => parts.push(format!("{} that fail", counted(failing, "finding"))),
    }
    for (severity, found, allowed) in &told.decision.over {
        parts.push(format!("{found} of severity {severity}, {allowed} allowed"));
    }
    if !told.unsound.is_empty() {
        parts.push(format!("{} without evidence", counted(told.unsound.len(), "scan")));
    }
    if drift > 0 {
        parts.push(format!("{drift} published since the baseline"));
    }
    if known > 0 {
        parts.push(format!("{known} known before"));
    }
    if parts.is_empty() {
        let rows = told.rows.len();
        parts.push(match rows - ignored {
            0 => "nothing found".to_owned(),
            open => format!("{}, none of which fails", counted(open, "finding")),
        });
    }
    if ignored > 0 {
        parts.push(format!("{ignored} set aside"));
    }
    let scanners: Vec<&str> = told.scans.iter().map(|scan| scan.scanner.as_str()).collect();
    let mut scanners = scanners;
    scanners.dedup();
    match scanners.as_slice() {
        [] => parts.join(", "),
        names => format!("{} ({})", parts.join(", "), names.join(", ")),
    }
}

fn subject(row: &Row) -> String {
    match &row.about {
        About::Code { .. } => String::new(),
        About::Package(package) => {
            let package = package.as_ref().map_or("a package".to_owned(), ToString::to_string);
            let versions = row.versions().into_iter().collect::<Vec<_>>().join(", ");
            match versions.as_str() {
                "" => package,
                versions => format!("{package} {versions}"),
            }
        }
    }
}

/// `high, called`: both axes.
fn axes(row: &Row, judged: &Judged) -> String {
    let assumed = if row.severity == Severity::Unknown { " (no scanner says)" } else { "" };
    match (&row.about, row.reachability) {
        (About::Code { .. }, _) => format!("{}{assumed}", judged.severity),
        (_, Some(reach)) => format!("{}{assumed}, {reach}", judged.severity),
        (_, None) => format!("{}{assumed}, reachability not known", judged.severity),
    }
}

fn finding(told: &Told<'_>, row: &Row, state: &State, judged: &Judged) -> Finding {
    let subject = subject(row);
    let what = if subject.is_empty() { String::new() } else { format!(" in {subject}") };
    let mut detail = Vec::new();
    if row.names.len() > 1 {
        detail.push(format!("also {}", row.names[1..].join(", ")));
    }
    if let State::Drift(why) = state {
        detail.push(why.clone());
    }
    let fixed = row.fixed().into_iter().collect::<Vec<_>>().join(", ");
    match (&row.about, fixed.as_str()) {
        (About::Package(_), "") => detail.push("no version without it is known".to_owned()),
        (About::Package(_), fixed) => detail.push(format!("without it: {fixed}")),
        _ => {}
    }
    for (index, evidence) in &row.evidence {
        let scan = told.scans.get(*index);
        let scanner = scan.map_or("", |scan| scan.scanner.as_str());
        let reach = evidence.reachability.map_or(String::new(), |reach| format!(", {reach}"));
        detail.push(format!("{scanner}: {}, {}{reach}", evidence.rule, evidence.severity));
        if !evidence.detail.is_empty() && evidence.detail != evidence.title {
            detail.push(evidence.detail.clone());
        }
    }
    let location = row.location().and_then(|place| place.in_repository(told.checkout));
    if let (None, Some(outside)) = (&location, row.location()) {
        detail.push(format!("in {}", outside.path));
    }
    let title = format!("{}{what}: {} ({})", row.name(), row.title(), axes(row, judged));
    Finding {
        severity: Some(judged.severity),
        fingerprint: Some(row.fingerprint.clone()),
        help_url: names::page(row.name()),
        ..Finding::new(level(judged), row.name(), title).detail(detail.join("\n")).at(location)
    }
}

pub(crate) fn level(judged: &Judged) -> Level {
    match judged.verdict {
        Some(Verdict::Fail) => Level::Error,
        Some(Verdict::Warn) => Level::Warning,
        _ => Level::Notice,
    }
}

/// Scans and reports that prove nothing, each with what to do.
fn broken(told: &Told<'_>) -> Vec<Finding> {
    let finding = |rule: &str, level, title: String, detail: String| {
        Finding::new(level, rule, title).detail(detail)
    };
    let unsound = told.unsound.iter().map(|one| {
        let title = format!("{} {}", one.origin.display(), one.reason);
        finding("unsound-report", Level::Error, title, format!("hint: {}", one.hint))
    });
    let doubts = told.scans.iter().flat_map(|scan| {
        scan.doubts.iter().map(|doubt| {
            finding("incomplete", Level::Error, doubt.clone(), format!("of {}", scan.origin))
        })
    });
    let old = told.decision.old.iter().filter_map(|(index, days, verdict)| {
        let scan = told.scans.get(*index)?;
        let level = if *verdict == Verdict::Warn { Level::Warning } else { Level::Error };
        let (warning, limit) = (told.rules.database_warning, told.rules.database_limit);
        let what = match (scan.database, *days) {
            (_, days) if days < -1 => format!("has a date {} days in the future", -days),
            (None, _) if *verdict == Verdict::Warn => {
                "is of unknown age: the report does not name it".to_owned()
            }
            (None, days) => format!("is of unknown age, and the report is {days} days old"),
            (Some(_), days) => format!("was last changed {days} days ago"),
        };
        Some(finding(
            "old-database",
            level,
            format!("the database of {} {what}", scan.scanner),
            format!(
                "hint: update it; more than {warning} days warn, more than {limit} are inconclusive"
            ),
        ))
    });
    let baseline = match told.baseline {
        Baseline::Unknown(why) => Some(finding(
            "no-baseline",
            Level::Error,
            format!("no baseline: {why}"),
            "hint: remove the file for a first run, or restore it".to_owned(),
        )),
        _ => None,
    };
    unsound.chain(doubts).chain(old).chain(baseline).collect()
}

fn ignore_files(told: &Told<'_>) -> Vec<Finding> {
    let Told { ignores, applied, .. } = told;
    let finding = |title: String| Finding::warning("ignore-file", title);
    let entry = |index: &usize, what: &str| {
        let entry = ignores.entries.get(*index)?;
        let name = entry.names.first().map_or("an entry", String::as_str);
        let day = entry.expires.map_or(String::new(), |day| day.to_string());
        Some(finding(format!("{}: {name} {}", entry.place, what.replace("DAY", &day))))
    };
    let expired =
        applied.expired.iter().filter_map(|it| entry(it, "ended on DAY: it counts again"));
    let ending = applied.ending.iter().filter_map(|it| entry(it, "ends on DAY"));
    let unused = applied.unused.iter().filter_map(|it| entry(it, "fits no finding: remove it"));
    let warnings = ignores.warnings.iter().map(|warning| finding(warning.clone()));
    expired.chain(warnings).chain(ending).chain(unused).collect()
}

/// Rows that do nothing, or warn as they were known: no annotations.
fn others(told: &Told<'_>) -> Table {
    let mut table = Table::new(
        "Other findings",
        ["severity", "reachability", "finding", "in", "since", "why it does not fail"],
    );
    let others: Vec<_> = told
        .each()
        .filter(|(_, state, judged)| {
            !judged.is_ignored
                && judged.verdict != Some(Verdict::Fail)
                && !(judged.verdict == Some(Verdict::Warn) && matches!(state, State::Drift(_)))
        })
        .collect();
    for (row, state, judged) in others.iter().take(SHOWN) {
        let place = match &row.about {
            About::Code { path, line } => format!("{path}:{line}"),
            About::Package(_) => subject(row),
        };
        let reach = match (&row.about, row.reachability) {
            (About::Code { .. }, _) => "",
            (_, Some(reach)) => reach.word(),
            (_, None) => "not known",
        };
        let why = match (&row.lowered, judged.counts) {
            (Some(reason), false) if judged.severity >= told.rules.fail_on => reason.clone(),
            (_, false) if judged.severity < told.rules.fail_on => {
                format!("below {}", told.rules.fail_on)
            }
            (_, false) => format!("not {}", told.rules.reachability),
            (_, true) => "known before".to_owned(),
        };
        table.row([
            judged.severity.word().to_owned(),
            reach.to_owned(),
            format!("{} {}", row.name(), row.title()),
            place,
            state.word().to_owned(),
            why,
        ]);
    }
    table.omitted = others.len().saturating_sub(SHOWN) as u64;
    table
}

fn set_aside(told: &Told<'_>) -> Table {
    let mut table = Table::new("Set aside", ["finding", "in", "by", "until", "reason"]);
    let ignored: Vec<_> = told
        .each()
        .enumerate()
        .filter(|(_, (_, _, judged))| judged.is_ignored)
        .map(|(index, (row, ..))| (index, row))
        .collect();
    for (index, row) in ignored.iter().take(SHOWN) {
        let entry = told.applied.by_row.get(*index).copied().flatten();
        let entry = entry.and_then(|entry| told.ignores.entries.get(entry));
        let (by, until, reason) = match entry {
            Some(entry) => (
                entry.place.clone(),
                entry.expires.map_or("no end".to_owned(), |day| day.to_string()),
                if entry.reason.is_empty() {
                    "none given".to_owned()
                } else {
                    entry.reason.clone()
                },
            ),
            None => (
                "a comment in the code".to_owned(),
                "no end".to_owned(),
                row.suppressed().unwrap_or_default().to_owned(),
            ),
        };
        let place = match &row.about {
            About::Code { path, line } => format!("{path}:{line}"),
            About::Package(_) => subject(row),
        };
        table.row([row.name().to_owned(), place, by, until, reason]);
    }
    table.omitted = ignored.len().saturating_sub(SHOWN) as u64;
    table
}

fn scans(told: &Told<'_>) -> Table {
    let mut table = Table::new("Scans", ["scanner", "version", ">findings", "database of", "from"]);
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, _) in told.rows.iter().flat_map(|row| &row.evidence) {
        *found.entry(*index).or_default() += 1;
    }
    for (index, scan) in told.scans.iter().enumerate() {
        let database = match (scan.has_database, scan.database) {
            (false, _) => "none".to_owned(),
            (true, None) => "not told".to_owned(),
            (true, Some(time)) => time.strftime("%Y-%m-%d").to_string(),
        };
        table.row([
            scan.scanner.clone(),
            scan.version.clone(),
            found.get(&index).copied().unwrap_or_default().to_string(),
            database,
            scan.origin.clone(),
        ]);
    }
    table
}

fn notes(told: &Told<'_>) -> String {
    let mut notes = Vec::new();
    match told.baseline {
        Baseline::Nothing => notes.push(
            "there is no baseline yet, so that everything counts as found; runs of the default branch keep one"
                .to_owned(),
        ),
        Baseline::Known(record) => notes.push(match record.commit.get(..10) {
            Some(commit) => format!("compared with the record of {commit}"),
            None => "compared with a record".to_owned(),
        }),
        Baseline::Unknown(_) => {}
    }
    for scanner in told.absent {
        notes.push(format!("{} is not here and did not run", scanner.name()));
    }
    notes.extend(told.scans.iter().flat_map(|scan| scan.notes.iter().cloned()));
    notes.extend(told.notes.iter().cloned());
    notes.join("; ")
}
