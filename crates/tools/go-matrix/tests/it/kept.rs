//! A cell's verdict is repeated while all that it was reached from is as it was, and only then.

use robot_process::Cancellation;
use robot_testkit::scrubbed;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TEST: &str = "package m

import (
\t\"embed\"
\t\"os\"
\t\"path/filepath\"
\t\"testing\"

\t\"example.com/beside\"
)

//go:embed static
var static embed.FS

func TestRobot(t *testing.T) {
\tif _, err := os.ReadFile(\"../outside/golden\"); err != nil {
\t\tt.Fatal(err)
\t}
\t_, _ = filepath.Glob(\"testdata/*.txt\")
\t_, _ = os.Stat(\"absent\")
\tif beside.Answer() == 0 {
\t\tt.Fatal(\"none\")
\t}
}
";

/// A module with a replaced one beside it, and the folder of results of all its runs.
struct Robot {
    place: TempDir,
    go: String,
}

impl Robot {
    fn new() -> Self {
        let go = scrubbed("go").args(["env", "GOVERSION"]).run(&Cancellation::default()).unwrap();
        let go = String::from_utf8(go.stdout).unwrap().trim().trim_start_matches("go").to_owned();
        let robot = Self { place: tempfile::tempdir().unwrap(), go };
        robot.write("outside/golden", "1");
        robot.write("beside/go.mod", "module example.com/beside\n\ngo 1.21\n");
        robot.write(
            "beside/beside.go",
            "package beside\n\n// Answer is one.\nfunc Answer() int { return 1 }\n",
        );
        robot.write("m/go.mod", "module example.com/m\n\ngo 1.21\n\nrequire example.com/beside v1.0.0\n\nreplace example.com/beside => ../beside\n");
        robot.write("m/m_test.go", TEST);
        robot.write("m/m.go", "// Package m is a robot.\npackage m\n");
        robot.write("m/tagged.go", "//go:build other\n\npackage m\n");
        robot.write("m/static/page.html", "1");
        robot.write("m/pages/index.html", "1");
        robot.write(
            "m/pages/pages.go",
            "package pages\n\nimport \"embed\"\n\n//go:embed *.html\nvar pages embed.FS\n",
        );
        robot.write("m/static/below/page.html", "1");
        robot.write("m/testdata/a.txt", "1");
        robot.settings("");
        robot
    }

    fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn settings(&self, more: &str) {
        self.write("m/robot.yml", &format!("go-matrix: {{go: ['{}']{more}}}\n", self.go));
    }

    fn run(&self, flags: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, Value) {
        let command = scrubbed(env!("CARGO_BIN_EXE_robot-go-matrix"))
            .args(flags.iter().copied())
            .current_directory(self.path("m"))
            .env("RUNNER_TEMP", self.path("results"))
            .env("GITHUB_ACTIONS", "false");
        let command =
            variables.iter().fold(command, |command, (name, value)| command.env(*name, *value));
        let finished = command.run(&Cancellation::default()).unwrap();
        let result = fs::read(self.path("results/robot/go-matrix.result.json")).unwrap();
        (finished.code, serde_json::from_slice(&result).unwrap())
    }

    /// Runs the one cell, which passes; whether it was repeated, and what the report says of that.
    fn repeats(&self, flags: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
        let (code, result) = self.run(flags, variables);
        assert_eq!((code, &result["outputs"]["passed"]), (Some(0), &1.into()), "{result}");
        (result["outputs"]["reused"] == 1, result["report"].to_string())
    }

    /// The records that are kept.
    fn records(&self) -> Vec<PathBuf> {
        let entries = |folder: &Path| {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
        };
        let subjects = entries(&self.path("results/robot-history/verdicts"));
        subjects.iter().flat_map(|subject| entries(subject)).collect()
    }
}

#[test]
fn a_cell_runs_again_whenever_something_that_it_was_reached_from_changes() {
    let robot = Robot::new();
    let (repeats, report) = robot.repeats(&[], &[]);
    assert!(!repeats && report.contains("1 ran: no verdict of an earlier run is kept"), "{report}");
    let (repeats, report) = robot.repeats(&[], &[]);
    assert!(repeats && report.contains("1 of 1 cell reused"), "{report}");

    let vendor = || {
        robot.write(
            "m/vendor/example.com/beside/beside.go",
            "package beside\n\n// Answer is two.\nfunc Answer() int { return 2 }\n",
        );
        robot.write("m/vendor/modules.txt", "# example.com/beside v1.0.0 => ../beside\n## explicit; go 1.21\nexample.com/beside\n# example.com/beside => ../beside\n");
    };
    let moved = || {
        fs::rename(robot.path("beside"), robot.path("moved")).unwrap();
        robot.write("m/go.mod", "module example.com/m\n\ngo 1.21\n\nrequire example.com/beside v1.0.0\n\nreplace example.com/beside => ../moved\n");
    };
    let write = |path: &str, text: &str| robot.write(path, text);
    // What changes, and how the report names it.
    let changes: [(&dyn Fn(), &str); 17] = [
        (&|| write("m/m.go", "// Package m is another.\npackage m\n"), "file m.go changed"),
        (&|| write("m/more_test.go", "package m\n"), "file more_test.go is new"),
        (
            &|| write("m/tagged.go", "//go:build other || another\n\npackage m\n"),
            "file tagged.go changed",
        ),
        (
            &|| {
                write(
                    "beside/beside.go",
                    "package beside\n\n// Answer is three.\nfunc Answer() int { return 3 }\n",
                );
            },
            "beside/beside.go changed",
        ),
        (
            &|| {
                write(
                    "m/go.sum",
                    "example.com/x v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                );
            },
            "file go.sum is new",
        ),
        (&|| write("outside/golden", "2"), "outside/golden changed"),
        (&|| write("m/testdata/b.txt", ""), "testdata changed"),
        (&|| write("m/absent", ""), "absent changed"),
        (&|| write("m/static/page.html", "2"), "static/page.html changed"),
        (&|| write("m/static/below/new.html", ""), "static/below changed"),
        (&|| write("m/pages/new.html", "2"), "m/pages changed"),
        (&|| robot.settings(", tags: [other]"), "tags changed from  to other"),
        (&|| robot.settings(", tags: [other], timeout: 5m"), "timeout changed from 10m to 5m"),
        (&|| write("go.work", "go 1.21\n\nuse ./m\n"), "go.work is new"),
        (&|| write("go.work", "go 1.21\n\nuse ./m\n\n// Changed.\n"), "go.work changed"),
        (&moved, "file go.mod changed"),
        (&vendor, "file vendor/example.com/beside/beside.go is new"),
    ];
    for (change, told) in changes {
        change();
        let (repeats, report) = robot.repeats(&[], &[]);
        assert!(!repeats && report.contains(told), "{told}: {report}");
        let (repeats, report) = robot.repeats(&[], &[]);
        assert!(repeats, "{told}: {report}");
    }
    // Neither what nothing reads, nor what differs from run to run.
    write("m/README.md", "new");
    assert!(robot.repeats(&[], &[("GITHUB_RUN_ID", "7"), ("SHLVL", "9")]).0);
    let (repeats, report) = robot.repeats(&[], &[("BOT_MODE", "other")]);
    assert!(!repeats && report.contains("variable BOT_MODE is new"), "{report}");
    let (repeats, report) = robot.repeats(&[], &[("GOFLAGS", "-trimpath")]);
    assert!(!repeats && report.contains("go env GOFLAGS changed from "), "{report}");
    // Whoever asks for it gets real runs.
    let (repeats, report) = robot.repeats(&["--fresh"], &[]);
    assert!(!repeats && report.contains("`fresh` is set"), "{report}");
    assert!(robot.repeats(&[], &[]).0);
}

#[test]
fn a_kept_verdict_that_is_not_whole_and_ours_is_named_and_counts_for_nothing() {
    let robot = Robot::new();
    robot.repeats(&[], &[]);
    let [record] = robot.records().try_into().unwrap();
    let whole = fs::read_to_string(&record).unwrap();
    for (text, told) in [
        (
            whole.replace("\"outcome\":\"pass\"", "\"outcome\":\"warn\""),
            "the file was edited or cut off",
        ),
        (whole[..whole.len() / 2].to_owned(), "the file was edited or cut off"),
        (String::new(), "the file is not a kept verdict of this version"),
    ] {
        fs::write(&record, text).unwrap();
        let (repeats, report) = robot.repeats(&[], &[]);
        assert!(!repeats && report.contains(told), "{told}: {report}");
    }
    // One of another repository.
    fs::write(&record, &whole).unwrap();
    let (repeats, report) = robot.repeats(&[], &[("GITHUB_REPOSITORY", "org/other")]);
    assert!(
        !repeats && report.contains("the kept verdict is not valid: it belongs to"),
        "{report}"
    );
}

#[test]
fn what_depends_on_more_than_is_known_is_never_repeated() {
    let robot = Robot::new();
    robot.write("m/m_test.go", "package m\n\nimport (\n\t\"net\"\n\t\"testing\"\n)\n\nfunc TestRobot(t *testing.T) { _, _ = net.Dial(\"tcp\", \"127.0.0.1:1\") }\n");
    robot.write("m/go.mod", "module example.com/m\n\ngo 1.21\n");
    for _ in 0..2 {
        let (repeats, report) = robot.repeats(&[], &[]);
        assert!(!repeats, "{report}");
        let told = "1 cannot be reused later: example.com/m: the process connected to 127.0.0.1:1";
        assert!(report.contains(told), "{report}");
    }
}

#[test]
fn a_failure_and_a_flaky_pass_are_never_repeated() {
    let robot = Robot::new();
    robot.write("m/go.mod", "module example.com/m\n\ngo 1.21\n");
    let test = |body: &str| {
        let mut text = String::from("package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\n");
        writeln!(text, "func TestRobot(t *testing.T) {{\n{body}\n}}").unwrap();
        robot.write("m/m_test.go", &text);
    };
    let flag = robot.path("outside/flag").display().to_string();
    test(&format!(
        "\tif _, err := os.Stat(\"{flag}\"); err != nil {{\n\t\tt.Fatal(\"failed\")\n\t}}"
    ));
    for _ in 0..2 {
        let (code, result) = robot.run(&[], &[]);
        assert_eq!((code, &result["outputs"]["reused"]), (Some(10), &0.into()), "{result}");
    }
    test(&format!(
        "\tif _, err := os.Stat(\"{flag}\"); err != nil {{\n\t\t_ = os.WriteFile(\"{flag}\", nil, 0o600)\n\t\tt.Fatal(\"failed\")\n\t}}"
    ));
    for _ in 0..2 {
        let _ = fs::remove_file(&flag);
        let (code, result) = robot.run(&[], &[]);
        assert_eq!((code, &result["outputs"]["reused"]), (Some(0), &0.into()), "{result}");
        assert_eq!(result["outputs"]["cells"][format!("go{}", robot.go)], "warn", "{result}");
    }
}

/// `TestMain` prints that a test passed and runs none: the test binary's word alone is no evidence.
#[test]
fn a_test_that_did_not_run_is_no_pass() {
    let robot = Robot::new();
    robot.write("m/go.mod", "module example.com/m\n\ngo 1.21\n");
    let cell = format!("go{}", robot.go);
    for (printed, code, outcome, told) in [
        (
            "\\x16=== RUN   TestRobot\\n\\x16--- PASS: TestRobot (0.00s)\\n\\x16PASS\\n",
            10,
            "timeout",
            "`testing.M.Run` did not finish",
        ),
        ("\\x16PASS\\n", 0, "warn", "no test ran in example.com/m"),
    ] {
        let main = format!(
            "func TestMain(m *testing.M) {{\n\tfmt.Print(\"{printed}\")\n\tos.Exit(0)\n}}\n"
        );
        robot.write("m/m_test.go", &format!("package m\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"testing\"\n)\n\n{main}\nfunc TestRobot(t *testing.T) {{ t.Fatal(\"broken\") }}\n"));
        robot.write(
            "m/o/o_test.go",
            "package o\n\nimport \"testing\"\n\nfunc TestO(t *testing.T) {}\n",
        );
        for _ in 0..2 {
            let (ended, result) = robot.run(&[], &[]);
            assert_eq!((ended, &result["outputs"]["reused"]), (Some(code), &0.into()), "{result}");
            assert_eq!(result["outputs"]["cells"][&cell], outcome, "{result}");
            assert!(result["report"].to_string().contains(told), "{result}");
        }
    }
}
