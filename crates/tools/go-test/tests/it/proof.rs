//! What must not be green although go says `ok`, or says so the second time: with the real go.

use crate::module::{Module, source};
use serde_json::Value;

/// Fails in the first process and passes in all later ones.
const ONCE: &str = "func once(t *testing.T) {\n\tif _, err := os.Stat(\"ran\"); err != nil {\n\t\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\t\tt.Fatal(\"first time only\")\n\t}\n}\n";

fn run(files: &[(&str, &str)], flags: &[&str]) -> (Option<i32>, Value) {
    let module = Module::new(files);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let (finished, result) = module.test(flags);
    (finished.code, result)
}

#[test]
fn a_rerun_is_of_the_whole_package() {
    for (name, text, verdict) in [
        (
            "a test that `-failfast` kept from starting is broken",
            format!("{ONCE}func TestA(t *testing.T) {{ once(t) }}\nfunc TestB(t *testing.T) {{ t.Fatal(\"broken\") }}"),
            "fail",
        ),
        (
            "TestMain finds a leak only where all tests passed",
            format!("{ONCE}func TestA(t *testing.T) {{ once(t) }}\nfunc TestMain(m *testing.M) {{\n\tcode := m.Run()\n\tif code == 0 {{\n\t\tcode = 7\n\t}}\n\tos.Exit(code)\n}}"),
            "fail",
        ),
        (
            "what failed skips itself in the rerun",
            "func TestA(t *testing.T) {\n\tif _, err := os.Stat(\"ran\"); err == nil {\n\t\tt.Skip(\"locked\")\n\t}\n\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\tt.Fatal(\"wrong\")\n}".to_owned(),
            "fail",
        ),
        (
            "the rerun runs nothing",
            "func TestMain(m *testing.M) {\n\tif _, err := os.Stat(\"ran\"); err == nil {\n\t\tos.Exit(0)\n\t}\n\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\tos.Exit(m.Run())\n}\nfunc TestA(t *testing.T) { panic(\"wrong\") }".to_owned(),
            "fail",
        ),
        (
            "the test looks for the rerun's flags",
            "func TestA(t *testing.T) {\n\tfor _, argument := range os.Args {\n\t\tif argument == \"-test.count=1\" || argument == \"-test.run=^(TestA)$\" {\n\t\t\treturn\n\t\t}\n\t}\n\tt.Fatal(\"wrong\")\n}".to_owned(),
            "fail",
        ),
        (
            "everything passes when run again",
            format!("{ONCE}func TestA(t *testing.T) {{ once(t) }}\nfunc TestB(t *testing.T) {{}}"),
            "warn",
        ),
    ] {
        let test = source(&["os"], &text);
        let module = Module::new(&[("m_test.go", &test)]);
        module.write("robot.yml", "go-test: {layers: {unit: {race: false, env: {GOFLAGS: -failfast}}}}\n");
        let (_, result) = module.test(&["--coverage=false"]);
        assert_eq!(result["verdict"], verdict, "{name}: {result}");
    }
}

#[test]
fn a_rerun_measures_what_the_panicking_run_could_not() {
    let code = "package m\n\nfunc F(x int) int {\n\tif x > 1 {\n\t\treturn 2\n\t}\n\treturn 1\n}\n";
    let test = source(
        &["os"],
        &format!(
            "{}func TestA(t *testing.T) {{ once(t); F(1) }}",
            ONCE.replace("t.Fatal", "panic")
        ),
    );
    let (code, result) = run(&[("m.go", code), ("m_test.go", &test)], &[]);
    assert_eq!((code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    let coverage = result["outputs"]["coverage"].as_f64().unwrap();
    assert!((60.0..70.0).contains(&coverage), "{coverage}");
}

/// Where the only other package panics, go's profile has its first line alone, to which the others are
/// added.
#[test]
fn what_other_packages_measured_is_not_lost_with_a_panic() {
    let code = |name: &str| format!("package {name}\n\nfunc F() int {{\n\treturn 1\n}}\n");
    let once = ONCE.replace("t.Fatal", "panic");
    let flaky = source(&["os"], &format!("{once}func TestA(t *testing.T) {{ once(t); F() }}"));
    let blind = "package b\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }\n\nfunc TestB(t *testing.T) {}\n";
    let files = [
        ("m.go", &*code("m")),
        ("m_test.go", &flaky),
        ("b/b.go", &code("b")),
        ("b/b_test.go", blind),
        ("c/c.go", &code("c")),
    ];
    let (exit, result) = run(&files, &[]);
    assert_eq!((exit, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    // One of three statements.
    let coverage = result["outputs"]["coverage"].as_f64().unwrap();
    assert!((33.0..34.0).contains(&coverage), "{coverage}");
}

#[test]
fn tests_that_a_process_only_tells_of_prove_nothing() {
    let forged = source(
        &["fmt", "os"],
        "func TestMain(m *testing.M) {
\tfmt.Print(\"\\x16=== RUN   TestA\\n\\x16--- PASS: TestA (0.00s)\\n\\x16PASS\\n\")
\tos.Exit(0)
}

func TestA(t *testing.T) { t.Fatal(1) }",
    );
    for layer in ["unit", "integration"] {
        let tags = "//go:build !integration || integration\n\n";
        let module = Module::new(&[("m_test.go", &format!("{tags}{forged}"))]);
        module.write("robot.yml", "go-test: {layers: {integration: {}}}\n");
        let (finished, result) = module.test(&["--coverage=false", "--layer", layer]);
        let seen = (finished.code, &result["cause"]);
        assert_eq!(seen, (Some(10), &"incomplete".into()), "{layer}: {result}");
        let report = result["report"].to_string();
        assert!(report.contains("`testing.M.Run` did not finish"), "{layer}: {report}");
    }
}

#[test]
fn packages_and_layers_that_test_nothing_are_told() {
    let other = "package o\n\nimport \"testing\"\n\nfunc TestO(t *testing.T) {}\n";
    let silent = source(
        &["os"],
        "func TestMain(m *testing.M) { os.Exit(0) }\nfunc TestA(t *testing.T) { t.Fatal(1) }",
    );
    let (code, result) =
        run(&[("m_test.go", &silent), ("o/o_test.go", other)], &["--coverage=false"]);
    assert_eq!((code, &result["cause"]), (Some(0), &"no-test-ran".into()), "{result}");
    assert!(
        result["report"].to_string().contains("test process of example.com/m passed without"),
        "{result}"
    );

    let skips = source(&[], "func TestA(t *testing.T) { t.Skip(\"no BOT_TOKEN\") }");
    let module = Module::new(&[("m_test.go", &skips)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let command = module.command(&["--coverage=false"]).env("BOTTOKEN", "x");
    command.run(&robot_process::Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(
        (&result["verdict"], &result["cause"]),
        (&"warn".into(), &"all-skipped".into()),
        "{result}"
    );
    assert!(result["report"].to_string().contains("BOTTOKEN"), "{result}");
}

#[test]
fn what_tests_write_does_not_decide_what_later_tests_are() {
    let unit = "//go:build !integration\n\npackage m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestWrites(t *testing.T) {\n\t_ = os.MkdirAll(os.Getenv(\"HOME\")+\"/.config/go\", 0o755)\n\t_ = os.WriteFile(os.Getenv(\"HOME\")+\"/.config/go/env\", []byte(\"GOFLAGS=-run=TestTrivial\\n\"), 0o644)\n}\n";
    let integration = "//go:build integration\n\npackage m\n\nimport \"testing\"\n\nfunc TestTrivial(t *testing.T) {}\n\nfunc TestReal(t *testing.T) { t.Fatal(\"wrong\") }\n";
    let module = Module::new(&[("unit_test.go", unit), ("integration_test.go", integration)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}, integration: {}}}\n");
    let home = module.folder.path().join("home");
    let command = module
        .command(&["--coverage=false"])
        .env("HOME", home.as_os_str())
        .env("GOCACHE", module.folder.path().join("cache"));
    let finished = command.run(&robot_process::Cancellation::default()).unwrap();
    assert!(home.join(".config/go/env").is_file());
    assert_eq!(finished.code, Some(10), "{}", module.result());
}

#[test]
fn failures_are_told_with_all_that_they_said_and_where_they_failed() {
    let test = source(
        &["fmt"],
        "func TestParent(t *testing.T) {\n\tt.Run(\"child\", func(t *testing.T) {\n\t\tt.Log(\"only logged\")\n\t\tfmt.Println(\"FAIL: row 3\")\n\t\tfmt.Println(\"exit status of helper: 7\")\n\t\tt.Error(\"child is wrong\")\n\t})\n\tt.Fatal(\"parent is wrong\")\n}",
    );
    let (code, result) = run(&[("m_test.go", &test)], &["--coverage=false", "--reruns=0"]);
    assert_eq!(code, Some(10), "{result}");
    let findings = result["report"]["blocks"][0]["findings"].as_array().unwrap().clone();
    let of = |title: &str| {
        let found = findings.iter().find(|one| one["title"].as_str().unwrap().contains(title));
        found.unwrap_or_else(|| panic!("{title}: {findings:?}")).clone()
    };
    let (child, parent) = (of("TestParent/child fail"), of("TestParent fail"));
    let detail = child["detail"].as_str().unwrap();
    assert!(
        detail.contains("FAIL: row 3") && detail.contains("exit status of helper: 7"),
        "{detail}"
    );
    assert_eq!((&child["location"]["line"], &parent["location"]["line"]), (&11.into(), &13.into()));
    assert!(parent["detail"].as_str().unwrap().contains("parent is wrong"), "{parent}");
}

#[test]
fn junit_is_xml_whatever_a_test_prints() {
    let test = source(
        &["fmt"],
        "func TestA(t *testing.T) {\n\tfmt.Println(\"\\uFFFE \\uFFFF \\x00 \\x1b <&>\")\n\tt.Fatal(\"\\uFFFF\")\n}",
    );
    let module = Module::new(&[("m_test.go", &test)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    module.test(&["--coverage=false", "--reruns=0"]);
    robot_testkit::parse_xml(&module.junit());
}

#[test]
fn every_module_of_a_workspace_is_tested() {
    let broken = source(&[], "func TestLib(t *testing.T) { t.Fatal(\"wrong\") }")
        .replace("package m", "package lib");
    let fine = source(&[], "func TestBot(t *testing.T) {}");
    let module = Module::new(&[
        ("m_test.go", &fine),
        ("go.work", "go 1.22\n\nuse (\n\t.\n\t./lib\n)\n"),
        ("lib/go.mod", "module example.com/lib\n\ngo 1.22\n"),
        ("lib/lib_test.go", &broken),
    ]);
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"fail".into()), "{result}");
    assert_eq!(result["outputs"]["packages"], 2, "{result}");
}
