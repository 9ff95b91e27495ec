//! One row for one vulnerability, however many scanners, reports and names tell of it. Thresholds count
//! rows.

use crate::evidence::{Evidence, FilePlace, Package, Reachability, Scan, Subject};
use crate::names::{self, Names};
use crate::severity::Severity;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};

/// One vulnerability, or one place in the code that a rule finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is about.
    pub about: About,
    /// All names that its evidence has, the best known first.
    pub names: Vec<String>,
    /// What each scanner says: index of the scan, evidence.
    pub evidence: Vec<(usize, Evidence)>,
    /// The worst that any scanner says.
    pub severity: Severity,
    /// How near; `None` where nobody who can tell has looked.
    pub reachability: Option<Reachability>,
    /// Why another scanner's finding counts as nearer to harmless than that says itself.
    pub lowered: Option<String>,
    /// Tells it again when lines move and versions change.
    pub fingerprint: String,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A place in the repository's files.
    Code {
        /// Relative to the working folder.
        path: String,
        /// From 1; 0 where it is of the whole file.
        line: u32,
    },
    /// A package; `None` where no report says which.
    Package(Option<Package>),
}

impl Row {
    /// The best known name.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The first title that is not empty.
    pub fn title(&self) -> &str {
        let titles = self.evidence.iter().map(|(_, evidence)| evidence.title.as_str());
        titles.into_iter().find(|title| !title.is_empty()).unwrap_or_default()
    }

    /// The place that helps most: where a call begins, then a line of go.mod, then any.
    pub fn location(&self) -> Option<&FilePlace> {
        let places = self.evidence.iter().filter_map(|(_, evidence)| evidence.location.as_ref());
        places.max_by_key(|place| (place.path.ends_with(".go"), place.line.is_some()))
    }

    /// Installed versions.
    pub fn versions(&self) -> BTreeSet<&str> {
        let versions = self.evidence.iter().filter_map(|(_, evidence)| Some(evidence.package()?.1));
        versions.filter(|version| !version.is_empty()).collect()
    }

    /// Versions without it.
    pub fn fixed(&self) -> BTreeSet<&str> {
        let fixed = self.evidence.iter().filter_map(|(_, evidence)| match &evidence.subject {
            Subject::Advisory { fixed, .. } if !fixed.is_empty() => Some(fixed.as_str()),
            _ => None,
        });
        fixed.collect()
    }

    /// Why every scanner that found it sets it aside; `None` where one does not.
    pub fn suppressed(&self) -> Option<&str> {
        let all = self.evidence.iter().all(|(_, evidence)| evidence.suppressed.is_some());
        let first = self.evidence.first()?;
        first.1.suppressed.as_deref().filter(|_| all)
    }
}

/// Merges what all scans found; rows are sorted, so that the order of reports changes nothing.
pub fn merge(mut scans: Vec<Scan>) -> (Vec<Row>, Names, Vec<Scan>) {
    let names = Names::of(&scans);
    let groups = grouped(&scans, &names);
    let mut rows: Vec<Row> = Vec::with_capacity(groups.len());
    for group in groups {
        let mut evidence = Vec::with_capacity(group.len());
        for (scan, finding) in group {
            let found = scans.get_mut(scan).and_then(|scan| scan.findings.get_mut(finding));
            // In its place stays one that owns nothing.
            let nothing = Evidence::new(Subject::Code, String::new());
            evidence.extend(found.map(|found| (scan, std::mem::replace(found, nothing))));
        }
        rows.extend(row(evidence, &scans));
    }
    for scan in &mut scans {
        scan.findings = Vec::new();
    }
    rows.sort_by(|one, other| {
        let by_severity = other.severity.cmp(&one.severity);
        let by_reach = other.reachability.cmp(&one.reachability);
        let by_place = || one.about.cmp(&other.about).then_with(|| one.names.cmp(&other.names));
        by_severity.then(by_reach).then_with(by_place)
    });
    fingerprint(&mut rows);
    (rows, names, scans)
}

/// The findings of each row: index of the scan, and of its finding. A row's first finding names the package,
/// where any does.
fn grouped(scans: &[Scan], names: &Names) -> Vec<Vec<(usize, usize)>> {
    let all = scans.iter().enumerate().flat_map(|(scan, it)| {
        it.findings.iter().enumerate().map(move |(index, one)| ((scan, index), one))
    });
    let mut groups = Groups { rows: Vec::new(), by_key: HashMap::new() };
    let mut homeless = Vec::new();
    for (place, evidence) in all {
        match Key::of(evidence, names) {
            Key::Advisory(None, group) => homeless.push((place, group)),
            key => groups.add(key, place),
        }
    }
    // A report that does not name the package means the only one that others name.
    let mut by_group: HashMap<Group<'_>, Option<Key<'_>>> = HashMap::new();
    for key in groups.by_key.keys().filter(|_| !homeless.is_empty()) {
        if let Key::Advisory(_, group) = key {
            by_group.entry(*group).and_modify(|only| *only = None).or_insert(Some(*key));
        }
    }
    for (place, group) in homeless {
        let only = by_group.get(&group).copied().flatten();
        groups.add(only.unwrap_or(Key::Advisory(None, group)), place);
    }
    groups.rows
}

struct Groups<'a> {
    rows: Vec<Vec<(usize, usize)>>,
    by_key: HashMap<Key<'a>, usize>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, key: Key<'a>, place: (usize, usize)) {
        let row = *self.by_key.entry(key).or_insert(self.rows.len());
        match self.rows.get_mut(row) {
            Some(row) => row.push(place),
            None => self.rows.push(vec![place]),
        }
    }
}

/// Names of one closure, or a name that nobody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group<'a> {
    Known(usize),
    Lone(&'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Code { rule: &'a str, path: &'a str, line: u32, snippet: &'a str },
    Advisory(Option<&'a Package>, Group<'a>),
}

impl<'a> Key<'a> {
    fn of(evidence: &'a Evidence, names: &Names) -> Self {
        match &evidence.subject {
            Subject::Code => {
                let place = evidence.location.as_ref();
                let line = place.and_then(|place| place.line).unwrap_or_default();
                Self::Code {
                    rule: &evidence.rule,
                    path: place.map(|place| place.path.as_str()).unwrap_or_default(),
                    line,
                    // What has no line is told apart by its text.
                    snippet: if line == 0 { &evidence.snippet } else { "" },
                }
            }
            Subject::Advisory { package, .. } => {
                let group = names.group(&evidence.rule);
                let group = group.map_or(Group::Lone(&evidence.rule), Group::Known);
                Self::Advisory(package.as_ref(), group)
            }
        }
    }
}

/// The row of findings that are the same; `None` of none.
fn row(mut evidence: Vec<(usize, Evidence)>, scans: &[Scan]) -> Option<Row> {
    let (_, first) = evidence.first()?;
    let about = match &first.subject {
        Subject::Code => {
            let place = first.location.as_ref();
            About::Code {
                path: place.map(|place| place.path.clone()).unwrap_or_default(),
                line: place.and_then(|place| place.line).unwrap_or_default(),
            }
        }
        Subject::Advisory { package, .. } => About::Package(package.clone()),
    };
    let scanner = |index: usize| scans.get(index).map(|scan| scan.scanner.as_str());
    evidence.sort_by(|(one, first), (other, second)| {
        let by_scanner = scanner(*one).cmp(&scanner(*other));
        by_scanner
            .then_with(|| first.rule.cmp(&second.rule))
            .then_with(|| first.location.cmp(&second.location))
    });
    // The same report given twice, or one finding in several targets of it, is one piece of evidence.
    evidence.dedup_by(|(one, first), (other, second)| {
        scanner(*one) == scanner(*other) && first == second
    });
    let mut all: Vec<&str> = evidence.iter().flat_map(|(_, one)| one.names()).collect();
    all.sort_unstable_by(|one, other| names::rank(one).cmp(&names::rank(other)));
    all.dedup();
    let names = all.into_iter().map(str::to_owned).collect();
    let severity = evidence.iter().map(|(_, one)| one.severity).max().unwrap_or_default();
    let (reachability, lowered) = reachability(&evidence, scans);
    let fingerprint = String::new();
    Some(Row { about, names, evidence, severity, reachability, lowered, fingerprint })
}

/// How near a row is. Who looks at calls decides for those who do not, if both looked at the same
/// module at the same version, and at sources: what is in an image may have been built from others.
fn reachability(
    evidence: &[(usize, Evidence)],
    scans: &[Scan],
) -> (Option<Reachability>, Option<String>) {
    let told = evidence.iter().filter_map(|(_, one)| one.reachability).max();
    let Some(reach) = told else { return (None, None) };
    if reach == Reachability::Called {
        return (Some(reach), None);
    }
    // A judge is a finding of the same advisory by its own name, of a scan that saw all calls.
    let judges: Vec<(&Scan, &Evidence)> = evidence
        .iter()
        .filter(|(_, one)| one.reachability.is_some())
        .filter_map(|(index, one)| Some((scans.get(*index)?, one)))
        .collect();
    let mut lowered = false;
    for (_, one) in evidence.iter().filter(|(_, one)| one.reachability.is_none()) {
        let is_judged = |(scan, judge): &(&Scan, &Evidence)| {
            let Some(scope) = scan.scope.as_ref().filter(|scope| scope.is_whole) else {
                return false;
            };
            let Some(main) = &one.main_module else { return false };
            let Some((package, version)) = one.package() else { return false };
            scope.main_modules.contains(main)
                && scope.versions.get(&package.name).is_some_and(|looked| looked == version)
                && judge.names().any(|name| one.names().any(|own| own == name))
        };
        if !judges.iter().any(is_judged) {
            return (None, None);
        }
        lowered = true;
    }
    let reason = lowered.then(|| {
        let what = match reach {
            Reachability::Required => "no package that has it is imported",
            _ => "no call reaches it",
        };
        format!("{what}: govulncheck, calls in the sources of the same module and version")
    });
    (Some(reach), reason)
}

/// By rule, file and text for code, numbered where the same text is there more than once; by package and
/// name for advisories.
fn fingerprint(rows: &mut [Row]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for row in rows {
        let mut hash = Sha256::new();
        match &row.about {
            About::Code { path, .. } => {
                let of_line = row.evidence.iter().map(|(_, one)| one.snippet.as_str());
                let text = of_line.into_iter().find(|text| !text.is_empty());
                let text = text.unwrap_or_else(|| row.title());
                let mut what = format!("code\0{}\0{path}\0", row.name());
                for (index, word) in text.split_whitespace().enumerate() {
                    what.push_str(if index == 0 { "" } else { " " });
                    what.push_str(word);
                }
                hash.update(what.as_bytes());
                let number = seen.entry(what).or_default();
                hash.update(format!("\0{number}"));
                *number += 1;
            }
            About::Package(package) => {
                let package = package.as_ref().map(ToString::to_string).unwrap_or_default();
                hash.update(format!("advisory\0{package}\0{}", row.name()));
            }
        }
        row.fingerprint = HEXLOWER.encode(&hash.finalize()[..16]);
    }
}

#[cfg(test)]
mod tests;
