//! Real reports are read (see `tests/fixtures/README.md`), and every way to pass without evidence that was
//! seen is refused.

use super::*;
use crate::evidence::{Evidence, Reachability, Subject};
use crate::severity::Severity;
use govulncheck::End;
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).unwrap()
}

fn of(name: &str) -> Scan {
    read(&fixture(name), End::Success).unwrap()
}

fn read_text(text: &str) -> Result<Scan, Unsound> {
    read_text_with(text, End::Success)
}

fn read_text_with(text: &str, end: End) -> Result<Scan, Unsound> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    read(file.path(), end)
}

#[track_caller]
fn refused(text: &str, reason: &str) {
    let said = read_text(text).unwrap_err().reason;
    assert!(said.contains(reason), "{said}");
}

fn find<'a>(scan: &'a Scan, rule: &str) -> &'a Evidence {
    scan.findings.iter().find(|finding| finding.rule == rule).unwrap()
}

#[test]
fn gosec_is_read_with_both_of_its_axes() {
    let scan = of("gosec.json");
    assert_eq!((scan.scanner.as_str(), scan.findings.len()), ("gosec", 4));
    let weak = find(&scan, "G401");
    assert_eq!((weak.severity, weak.location.as_ref().unwrap().line), (Severity::Medium, Some(14)));
    assert!(weak.snippet.starts_with("fmt.Println(lang.Of"), "{}", weak.snippet);
    let doubtful =
        text("gosec.json").replace("\"confidence\": \"HIGH\"", "\"confidence\": \"LOW\"");
    assert_eq!(find(&read_text(&doubtful).unwrap(), "G401").severity, Severity::Low);
}

#[test]
fn a_gosec_report_without_a_scan_is_refused() {
    refused("{}", "is not a report");
    refused("{\"Issues\": []}", "`Stats`");
    refused("{\"Golang errors\": {}, \"Stats\": {\"files\": 3, \"found\": 0}}", "`Issues`");
    let sound = text("gosec.json");
    refused(&sound.replace("\"files\": 3", "\"files\": 0"), "looked at no file");
    // As of `jq 'del(.Issues[0])'`.
    refused(&sound.replace("\"found\": 4", "\"found\": 5"), "cut or filtered");
    refused(&sound[..sound.len() / 2], "cut off");
    refused(&format!("{sound}{sound}"), "cannot be parsed");
    let broken = "\"Golang errors\": {\"a.go\": [{\"line\": 3, \"column\": 1, \"error\": \"undefined: x\"}]}";
    let scan = read_text(&sound.replace("\"Golang errors\": {}", broken)).unwrap();
    assert_eq!(scan.doubts, ["gosec did not understand a.go:3: undefined: x"]);
}

#[test]
fn what_gosec_suppresses_keeps_its_reason() {
    let nosec = "\"nosec\": true,\n\t\t\t\"suppressions\": [{\"kind\": \"inSource\", \"justification\": \"not a secret\"}]";
    let text = text("gosec.json")
        .replacen("\"nosec\": false,\n\t\t\t\"suppressions\": null", nosec, 1)
        .replace("\"found\": 4", "\"found\": 3");
    let scan = read_text(&text).unwrap();
    let reasons: Vec<_> = scan.findings.iter().filter_map(|it| it.suppressed.clone()).collect();
    assert_eq!(reasons, ["not a secret"]);
}

#[test]
fn govulncheck_keeps_the_nearest_of_each_advisory() {
    let scan = of("govulncheck.json");
    assert_eq!(scan.findings.len(), 3);
    let called = find(&scan, "GO-2021-0113");
    assert_eq!(called.reachability, Some(Reachability::Called));
    assert_eq!(called.location.as_ref().unwrap().path, "internal/lang/lang.go");
    assert!(called.detail.starts_with("example.com/vulnerable/internal/lang.Of"));
    assert!(called.aliases.contains(&"CVE-2021-38561".to_owned()));
    assert_eq!(find(&scan, "GO-2022-0603").reachability, Some(Reachability::Imported));
    let expected = Subject::Advisory {
        package: Some(crate::evidence::Package::go("golang.org/x/text")),
        version: "0.3.5".to_owned(),
        fixed: "0.3.7".to_owned(),
    };
    assert_eq!(called.subject, expected);
}

/// The advisory of every needed module is in the stream, whatever its version.
#[test]
fn an_advisory_alone_is_no_finding() {
    let text = text("govulncheck.json");
    let end = text.find("{\n  \"finding\"").unwrap();
    assert!(read_text(&text[..end]).unwrap().findings.is_empty());
}

#[test]
fn a_govulncheck_stream_that_ends_early_is_refused() {
    let sound = text("govulncheck.json");
    refused(&sound[..sound.len() - 20], "cut off");
    let before = |what: &str| sound[..sound.find(what).unwrap()].to_owned();
    refused(&before("{\n  \"SBOM\""), "`SBOM`");
    refused(&before("{\n  \"progress\""), "anything was checked");
    refused(&before("{\n  \"osv\""), "anything was checked");
    refused(&sound[sound.find("{\n  \"SBOM\"").unwrap()..], "`config`");
    refused(&sound.replace("v1.0.0", "v2.0.0"), "v1 is understood");
    refused(&format!("{sound}{sound}"), "joined");
    let start = sound.find("\"roots\": [").unwrap();
    let end = start + sound[start..].find(']').unwrap();
    refused(&format!("{}\"roots\": [{}", &sound[..start], &sound[end..]), "no package");
}

/// An empty folder as database: govulncheck ends with 0 and says that nothing is vulnerable.
#[test]
fn an_empty_database_is_no_evidence() {
    let sound = text("govulncheck.json");
    for time in ["", "\"db_last_modified\": \"0001-01-01T00:00:00Z\","] {
        let text = sound.replace("\"db_last_modified\": \"2026-01-01T00:00:00Z\",", time);
        let scan = read_text(&text).unwrap();
        assert!(scan.doubts[0].contains("empty or none"), "{:?}", scan.doubts);
    }
}

/// Cut between two objects, a stream looks whole: the calls are missing at its end.
#[test]
fn a_stream_from_a_file_proves_only_what_it_says() {
    let sound = text("govulncheck.json");
    let calls = sound.rfind("{\n  \"finding\"").unwrap();
    let calls = sound[..calls].rfind("{\n  \"finding\"").unwrap();
    let cut = read_text_with(&sound[..calls], End::Unknown).unwrap();
    assert!(cut.findings.iter().all(|finding| finding.reachability.is_none()));
    assert!(cut.notes[0].contains("complete"), "{:?}", cut.notes);
    let whole = read_text_with(&sound, End::Unknown).unwrap();
    assert_eq!(find(&whole, "GO-2021-0113").reachability, Some(Reachability::Called));
}

#[test]
fn trivy_is_read_with_names_and_packages() {
    let scan = of("trivy.json");
    assert_eq!(scan.findings.len(), 3);
    let one = find(&scan, "CVE-2021-38561");
    assert_eq!(
        (one.severity, one.aliases.as_slice()),
        (Severity::High, &["GHSA-ppp9-7jff-5vj2".to_owned()][..])
    );
    let (package, version) = one.package().unwrap();
    assert_eq!((package.name.as_str(), version), ("golang.org/x/text", "0.3.5"));
    assert!(of("trivy-clean.json").doubts.is_empty());
}

#[test]
fn a_trivy_report_without_a_scan_is_no_clean_one() {
    let scan = of("trivy-empty.json");
    assert_eq!(scan.doubts, ["trivy recognised nothing to look at in it"]);
    let sound = text("trivy.json");
    refused(&sound.replace("\"SchemaVersion\": 2", "\"SchemaVersion\": 3"), "schema version 3");
    refused("{\"Results\": []}", "`SchemaVersion`");
    refused("{\"SchemaVersion\": 2, \"Results\": []}", "`ArtifactName`");
    refused(&sound[..sound.len() - 10], "cut off");
}

/// One notice of a distribution is of many vulnerabilities.
#[test]
fn a_notice_of_a_distribution_is_no_alias() {
    let text = text("trivy.json").replace("GHSA-ppp9-7jff-5vj2", "DSA-5000-1");
    assert!(find(&read_text(&text).unwrap(), "CVE-2021-38561").aliases.is_empty());
}

#[test]
fn sarif_of_each_scanner_is_read() {
    let gosec = of("gosec.sarif");
    assert_eq!((gosec.scanner.as_str(), gosec.findings.len()), ("gosec", 4));
    assert_eq!(find(&gosec, "G401").location.as_ref().unwrap().line, Some(14));
    let trivy = of("trivy.sarif");
    let one = find(&trivy, "CVE-2021-38561");
    assert_eq!(one.severity, Severity::High);
    assert_eq!(one.package().unwrap().0.name, "golang.org/x/text");
    assert_eq!(of("govulncheck.sarif").findings.len(), 3);
    assert!(trivy.has_database && !gosec.has_database);
}

fn sarif(run: &str) -> String {
    format!(
        "{{\"version\": \"2.1.0\", \"runs\": [{{\"tool\": {{\"driver\": {{\"name\": \"x\"}}}}{run}}}]}}"
    )
}

#[test]
fn sarif_without_a_scan_is_refused() {
    refused("{\"version\": \"2.1.0\", \"runs\": []}", "no run");
    refused("{\"version\": \"2.1.0\"}", "no run");
    refused("{\"version\": \"2.0.0\", \"runs\": []}", "2.1.0 is understood");
    refused("{\"runs\": []}", "`version`");
    refused(&sarif(""), "scanned nothing");
    refused(&sarif(", \"results\": null"), "scanned nothing");
    refused(
        &sarif(", \"results\": [], \"invocations\": [{\"executionSuccessful\": false}]"),
        "failed",
    );
    assert!(read_text(&sarif(", \"results\": []")).unwrap().doubts.is_empty());
    let notified = ", \"results\": [], \"invocations\": [{\"executionSuccessful\": true, \"toolExecutionNotifications\": [{\"level\": \"error\", \"message\": {\"text\": \"a.go is not parsed\"}}]}]";
    assert_eq!(read_text(&sarif(notified)).unwrap().doubts, ["x: a.go is not parsed"]);
}

#[test]
fn only_results_that_say_something_is_wrong_count() {
    let results = r#", "results": [
        {"ruleId": "a", "message": {"text": "t"}},
        {"ruleId": "b", "kind": "pass", "message": {"text": "t"}},
        {"ruleId": "c", "baselineState": "absent", "message": {"text": "t"}},
        {"ruleId": "d", "suppressions": [{"kind": "external", "status": "rejected"}], "message": {"text": "t"}},
        {"ruleId": "e", "suppressions": [{"kind": "inSource", "justification": "tested"}], "message": {"text": "t"}},
        {"ruleId": "f", "properties": {"security-severity": "9.8"}, "message": {"text": "t"}},
        {"ruleId": "g", "properties": {"security-severity": "grave"}, "level": "note", "message": {"text": "t"}}]"#;
    let scan = read_text(&sarif(results)).unwrap();
    let told: Vec<_> = scan
        .findings
        .iter()
        .map(|it| (it.rule.as_str(), it.severity, it.suppressed.as_deref()))
        .collect();
    let expected = [
        ("a", Severity::Medium, None),
        ("d", Severity::Medium, None),
        ("e", Severity::Medium, Some("tested")),
        ("f", Severity::Critical, None),
        ("g", Severity::Low, None),
    ];
    assert_eq!(told, expected);
}

/// As gosec writes it when the rule whose id sorts last comes first.
#[test]
fn a_stale_index_does_not_change_the_rule() {
    let text = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": [
        {"id": "a", "properties": {"security-severity": "9.9"}}, {"id": "b"}]}},
        "results": [{"ruleId": "b", "ruleIndex": 0, "message": {"text": "t"}}]}]}"#;
    assert_eq!(read_text(text).unwrap().findings[0].severity, Severity::Medium);
}

#[test]
fn files_that_are_no_reports_are_named() {
    for text in ["", "null", "[]", "hello", "{\"a\": 1}", "{\"nested\": {\"runs\": []}}"] {
        assert!(read_text(text).is_err(), "{text}");
    }
    let absent = read(Path::new("/nowhere/report.json"), End::Success).unwrap_err();
    assert!(absent.reason.contains("cannot be read"), "{absent:?}");
    // As PowerShell writes it.
    let marked = format!("\u{feff}{}", text("gosec.json"));
    assert_eq!(read_text(&marked).unwrap().findings.len(), 4);
}

/// A stream is read piece by piece: what one message may hold is bounded, what all hold is not.
#[test]
fn a_message_without_an_end_is_refused() {
    let endless = std::io::repeat(b'x').take(80 << 20);
    let begin = "{\"osv\": {\"id\": \"GO-1\", \"details\": \"";
    let source = std::io::Cursor::new(begin).chain(endless);
    let said = govulncheck::read(source, End::Success).unwrap_err();
    assert!(said.contains("64 MiB"), "{said}");
}
