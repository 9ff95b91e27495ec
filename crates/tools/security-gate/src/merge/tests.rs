//! What is the same is one row, what is not stays apart, whatever the order.

use super::*;
use crate::evidence::{FilePlace, Scope};
use proptest::prelude::*;

fn advisory(rule: &str, package: &str, version: &str) -> Evidence {
    let package = (!package.is_empty()).then(|| Package::go(package));
    let subject =
        Subject::Advisory { package, version: version.to_owned(), fixed: "9.0.0".to_owned() };
    Evidence::new(subject, rule)
}

fn aliased(rule: &str, aliases: &[&str]) -> Evidence {
    Evidence {
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..advisory(rule, "m", "1.0.0")
    }
}

fn scan(name: &str, findings: Vec<Evidence>) -> Scan {
    Scan { scanner: name.to_owned(), findings, ..Scan::default() }
}

fn names(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.names.clone()).collect()
}

#[test]
fn names_join_over_what_others_say_of_them() {
    let scans = vec![
        scan("trivy", vec![aliased("CVE-1", &["GHSA-1"])]),
        scan("osv", vec![aliased("GO-1", &[])]),
        Scan {
            alias_groups: vec![vec!["GO-1".to_owned(), "GHSA-1".to_owned()]],
            ..scan("govulncheck", Vec::new())
        },
    ];
    let (rows, ..) = merge(scans);
    assert_eq!(names(&rows), [["CVE-1", "GHSA-1", "GO-1"]]);
    assert_eq!(rows[0].evidence.len(), 2);
}

#[test]
fn the_same_advisory_of_two_packages_is_two_rows() {
    let found = vec![advisory("CVE-1", "m", "1.0.0"), advisory("CVE-1", "n", "1.0.0")];
    assert_eq!(merge(vec![scan("trivy", found)]).0.len(), 2);
}

#[test]
fn a_report_that_does_not_name_the_package_means_the_only_one() {
    let nameless = || scan("x", vec![advisory("CVE-1", "", "")]);
    let (rows, ..) = merge(vec![nameless(), scan("trivy", vec![advisory("CVE-1", "m", "1.0.0")])]);
    assert_eq!(rows.len(), 1);
    let two = vec![advisory("CVE-1", "m", "1.0.0"), advisory("CVE-1", "n", "1.0.0")];
    assert_eq!(merge(vec![nameless(), scan("trivy", two)]).0.len(), 3);
}

#[test]
fn one_vulnerability_in_many_targets_is_counted_once() {
    let found = vec![advisory("CVE-1", "m", "1.0.0"); 5];
    let (rows, ..) = merge(vec![scan("trivy", found)]);
    assert_eq!((rows.len(), rows[0].evidence.len()), (1, 1));
}

#[test]
fn links_join_only_what_they_can_mean() {
    let linking = |links: &[&str]| Evidence {
        mentions: links.iter().map(|link| (*link).to_owned()).collect(),
        ..advisory("CVE-1", "m", "1.0.0")
    };
    let rows = |links: &[&str]| {
        let go = advisory("GO-1", "m", "1.0.0");
        merge(vec![scan("trivy", vec![linking(links)]), scan("osv", vec![go])]).0.len()
    };
    assert_eq!(rows(&["GO-1"]), 1);
    // Two pages of one kind: neither is known to be its own.
    assert_eq!(rows(&["GO-1", "GO-2"]), 2);
    // A page of another CVE is never its own.
    let other = advisory("CVE-2", "m", "1.0.0");
    let (rows, ..) = merge(vec![scan("trivy", vec![linking(&["CVE-2"]), other])]);
    assert_eq!(rows.len(), 2);
}

/// Evidence of trivy on go.mod, and a judge that looked at calls.
fn judged(change: impl Fn(&mut Evidence, &mut Evidence, &mut Scope)) -> Row {
    let mut found = Evidence {
        main_module: Some("example.com/robot".to_owned()),
        aliases: vec!["GHSA-1".to_owned()],
        ..advisory("CVE-1", "m", "1.0.0")
    };
    let mut judge = Evidence {
        aliases: vec!["CVE-1".to_owned()],
        reachability: Some(Reachability::Imported),
        ..advisory("GO-1", "m", "1.0.0")
    };
    let mut scope = Scope {
        is_whole: true,
        main_modules: vec!["example.com/robot".to_owned()],
        versions: [("m".to_owned(), "1.0.0".to_owned())].into(),
    };
    change(&mut found, &mut judge, &mut scope);
    let govulncheck = Scan { scope: Some(scope), ..scan("govulncheck", vec![judge]) };
    let (rows, ..) = merge(vec![scan("trivy", vec![found]), govulncheck]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap()
}

#[test]
fn a_verdict_on_calls_lowers_the_row_of_another_scanner_and_says_why() {
    let row = judged(|_, _, _| {});
    assert_eq!(row.reachability, Some(Reachability::Imported));
    assert!(row.lowered.unwrap().contains("no call reaches it"));
}

#[test]
fn a_verdict_on_something_else_lowers_nothing() {
    let kept = |change: &dyn Fn(&mut Evidence, &mut Evidence, &mut Scope)| {
        let row = judged(change);
        assert_eq!((row.reachability, row.lowered), (None, None));
    };
    // The calls were not all looked at.
    kept(&|_, _, scope| scope.is_whole = false);
    // Another module of the repository, an image, another version.
    kept(&|_, _, scope| scope.main_modules = vec!["example.com/other".to_owned()]);
    kept(&|found, _, _| found.main_module = None);
    kept(&|_, _, scope| {
        scope.versions.insert("m".to_owned(), "1.1.0".to_owned());
    });
    // The judge's advisory joins the row by a link alone.
    kept(&|found, judge, _| {
        judge.aliases.clear();
        found.mentions = vec!["GO-1".to_owned()];
    });
}

#[test]
fn a_call_is_a_call_whatever_else_is_said() {
    let row = judged(|_, judge, _| judge.reachability = Some(Reachability::Called));
    assert_eq!((row.reachability, row.lowered), (Some(Reachability::Called), None));
}

#[test]
fn the_worst_severity_counts() {
    let grave = Evidence { severity: Severity::Critical, ..advisory("CVE-1", "m", "1.0.0") };
    let mild = Evidence { severity: Severity::Low, ..advisory("CVE-1", "m", "1.0.0") };
    let (rows, ..) = merge(vec![scan("a", vec![mild]), scan("b", vec![grave])]);
    assert_eq!(rows[0].severity, Severity::Critical);
}

fn code(path: &str, line: u32, text: &str) -> Evidence {
    let location = FilePlace { path: path.to_owned(), line: Some(line), column: None };
    Evidence {
        location: Some(location),
        snippet: text.to_owned(),
        ..Evidence::new(Subject::Code, "G101")
    }
}

#[test]
fn a_fingerprint_stays_when_lines_move_and_tells_equal_lines_apart() {
    let prints = |found: Vec<Evidence>| -> Vec<String> {
        merge(vec![scan("gosec", found)]).0.into_iter().map(|row| row.fingerprint).collect()
    };
    let before = prints(vec![code("a.go", 3, "x := 1"), code("a.go", 9, "x := 1")]);
    let after = prints(vec![code("a.go", 7, "x  :=  1"), code("a.go", 20, "x := 1")]);
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
    assert_ne!(prints(vec![code("b.go", 3, "x := 1")])[0], before[0]);
}

proptest! {
    /// The order of reports and of what is in them changes nothing.
    #[test]
    fn order_changes_nothing(
        found in prop::collection::vec((0..6_u8, 0..3_u8, prop::collection::vec(0..6_u8, 0..2)), 0..12),
        seed in 0..1000_usize,
    ) {
        let evidence = |(rule, package, aliases): &(u8, u8, Vec<u8>)| Evidence {
            aliases: aliases.iter().map(|alias| format!("GHSA-{alias}")).collect(),
            ..advisory(&format!("CVE-{rule}"), &format!("m{package}"), "1.0.0")
        };
        let all: Vec<Evidence> = found.iter().map(evidence).collect();
        let mut turned = all.clone();
        let middle = if turned.is_empty() { 0 } else { seed % turned.len() };
        turned.rotate_left(middle);
        let told = |all: Vec<Evidence>| {
            let (rows, ..) = merge(vec![scan("x", all)]);
            rows.into_iter().map(|row| (row.names, row.about, row.fingerprint)).collect::<Vec<_>>()
        };
        prop_assert_eq!(told(all), told(turned));
    }
}
