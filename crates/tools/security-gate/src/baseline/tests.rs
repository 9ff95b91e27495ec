//! A change answers for what it brings.

use super::*;
use crate::evidence::{Evidence, FilePlace, Package, Scope, Subject};
use crate::merge;

fn advisory(rule: &str, version: &str, reach: Option<Reachability>) -> Evidence {
    let subject = Subject::Advisory {
        package: Some(Package::go("m")),
        version: version.to_owned(),
        fixed: String::new(),
    };
    let location = FilePlace { path: "a.go".to_owned(), line: Some(1), column: None };
    Evidence { reachability: reach, location: Some(location), ..Evidence::new(subject, rule) }
}

fn code(rule: &str, text: &str) -> Evidence {
    let location = FilePlace { path: "a.go".to_owned(), line: Some(1), column: None };
    let snippet = text.to_owned();
    Evidence { location: Some(location), snippet, ..Evidence::new(Subject::Code, rule) }
}

/// A run: scanner's version, content of a.go, version of module m, findings.
fn run(
    scanner: &str,
    file: &str,
    module: &str,
    found: Vec<Evidence>,
) -> (Vec<Row>, Vec<Scan>, Inventory) {
    let scope =
        Scope { versions: [("m".to_owned(), module.to_owned())].into(), ..Scope::default() };
    let scan = Scan {
        scanner: "s".to_owned(),
        version: scanner.to_owned(),
        scope: Some(scope),
        findings: found,
        ..Scan::default()
    };
    let (rows, _, scans) = merge::merge(vec![scan]);
    let root = tempfile::tempdir().unwrap();
    fs_err::write(root.path().join("a.go"), file).unwrap();
    let inventory = Inventory::of(root.path(), &rows, &scans, &[]);
    (rows, scans, inventory)
}

type Run = (Vec<Row>, Vec<Scan>, Inventory);

fn told(before: Run, now: Run) -> Vec<&'static str> {
    let (rows, scans, inventory) = before;
    let record = record("c", 0, &rows, &scans, &inventory, |_| ("", None));
    // As it is read again.
    let record = serde_json::from_slice(&serde_json::to_vec(&record).unwrap()).unwrap();
    let baseline = Baseline::Known(Box::new(record));
    let (rows, scans, inventory) = now;
    states(&baseline, &rows, &scans, &inventory).iter().map(State::word).collect()
}

#[test]
fn an_advisory_for_what_was_there_is_drift_and_for_what_is_new_is_not() {
    let before = || run("1", "x", "1.0.0", Vec::new());
    let now = |file: &str, module: &str, reach| {
        told(before(), run("1", file, module, vec![advisory("CVE-1", module, reach)]))
    };
    assert_eq!(now("x", "1.0.0", None), ["drift"]);
    assert_eq!(now("y", "1.0.0", None), ["drift"]);
    assert_eq!(now("x", "1.1.0", None), ["introduced"]);
    // The advisory may be new, and so is the code that calls what it names.
    assert_eq!(now("y", "1.0.0", Some(Reachability::Called)), ["introduced"]);
    assert_eq!(now("x", "1.0.0", Some(Reachability::Called)), ["drift"]);
}

#[test]
fn what_was_known_stays_known_by_any_name_until_the_code_gets_nearer() {
    let at = |rule: &str, reach| {
        let aliases = vec!["GHSA-1".to_owned()];
        run("1", "x", "1.0.0", vec![Evidence { aliases, ..advisory(rule, "1.0.0", Some(reach)) }])
    };
    let (imported, called) = (Reachability::Imported, Reachability::Called);
    assert_eq!(told(at("GO-1", imported), at("CVE-1", imported)), ["known"]);
    assert_eq!(told(at("GO-1", called), at("GO-1", imported)), ["known"]);
    assert_eq!(told(at("GO-1", imported), at("GO-1", called)), ["introduced"]);
}

#[test]
fn code_is_known_by_its_text_and_another_scanner_s_news_is_drift() {
    let at = |version: &str, file: &str, found| run(version, file, "1.0.0", found);
    let weak = || vec![code("G1", "weak")];
    assert_eq!(told(at("1", "x", weak()), at("1", "y", weak())), ["known"]);
    assert_eq!(told(at("1", "x", vec![]), at("1", "y", weak())), ["introduced"]);
    assert_eq!(told(at("1", "x", vec![]), at("2", "x", weak())), ["drift"]);
    assert_eq!(told(at("1", "x", vec![]), at("2", "y", weak())), ["introduced"]);
    // The same scanner finds it in the same file: nobody knows why it did not before.
    assert_eq!(told(at("1", "x", vec![]), at("1", "x", weak())), ["introduced"]);
}

#[test]
fn a_record_that_should_be_there_is_not_a_first_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("security.json");
    assert!(matches!(read(&path, false), Baseline::Nothing));
    assert!(matches!(read(&path, true), Baseline::Unknown(_)));
    for text in ["", "{", "{\"schema\": \"robot.security/v9\"}"] {
        fs_err::write(&path, text).unwrap();
        assert!(matches!(read(&path, false), Baseline::Unknown(_)), "{text}");
    }
}
