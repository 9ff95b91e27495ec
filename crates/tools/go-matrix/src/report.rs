//! The table of cells, and each distinct problem once.

use crate::cell::{Cell, short};
use crate::outcome::CellOutcome;
use crate::request::is_supported;
use crate::trial::{Basis, Problem, Trial};
use robot_golang::version::Version;
use robot_model::{Block, Figure, Finding, Level, Report, Table, Verdict};
use robot_render::counted;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a problem's text that are shown.
const TEXT: usize = 4000;

/// Writes the report. `known` are all releases of Go; `is_allowed` says which cells may fail.
pub(crate) fn write(
    trials: &[Trial],
    known: &[Version],
    is_allowed: impl Fn(&Cell) -> bool,
) -> Report {
    let count =
        |of: &dyn Fn(CellOutcome) -> bool| trials.iter().filter(|trial| of(trial.outcome)).count();
    let failed = count(&|outcome| outcome.verdict() == Verdict::Fail);
    let passed = count(&|outcome| matches!(outcome, CellOutcome::Pass | CellOutcome::Warn));
    let cells = counted(trials.len(), "cell");
    let mut report = Report::new(match failed {
        0 => format!("{passed} of {cells} work"),
        failed => format!("{failed} of {cells} do not work"),
    });
    report.figures.push(Figure::count("cells that work", passed));
    report.figures.push(Figure::count("cells that do not work", failed));
    report.push(Block::Table(table(trials, known)));
    report.push(Block::text(reuse(trials)));
    let groups = groups(trials);
    let findings =
        groups.iter().map(|(problem, cells)| finding(problem, cells, trials, &is_allowed));
    report.push(Block::findings("Why", findings));
    report
}

/// How many cells were not tried, and why the others were.
fn reuse(trials: &[Trial]) -> String {
    let kept = trials.iter().filter_map(|trial| match &trial.basis {
        Basis::Kept { commit } => Some(commit.as_deref()),
        _ => None,
    });
    let reused = kept.clone().count();
    let commits: BTreeSet<&str> =
        kept.flatten().map(|commit| commit.get(..7).unwrap_or(commit)).collect();
    let from = match commits.len() {
        0 => String::new(),
        1..=3 => format!(" from {}", commits.into_iter().collect::<Vec<_>>().join(", ")),
        more => format!(" from {more} commits"),
    };
    let mut because: BTreeMap<&str, usize> = BTreeMap::new();
    let mut not_kept: BTreeMap<&str, usize> = BTreeMap::new();
    for trial in trials {
        let Basis::Tried { because: why, not_kept: obstacle, .. } = &trial.basis else { continue };
        *because.entry(why).or_default() += 1;
        if let Some(obstacle) = obstacle.as_deref().filter(|_| works(trial.outcome)) {
            *not_kept.entry(obstacle).or_default() += 1;
        }
    }
    let mut lines = Vec::new();
    if reused > 0 {
        let cells = counted(trials.len(), "cell");
        lines.push(format!(
            "{reused} of {cells} reused{from}: what they were tested with is unchanged"
        ));
    }
    lines.extend(because.iter().map(|(why, count)| format!("{count} ran: {why}")));
    lines.extend(
        not_kept.iter().map(|(why, count)| format!("{count} cannot be reused later: {why}")),
    );
    lines.join("\n")
}

/// A row for each Go; a column for each version of a module where there is one module, else one for each
/// combination.
fn table(trials: &[Trial], known: &[Version]) -> Table {
    let column = |cell: &Cell| match cell.modules.len() {
        0 => "outcome".to_owned(),
        1 => cell.modules.values().next().cloned().unwrap_or_default(),
        _ => {
            let each =
                cell.modules.iter().map(|(path, version)| format!("{} {version}", short(path)));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let mut columns: Vec<String> = Vec::new();
    let mut rows: BTreeMap<Version, BTreeMap<String, &Trial>> = BTreeMap::new();
    for trial in trials {
        let name = column(&trial.cell);
        if !columns.contains(&name) {
            columns.push(name.clone());
        }
        rows.entry(trial.cell.go).or_default().insert(name, trial);
    }
    let head = match trials.first().and_then(|trial| trial.cell.modules.keys().next()) {
        Some(path) if trials[0].cell.modules.len() == 1 => format!("Go × {}", short(path)),
        _ => "Go".to_owned(),
    };
    let headings = std::iter::once(head.as_str()).chain(columns.iter().map(String::as_str));
    let mut table = Table::new("Matrix", headings);
    for (go, cells) in rows {
        let end = if is_supported(go, known) { "" } else { " (end of life)" };
        let mut row = vec![format!("{go}{end}")];
        row.extend(columns.iter().map(|name| match cells.get(name) {
            Some(trial) => {
                format!("{} {}", trial.outcome.verdict().mark(), trial.outcome.word())
            }
            None => "left out".to_owned(),
        }));
        table.row(row);
    }
    table
}

/// Each distinct problem with the cells that have it, gravest first.
fn groups(trials: &[Trial]) -> Vec<(&Problem, Vec<&Cell>)> {
    let mut groups: BTreeMap<&str, (&Problem, Vec<&Cell>)> = BTreeMap::new();
    for trial in trials {
        for problem in &trial.problems {
            let group = groups.entry(problem.signature.as_str());
            let (_, cells) = group.or_insert_with(|| (problem, Vec::new()));
            cells.push(&trial.cell);
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|(problem, cells)| std::cmp::Reverse((problem.outcome, cells.len())));
    groups
}

fn finding(
    problem: &Problem,
    cells: &[&Cell],
    trials: &[Trial],
    is_allowed: &impl Fn(&Cell) -> bool,
) -> Finding {
    let level = match problem.outcome.verdict() {
        Verdict::Fail if cells.iter().all(|cell| is_allowed(cell)) => Level::Warning,
        Verdict::Fail | Verdict::Inconclusive => Level::Error,
        Verdict::Warn => Level::Warning,
        _ => Level::Notice,
    };
    let names: Vec<String> = cells.iter().map(ToString::to_string).collect();
    let title =
        format!("{} ({}: {})", problem.title, counted(cells.len(), "cell"), names.join("; "));
    let mut finding = Finding::new(level, problem.outcome.word(), title);
    let text: String = problem.text.trim().chars().take(TEXT).collect();
    let borders = borders(cells, trials);
    finding.detail = [text, borders.join("\n")].join("\n").trim().to_owned();
    finding
}

/// Along each axis, the last version without the problem and the first one with it.
fn borders(cells: &[&Cell], trials: &[Trial]) -> Vec<String> {
    let is_bad = |cell: &Cell| cells.contains(&cell);
    let mut borders = BTreeSet::new();
    let axes = trials.iter().flat_map(|trial| trial.cell.modules.keys().map(String::as_str));
    let axes: BTreeSet<&str> = axes.chain(["go"]).collect();
    for bad in cells {
        for axis in &axes {
            let on_axis = trials.iter().filter(|trial| trial.cell.differs_only_in(bad, axis));
            let mut good = on_axis.filter(|trial| !is_bad(&trial.cell) && works(trial.outcome));
            let positions = |cell: &Cell| trials.iter().position(|trial| trial.cell == *cell);
            let here = positions(bad);
            let before = good.rfind(|trial| positions(&trial.cell) < here);
            let between = |trial: &&Trial| {
                let at = positions(&trial.cell);
                trial.cell.differs_only_in(bad, axis)
                    && is_bad(&trial.cell)
                    && before.is_some_and(|good| positions(&good.cell) < at)
                    && at < here
            };
            if let Some(good) = before.filter(|_| !trials.iter().any(|trial| between(&trial))) {
                borders.insert(format!("last good: {}; first bad: {bad}", good.cell));
            }
        }
    }
    borders.into_iter().collect()
}

const fn works(outcome: CellOutcome) -> bool {
    matches!(outcome, CellOutcome::Pass | CellOutcome::Warn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(go: &str, sdk: &str, outcome: CellOutcome, why: &str) -> Trial {
        let modules = [("example.com/sdk".to_owned(), sdk.to_owned())].into();
        let problem = Problem::new(outcome, why.to_owned(), "text".to_owned());
        let problems = if outcome == CellOutcome::Pass { Vec::new() } else { vec![problem] };
        let cell = Cell { go: Version::parse(go).unwrap(), modules };
        let basis = Basis::Stopped;
        Trial { cell, outcome, problems, seconds: 1.0, basis }
    }

    #[test]
    fn a_problem_is_told_once_with_its_borders() {
        let trials = [
            trial("1.19.13", "v1.8.0", CellOutcome::Pass, ""),
            trial("1.19.13", "v1.9.0", CellOutcome::Panic, "panic in m TestA"),
            trial("1.19.13", "v1.10.0", CellOutcome::Panic, "panic in m TestA"),
            trial("1.22.12", "v1.8.0", CellOutcome::Pass, ""),
            trial("1.22.12", "v1.9.0", CellOutcome::Pass, ""),
            trial("1.22.12", "v1.10.0", CellOutcome::Unsupported, "x"),
        ];
        let known = ["1.22.12", "1.23.4"].map(|text| Version::parse(text).unwrap());
        let report = write(&trials, &known, |_| false);
        assert_eq!(report.headline, "2 of 6 cells do not work");
        let Block::Table(table) = &report.blocks[0] else { panic!("{report:?}") };
        assert_eq!(table.rows[0], ["1.19.13 (end of life)", "✓ pass", "✗ panic", "✗ panic"]);
        assert_eq!(table.rows[1], ["1.22.12", "✓ pass", "✓ pass", "- unsupported"]);
        let findings: Vec<&Finding> = report.findings().collect();
        assert_eq!(findings.len(), 2);
        assert_eq!(
            findings[0].title,
            "panic in m TestA (2 cells: go1.19.13 × sdk v1.9.0; go1.19.13 × sdk v1.10.0)"
        );
        assert!(
            findings[0]
                .detail
                .ends_with("last good: go1.19.13 × sdk v1.8.0; first bad: go1.19.13 × sdk v1.9.0"),
            "{}",
            findings[0].detail
        );
        assert_eq!(findings[1].level, Level::Notice);
    }
}
