use crate::base::Base;
use crate::gate::Miss;
use crate::measure::{File, Measured, Share};
use robot_model::{Block, Finding, Level, Location, Report, Table, counted};

/// Places that are annotated; a change without tests would fill the page otherwise.
const UNCOVERED: usize = 50;

/// What was measured: what does not hold first, then the changed lines that no test runs.
pub(crate) fn write(measured: &Measured, misses: &[Miss], base: &Base) -> Report {
    let total = measured.total();
    let mut headline =
        format!("{} of {}", percent(total), counted(total.all as usize, "statement"));
    match base {
        Base::Known { .. } if measured.patch().all > 0 => {
            headline += &format!(", {} of what the change adds", percent(measured.patch()));
        }
        Base::Known { .. } => headline += "; the change adds no statements",
        Base::Nothing(_) => {}
    }
    let mut report = Report::new(headline);
    report.push(Block::Findings {
        title: "Below its threshold".to_owned(),
        findings: misses.iter().map(missed).collect(),
    });
    report.push(uncovered(measured));
    report.push(Block::Findings {
        title: "Comments without a reason leave nothing out".to_owned(),
        findings: measured.files.iter().flat_map(without_reason).collect(),
    });
    report.push(Block::Table(packages(measured)));
    report.push(Block::text(notes(measured, base)));
    report
}

fn percent(share: Share) -> String {
    share.percent().map_or("n/a".to_owned(), |percent| format!("{percent:.1} %"))
}

fn missed(miss: &Miss) -> Finding {
    let what =
        miss.path.as_deref().map_or(miss.kind.to_owned(), |path| format!("{} {path}", miss.kind));
    let is_file = miss.kind == "file";
    Finding {
        level: Level::Error,
        rule: format!("coverage-{}", miss.kind),
        title: format!("{what}: {:.1} % is below {} %", miss.percent, miss.threshold),
        detail: String::new(),
        location: miss.path.clone().filter(|_| is_file).map(|path| Location {
            path,
            line: None,
            column: None,
        }),
    }
}

fn uncovered(measured: &Measured) -> Block {
    let places = |file: &File| {
        file.uncovered.iter().map(|range| (file.path.clone(), *range)).collect::<Vec<_>>()
    };
    let all: Vec<_> = measured.files.iter().flat_map(places).collect();
    let more = all.len().saturating_sub(UNCOVERED);
    let title = match more {
        0 => "Changed lines that no test runs".to_owned(),
        more => format!("Changed lines that no test runs (and {more} more places)"),
    };
    let findings = all.into_iter().take(UNCOVERED).map(|(path, (first, last))| Finding {
        level: Level::Warning,
        rule: "uncovered".to_owned(),
        title: match last - first {
            0 => format!("line {first} is not covered"),
            _ => format!("lines {first} to {last} are not covered"),
        },
        detail: String::new(),
        location: Some(Location { path, line: Some(first), column: None }),
    });
    Block::Findings { title, findings: findings.collect() }
}

fn without_reason(file: &File) -> impl Iterator<Item = Finding> {
    file.ignores.iter().filter(|ignore| ignore.reason.is_empty()).map(|ignore| Finding {
        level: Level::Warning,
        rule: "coverage-ignore".to_owned(),
        title: "write why, behind the comment: `//coverage:ignore <reason>`".to_owned(),
        detail: String::new(),
        location: Some(Location { path: file.path.clone(), line: Some(ignore.line), column: None }),
    })
}

/// Lowest first: that is where a look is worth it.
fn packages(measured: &Measured) -> Table {
    const SHOWN: usize = 30;
    let mut packages: Vec<_> = measured.packages().into_iter().collect();
    let key = |share: &Share| share.percent().unwrap_or(101.0);
    packages.sort_by(|(_, a), (_, b)| key(a).total_cmp(&key(b)));
    let mut table = Table::new("Packages", ["package", ">covered", ">statements", ">uncovered"]);
    for (path, share) in packages.iter().take(SHOWN) {
        let uncovered = (share.all - share.covered).to_string();
        table.row([(*path).to_owned(), percent(*share), share.all.to_string(), uncovered]);
    }
    table.omitted = packages.len().saturating_sub(SHOWN) as u64;
    table
}

fn notes(measured: &Measured, base: &Base) -> String {
    let mut notes = Vec::new();
    match base {
        Base::Known { commit, .. } => {
            notes.push(format!(
                "the change is what differs from {}",
                commit.get(..10).unwrap_or(commit)
            ));
        }
        Base::Nothing(why) => notes.push(format!("no change is looked at: {why}")),
    }
    if measured.generated > 0 {
        notes.push(format!("{} left out", counted(measured.generated, "generated file")));
    }
    if measured.ignored() > 0 {
        let statements = counted(measured.ignored() as usize, "statement");
        notes.push(format!("{statements} left out by comments"));
    }
    notes.join("; ")
}
