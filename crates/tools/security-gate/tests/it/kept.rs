//! Scans are repeated from an earlier run only while nothing that the scanners read has changed.

use crate::world::World;
use serde_json::{Value, json};

/// A robot whose scanners count how often they run.
struct Counted(World);

impl Counted {
    fn new() -> Self {
        let counted = Self(World::new());
        counted.scanner("");
        counted.database("2026-11-20T00:00:00Z");
        counted
    }

    /// A govulncheck that finds nothing.
    fn scanner(&self, comment: &str) {
        let now = jiff::Timestamp::now().to_string();
        let stream = [
            json!({"config": {
                "protocol_version": "v1.0.0", "scanner_name": "govulncheck",
                "scanner_version": "v1.9.0", "db_last_modified": now,
                "scan_level": "symbol", "scan_mode": "source",
            }}),
            json!({"SBOM": {"go_version": "go1.26.8", "modules": [{"path": "m"}], "roots": ["m"]}}),
            json!({"progress": {"message": "Checking the code against the vulnerabilities..."}}),
        ];
        let stream: String = stream.iter().map(|message| format!("{message}\n")).collect();
        let count = self.0.runner.path("count");
        let lines =
            format!("{comment}\necho run >> '{}'\ncat <<'END'\n{stream}END", count.display());
        self.0.program("govulncheck", &lines);
    }

    fn database(&self, modified: &str) {
        let index = self.0.runner.path("database/index/db.json");
        robot_testkit::write(&index, &json!({"modified": modified}).to_string());
    }

    fn gate(&self, flags: &[&str]) -> Value {
        let cache = self.0.runner.path("build-cache").display().to_string();
        let database = format!("file://{}", self.0.runner.path("database").display());
        let own = ["--scanners=govulncheck", "--vulnerability-db", database.as_str()];
        let programs = self.0.runner.path("programs");
        let variables = [("GOCACHE", cache.as_str())];
        self.0.gate_with(&variables, &[&programs], &[own.as_slice(), flags].concat()).1
    }

    fn runs(&self) -> usize {
        std::fs::read_to_string(self.0.runner.path("count")).unwrap_or_default().lines().count()
    }

    /// The next run scans again and says why; the one after it does not.
    #[track_caller]
    fn scans_again(&self, flags: &[&str], why: &str) {
        let before = self.runs();
        let result = self.gate(flags);
        assert_eq!(self.runs(), before + 1, "{why}: {result}");
        assert!(result["report"].to_string().contains(why), "{why}: {result}");
        let result = self.gate(flags);
        assert_eq!(self.runs(), before + 1, "{why}: {result}");
        assert!(result["report"].to_string().contains("scans are reused"), "{result}");
    }
}

#[test]
fn nothing_is_scanned_twice() {
    Counted::new().scans_again(&[], "no verdict of an earlier run is kept");
}

#[test]
fn another_source_is_scanned() {
    let counted = Counted::new();
    counted.gate(&[]);
    let text = std::fs::read_to_string(counted.0.folder.join("lang/lang.go")).unwrap();
    counted.0.write("lang/lang.go", &(text + "\n// More.\n"));
    counted.scans_again(&[], "lang/lang.go changed");
}

#[test]
fn another_go_sum_is_scanned() {
    let counted = Counted::new();
    counted.gate(&[]);
    let text = std::fs::read_to_string(counted.0.folder.join("go.sum")).unwrap();
    counted.0.write("go.sum", &(text + "\n"));
    counted.scans_again(&[], "go.sum changed");
}

#[test]
fn another_scanner_scans() {
    let counted = Counted::new();
    counted.gate(&[]);
    counted.scanner("# another build");
    counted.scans_again(&[], "govulncheck changed from");
}

#[test]
fn another_database_is_asked() {
    let counted = Counted::new();
    counted.gate(&[]);
    counted.database("2026-11-21T00:00:00Z");
    counted.scans_again(
        &[],
        "database of govulncheck changed from 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z",
    );
}

#[test]
fn a_database_that_does_not_say_when_it_was_changed_is_asked_each_time() {
    let counted = Counted::new();
    std::fs::remove_file(counted.0.runner.path("database/index/db.json")).unwrap();
    for run in 1..=2 {
        let result = counted.gate(&[]);
        assert_eq!(counted.runs(), run, "{result}");
        assert!(result.to_string().contains("it is not known when the database"), "{result}");
    }
}

#[test]
fn other_settings_and_other_variables_scan_again() {
    let counted = Counted::new();
    counted.gate(&[]);
    counted.scans_again(&["--tags=extra"], "settings changed");
    counted.scans_again(&["--fail-on=low"], "settings changed");
}

#[test]
fn another_ignore_file_scans_again() {
    let counted = Counted::new();
    counted.gate(&[]);
    let entry = "ignore:\n  - id: G101\n    reason: no secret\n    expires: 2999-01-01\n";
    counted.0.write(".github/security-ignore.yml", entry);
    counted.scans_again(&[], "security-ignore.yml is new");
    counted.0.write(".github/security-ignore.yml", &entry.replace("2999", "2998"));
    counted.scans_again(&[], "security-ignore.yml changed");
}

#[test]
fn fresh_scans_whatever_is_kept() {
    let counted = Counted::new();
    counted.gate(&[]);
    let result = counted.gate(&["--fresh"]);
    assert_eq!(counted.runs(), 2, "{result}");
}

#[test]
fn scans_of_a_run_that_is_not_green_are_not_repeated() {
    let counted = Counted::new();
    counted.gate(&[]);
    // As it stands, the scans are kept; with a report that fails beside them they are not.
    let report = format!("--reports={}", World::fixture("gosec.json"));
    let flags = [report.as_str(), "--fail-on=medium"];
    let failed = counted.gate(&flags);
    assert_eq!((counted.runs(), &failed["verdict"]), (2, &"fail".into()), "{failed}");
    // By then the findings are known from the run before, but not the scans.
    counted.gate(&flags);
    assert_eq!(counted.runs(), 3);
}
