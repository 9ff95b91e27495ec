//! The findings for code scanning: one run and category for each scanner, real fingerprints.

use super::line_hash::line_hashes;
use crate::baseline::State;
use crate::decide::Judged;
use crate::evidence::{Scan, bare_version};
use crate::merge::{About, Row};
use crate::{names, report};
use robot_contract::Checkout;
use robot_model::Finding;
use robot_render::{Property, SarifResult, SarifRun};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Each row becomes one result, of the first scanner that found it.
pub(crate) fn runs<'a>(
    rows: &'a [Row],
    states: &[State],
    judged: &[Judged],
    scans: &'a [Scan],
    root: &Path,
    checkout: &Checkout,
) -> Vec<SarifRun<'a>> {
    let mut runs: BTreeMap<&str, SarifRun<'a>> = BTreeMap::new();
    for scan in scans {
        runs.entry(&scan.scanner).or_insert_with(|| run(scan));
    }
    let mut hashes = Hashes { root, known: HashMap::new() };
    for ((row, state), judged) in rows.iter().zip(states).zip(judged) {
        let first = row.evidence.first().and_then(|(index, _)| scans.get(*index));
        if let Some(run) = first.and_then(|scan| runs.get_mut(scan.scanner.as_str())) {
            run.results.push(result(row, state, judged, &mut hashes, checkout));
        }
    }
    runs.into_values().collect()
}

fn run(scan: &Scan) -> SarifRun<'_> {
    let version = bare_version(&scan.version);
    SarifRun {
        tool: &scan.scanner,
        version: Some(version).filter(|it| it.starts_with(|first: char| first.is_ascii_digit())),
        url: match scan.scanner.as_str() {
            "gosec" => Some("https://github.com/securego/gosec"),
            "govulncheck" => Some("https://go.dev/doc/security/vuln/"),
            "trivy" | "Trivy" => Some("https://trivy.dev"),
            _ => None,
        },
        category: format!("robot-security-gate/{}/", scan.scanner),
        results: Vec::new(),
    }
}

fn result<'a>(
    row: &'a Row,
    state: &State,
    judged: &Judged,
    hashes: &mut Hashes<'_>,
    checkout: &Checkout,
) -> SarifResult<'a> {
    let place = row.location();
    let path = place.map_or("go.mod", |place| place.path.as_str());
    let line = place.and_then(|place| place.line).unwrap_or(1);
    let title = if row.title().is_empty() { row.name() } else { row.title() };
    // Without a place it is of go.mod.
    let location = match place {
        Some(place) => place.in_repository(checkout),
        None => checkout.line("go.mod", 1),
    };
    let reach = row.reachability.map_or("unknown", |reach| reach.word());
    SarifResult {
        finding: Finding {
            severity: Some(judged.severity),
            fingerprint: Some(row.fingerprint.clone()),
            help_url: names::page(row.name()),
            ..Finding::new(report::level(judged), row.name(), title)
                .detail(package(row))
                .at(location)
        },
        outside: place.map(|place| place.path.as_str()),
        line_hash: hashes.of(path, line),
        is_suppressed: judged.is_ignored,
        properties: BTreeMap::from([
            ("state", Property::Word(state.word())),
            ("reachability", Property::Word(reach)),
            ("names", Property::Words(&row.names)),
        ]),
    }
}

/// What code scanning shows of a package.
fn package(row: &Row) -> String {
    let About::Package(Some(package)) = &row.about else { return String::new() };
    let versions = row.versions().into_iter().collect::<Vec<_>>().join(", ");
    let fixed = row.fixed().into_iter().collect::<Vec<_>>().join(", ");
    format!("Package: {package}\nInstalled Version: {versions}\nFixed Version: {fixed}")
}

struct Hashes<'a> {
    root: &'a Path,
    known: HashMap<String, Vec<String>>,
}

impl Hashes<'_> {
    fn of(&mut self, path: &str, line: u32) -> Option<String> {
        if !self.known.contains_key(path) {
            let text = fs_err::read_to_string(self.root.join(path)).ok();
            let hashes = text.map(|text| line_hashes(&text)).unwrap_or_default();
            self.known.insert(path.to_owned(), hashes);
        }
        let hashes = self.known.get(path)?;
        let hash = hashes.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        (!hash.is_empty()).then(|| hash.clone())
    }
}
