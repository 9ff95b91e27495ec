//! Entries hold back what they name, until they end, and are told when they do not.

use super::*;
use crate::evidence::{Evidence, FilePlace, Scan, Subject};
use crate::merge;

fn rows() -> (Vec<Row>, Names) {
    let text = Subject::Advisory {
        package: Some(Package::go("golang.org/x/text")),
        version: "0.3.5".to_owned(),
        fixed: "0.3.7".to_owned(),
    };
    let advisory = Evidence { aliases: vec!["GO-1".to_owned()], ..Evidence::new(text, "CVE-1") };
    let location = FilePlace { path: "pkg/a.go".to_owned(), line: Some(3), column: None };
    let code = Evidence { location: Some(location), ..Evidence::new(Subject::Code, "G104") };
    let scan = Scan { findings: vec![advisory, code], ..Scan::default() };
    let (rows, names, _) = merge::merge(vec![scan]);
    (rows, names)
}

/// Names of the rows that are set aside on 2026-06-15.
fn set_aside(ignores: &Ignores) -> (Vec<String>, Applied) {
    let (rows, names) = rows();
    let applied = apply(ignores, &rows, &names, "2026-06-15".parse().unwrap(), 14);
    let told = rows.iter().zip(&applied.by_row).filter(|(_, it)| it.is_some());
    (told.map(|(row, _)| row.name().to_owned()).collect(), applied)
}

fn ours(text: &str) -> (Vec<String>, Applied) {
    let entries = ours::parse(text, "ignore.yml").unwrap();
    set_aside(&Ignores { entries, ..Ignores::default() })
}

fn one(id: &str, more: &str) -> String {
    format!("ignore:\n  - id: {id}\n    reason: not reachable from outside\n{more}")
}

#[test]
fn an_entry_holds_back_by_any_name_until_its_day_is_over() {
    let until = |day: &str| one("GO-1", &format!("    expires: {day}\n"));
    assert_eq!(ours(&until("2027-01-31")).0, ["CVE-1"]);
    assert_eq!(ours(&until("2026-06-15")).0, ["CVE-1"]);
    let (held, applied) = ours(&until("2026-06-14"));
    assert_eq!((held.len(), applied.expired.as_slice()), (0, &[0][..]));
    assert_eq!(ours(&until("2026-06-29")).1.ending, [0]);
    assert!(ours(&until("2026-06-30")).1.ending.is_empty());
    assert_eq!(ours(&one("CVE-2", "    expires: 2027-01-31\n")).1.unused, [0]);
}

#[test]
fn an_entry_holds_back_only_where_it_says() {
    let at = |id: &str, more: &str| ours(&one(id, &format!("    expires: 2027-01-31\n{more}"))).0;
    assert_eq!(at("G104", "    paths: [pkg/**]\n"), ["G104"]);
    assert!(at("G104", "    paths: [cmd/**]\n").is_empty());
    assert_eq!(at("CVE-1", "    package: golang.org/x/text\n"), ["CVE-1"]);
    assert_eq!(at("CVE-1", "    package: pkg:golang/golang.org/x/text@v0.3.5\n"), ["CVE-1"]);
    assert!(at("CVE-1", "    package: golang.org/x/text@v0.3.6\n").is_empty());
    assert!(at("CVE-1", "    package: golang.org/x/net\n").is_empty());
}

#[test]
fn a_reason_and_an_end_are_mandatory() {
    for (text, said) in [
        ("ignore:\n  - id: CVE-1\n    expires: 2027-01-31\n", "reason"),
        ("ignore:\n  - id: CVE-1\n    reason: it is fine\n", "expires"),
        (&one("CVE-1", "    expires: never\n"), "not a date"),
        (&one("CVE-1", "    expires: 2027-02-31\n"), "not a date"),
        ("ignore:\n  - id: CVE-1\n    reason: \" \"\n    expires: 2027-01-31\n", "fewer than 3"),
        (&one("\"\"", "    expires: 2027-01-31\n"), "empty"),
        (&one("CVE-1", "    expires: 2027-01-31\n    path: a\n"), "path"),
        (&one("G104", "    expires: 2027-01-31\n    paths: ['a{']\n"), "line 2"),
        ("CVE-1\n", ""),
        ("ignored: []\n", "ignored"),
    ] {
        let error = ours::parse(text, "x").unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
    assert!(ours::parse("# nothing yet\n", "x").unwrap().is_empty());
}

fn foreign(read: fn(&str, &str, &mut Ignores), text: &str) -> (Vec<String>, Applied, Ignores) {
    let mut ignores = Ignores::default();
    read(text, "foreign", &mut ignores);
    let (held, applied) = set_aside(&ignores);
    (held, applied, ignores)
}

#[test]
fn trivyignore_is_read_and_a_day_that_is_none_is_told() {
    let lines = |text: &str| foreign(trivyignore::lines, text);
    assert_eq!(lines("# why\nCVE-1\n").0, ["CVE-1"]);
    assert_eq!(lines("CVE-1 exp:2027-01-31 # why\n").0, ["CVE-1"]);
    assert_eq!(lines("CVE-1 exp:2026-01-31\n").1.expired, [0]);
    let (held, _, ignores) = lines("CVE-1 exp:2026-13-31\n");
    assert!(held.is_empty() && ignores.warnings[0].contains("foreign:1"), "{ignores:?}");
    let yaml = |text: &str| foreign(trivyignore::yaml, text);
    let text = "vulnerabilities:\n  - id: CVE-1\n    purls: [pkg:golang/golang.org/x/text]\n    statement: why\n    expired_at: 2027-01-31\n";
    assert_eq!(yaml(text).0, ["CVE-1"]);
    assert!(yaml(&text.replace("x/text", "x/net")).0.is_empty());
    assert!(yaml(&text.replace("2027-01-31", "soon")).2.warnings[0].contains("CVE-1"));
    assert_eq!(yaml("[").2.warnings.len(), 1);
    assert!(yaml("").2.warnings.is_empty());
}

#[test]
fn osv_scanner_s_file_is_read() {
    let read = |text: &str| foreign(osv_scanner::read, text);
    let text = "[[IgnoredVulns]]\nid = \"GO-1\"\nignoreUntil = 2027-01-31\nreason = \"why\"\n";
    assert_eq!(read(text).0, ["CVE-1"]);
    assert_eq!(read(&text.replace("2027", "2025")).1.expired, [0]);
    assert_eq!(read(&text.replace("2027-01-31", "2027-01-31T10:00:00Z")).0, ["CVE-1"]);
    let package = "[[PackageOverrides]]\nname = \"golang.org/x/text\"\necosystem = \"Go\"\nignore = true\nreason = \"why\"\n";
    assert_eq!(read(package).0, ["CVE-1"]);
    let (held, _, ignores) = read("[[PackageOverrides]]\nignore = true\n");
    // An override without a name would be one for everything.
    assert!(held.is_empty() && ignores.warnings.len() == 1);
    assert_eq!(read("= 1").2.warnings.len(), 1);
}

fn vex(statements: &str) -> (Vec<String>, Applied, Ignores) {
    let text = format!(
        "{{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"timestamp\": \"2026-01-01T00:00:00Z\", \"statements\": [{statements}]}}"
    );
    let mut ignores = Ignores::default();
    vex::parse(text.as_bytes(), "vex.json", &mut ignores).unwrap();
    let (held, applied) = set_aside(&ignores);
    (held, applied, ignores)
}

#[test]
fn openvex_holds_back_what_is_not_affected_and_the_latest_word_counts() {
    let statement = |status: &str, time: &str, product: &str| {
        format!(
            "{{\"vulnerability\": {{\"name\": \"GO-1\"}}, \"timestamp\": \"{time}\", \"status\": \"{status}\", \"products\": [{product}]}}"
        )
    };
    let text = "{\"@id\": \"pkg:golang/golang.org/x/text@v0.3.5\"}";
    let safe = statement("not_affected", "2026-01-01T00:00:00Z", text);
    assert_eq!(vex(&safe).0, ["CVE-1"]);
    let later = statement("affected", "2026-02-01T00:00:00Z", text);
    assert!(vex(&format!("{safe},{later}")).0.is_empty());
    assert!(vex(&format!("{later},{safe}")).0.is_empty());
    let part = "{\"@id\": \"pkg:golang/example.com/robot\", \"subcomponents\": [{\"@id\": \"pkg:golang/golang.org/x/text@v0.3.5\"}]}";
    assert_eq!(vex(&statement("fixed", "2026-01-01T00:00:00Z", part)).0, ["CVE-1"]);
    let other = text.replace("0.3.5", "0.3.6");
    assert!(vex(&statement("not_affected", "2026-01-01T00:00:00Z", &other)).0.is_empty());
    let nameless =
        statement("not_affected", "2026-01-01T00:00:00Z", "{\"@id\": \"Unknown Product\"}");
    assert_eq!(vex(&nameless).2.warnings.len(), 1);
    let parse = |text: &str| vex::parse(text.as_bytes(), "x", &mut Ignores::default());
    for broken in [
        "",
        "{}",
        "{\"@context\": \"https://openvex.dev/ns\"}",
        "{\"@context\": \"https://spdx.org\", \"statements\": []}",
    ] {
        assert!(parse(broken).is_err(), "{broken}");
    }
}

/// Of the real govulncheck: its products are unknown, the parts are packages.
#[test]
fn what_govulncheck_writes_as_openvex_is_read() {
    let text = include_str!("../../tests/fixtures/govulncheck.openvex.json");
    let mut ignores = Ignores::default();
    vex::parse(text.as_bytes(), "vex.json", &mut ignores).unwrap();
    let names: Vec<_> = ignores.entries.iter().map(|entry| entry.names[0].as_str()).collect();
    assert_eq!(names, ["GO-2022-0603"]);
}
