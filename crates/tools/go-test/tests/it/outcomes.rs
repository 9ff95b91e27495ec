//! The real `go` on a real module, through the binary, as a user runs it.

use crate::module::{Module, PASSING, package, read};
use robot_process::Cancellation;
use serde_json::Value;
use std::path::Path;

#[test]
fn a_pass_is_reused_until_a_file_that_it_reads_changes() {
    let module = Module::new(&[("m_test.go", PASSING), ("testdata/answer", "42")]);
    // Go does not trust files younger than two seconds: age it, as `git` and caches do.
    let age = |seconds: u64| {
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        let file = std::fs::File::options()
            .write(true)
            .open(module.folder.path().join("testdata/answer"))
            .unwrap();
        file.set_modified(past).unwrap();
    };
    age(1000);
    let (finished, first) = module.test(&[]);
    assert_eq!(finished.code, Some(0), "{}", String::from_utf8_lossy(&finished.stdout));
    assert_eq!(first["verdict"], "pass");
    let (_, second) = module.test(&[]);
    assert_eq!(second["outputs"]["reused-packages"], 1);
    module.write("testdata/answer", "43");
    age(900);
    let (_, third) = module.test(&[]);
    assert_eq!(third["outputs"]["reused-packages"], 0);
}

#[test]
fn every_kind_of_failure_is_named_with_its_place_and_exits_10() {
    let cases = [
        ("fail", "func TestX(t *testing.T) { t.Error(\"no\") }"),
        ("panic", "func TestX(t *testing.T) { panic(\"no\") }"),
        ("fatal", "func TestX(t *testing.T) { var m sync.Mutex; m.Unlock() }"),
        ("timeout", "func TestX(t *testing.T) { select {} }"),
        ("build-fail", "func TestX(t *testing.T) { undefined() }"),
    ];
    for (cause, body) in cases {
        let imports = if cause == "fatal" { "import \"sync\"\n" } else { "" };
        let source = format!("package m\n{imports}import \"testing\"\n\n\n{body}\n");
        let module = Module::new(&[("m_test.go", &source)]);
        module.write("robot.yml", "go-test: {layers: {unit: {race: false, timeout: 2s}}}\n");
        let (finished, result) = module.test(&["--coverage=false"]);
        assert_eq!(finished.code, Some(10), "{cause}");
        assert_eq!(result["cause"], cause, "{}", String::from_utf8_lossy(&finished.stdout));
        let finding = &result["report"]["blocks"][0]["findings"][0];
        if matches!(cause, "fail" | "panic" | "build-fail") {
            assert_eq!(finding["location"]["path"], "m_test.go", "{cause}: {finding}");
            assert_eq!(finding["location"]["line"], 5, "{cause}: {finding}");
        }
    }
}

#[test]
fn no_tests_prove_nothing() {
    let module = Module::new(&[("m.go", "package m\n")]);
    let (finished, result) = module.test(&[]);
    assert_eq!((finished.code, &result["cause"]), (Some(11), &"no-tests".into()));
}

#[test]
fn what_passes_only_when_run_again_is_a_warning() {
    let once = "\tif _, err := os.Stat(\"ran\"); err != nil {\n\t\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\t\tt.Fatal(\"the first time\")\n\t}";
    let (path, source) = package("flaky", "\t\"os\"\n", once);
    let module = Module::new(&[(&path, &source)]);
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["verdict"]), (Some(0), &"warn".into()), "{result}");
    assert_eq!((&result["cause"], &result["outputs"]["flaky"]), (&"flaky".into(), &1.into()));
    assert!(module.junit().contains("<flakyFailure"), "{}", module.junit());
    // What it said the first time is kept.
    assert!(result["report"].to_string().contains("the first time"), "{result}");

    // Without reruns it is what it was: failed.
    std::fs::remove_file(module.folder.path().join("flaky/ran")).unwrap();
    let (finished, result) = module.test(&["--coverage=false", "--reruns=0"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"fail".into()));
}

#[test]
fn each_package_keeps_its_own_outcome_beside_the_others() {
    let race = "\tx := 0\n\tdone := make(chan bool)\n\tgo func() { x++; done <- true }()\n\tx++\n\t<-done\n\t_ = x";
    let packages = [
        package("fine", "", ""),
        package("races", "", race),
        package("exits", "\t\"os\"\n", "\tos.Exit(3)"),
        package(
            "killed",
            "\t\"syscall\"\n",
            "\t_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)",
        ),
        package("missing", "\t_ \"example.com/m/absent\"\n", ""),
    ];
    let files: Vec<_> =
        packages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let module = Module::new(&files);
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(finished.code, Some(10), "{result}");
    assert_eq!(result["outputs"]["passed"], 1, "{result}");
    let findings = result["report"]["blocks"][0]["findings"].as_array().unwrap();
    let rule = |name: &str| {
        let of = findings.iter().filter(|finding| {
            finding["title"].as_str().unwrap().contains(&format!("example.com/m/{name}"))
        });
        of.map(|finding| finding["rule"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(rule("races"), ["race"]);
    assert_eq!(rule("exits"), ["incomplete"]);
    assert_eq!(rule("killed"), ["incomplete"]);
    assert_eq!(rule("missing"), ["setup-fail"]);
    assert_eq!(rule("fine"), [""; 0]);
    let headline = result["report"]["headline"].as_str().unwrap();
    assert!(headline.contains("1 package without a result, 1 test passed"), "{headline}");
}

#[test]
fn a_report_only_layer_warns_and_still_tells_all() {
    let (path, source) = package("broken", "", "\tt.Fatal(\"no\")");
    let module = Module::new(&[(&path, &source)]);
    let (finished, result) = module.test(&["--mode=report", "--coverage=false"]);
    assert_eq!((finished.code, &result["verdict"]), (Some(0), &"warn".into()));
    assert_eq!(result["outputs"]["failed"], 1);
}

#[test]
fn packages_without_tests_are_compiled_and_uncovered_also_when_they_are_not_run_again() {
    let (path, source) = package("tested", "\t\"example.com/m/idle\"\n", "\t_ = idle.Idle()");
    let idle = "package idle\n\nfunc Idle() int {\n\treturn 1\n}\n";
    let module = Module::new(&[(&path, &source), ("idle/idle.go", idle)]);
    module.write("tested/tested.go", "package tested\n\nfunc Tested() int {\n\treturn 1\n}\n");
    let mut profiles = Vec::new();
    for round in 0..2 {
        module.write("idle/README.md", &format!("no source {round}"));
        let (finished, result) = module.test(&[]);
        assert_eq!(finished.code, Some(0), "{result}");
        assert_eq!(result["outputs"]["packages"], 2, "{result}");
        assert_eq!(result["outputs"]["reused-packages"], 2 * round, "{result}");
        let profile = result["outputs"]["coverprofile"].as_str().unwrap();
        profiles.push(std::fs::read_to_string(profile).unwrap());
    }
    assert!(profiles[0].contains("example.com/m/idle/idle.go:3"), "{}", profiles[0]);
    assert_eq!(profiles[0], profiles[1]);

    module.write("idle/more.go", "package idle\n\nfunc More() int { return absent }\n");
    let (finished, result) = module.test(&[]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"build-fail".into()), "{result}");
}

#[test]
fn packages_whose_tests_need_the_layers_variables_are_tested_in_every_run() {
    let (path, source) = package("plain", "", "");
    let tagged = "//go:build special\n\npackage tagged\n\nimport \"testing\"\n\nfunc TestTagged(t *testing.T) {}\n";
    let module = Module::new(&[
        (&path, &source),
        ("tagged/tagged.go", "package tagged\n"),
        ("tagged/tagged_test.go", tagged),
        ("robot.yml", "go-test: {layers: {unit: {env: {GOFLAGS: -tags=special}}}}\n"),
    ]);
    for _ in 0..2 {
        let (finished, result) = module.test(&[]);
        assert_eq!((finished.code, &result["outputs"]["passed"]), (Some(0), &2.into()), "{result}");
    }
    module.write("tagged/tagged_test.go", &tagged.replace("{}", "{ t.Fatal() }"));
    let (finished, result) = module.test(&["--reruns=0"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"fail".into()), "{result}");
}

#[test]
fn a_flaky_test_hides_no_unexplained_end_of_go_test() {
    let kill = "\tif _, err := os.Stat(\"ran\"); err != nil {\n\t\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\t\tstatus, _ := os.ReadFile(fmt.Sprintf(\"/proc/%d/status\", os.Getppid()))\n\t\tgoCommand := 0\n\t\tfor _, line := range strings.Split(string(status), \"\\n\") {\n\t\t\t_, _ = fmt.Sscanf(line, \"PPid: %d\", &goCommand)\n\t\t}\n\t\t_ = syscall.Kill(goCommand, syscall.SIGKILL)\n\t\tselect {}\n\t}";
    let imports = "\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n\t\"syscall\"\n";
    let (first, killing) = package("first", imports, kill);
    let (second, source) = package("second", "", "");
    let module = Module::new(&[(&first, &killing), (&second, &source)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false, env: {GOFLAGS: -p=1}}}}\n");
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(
        (finished.code, &result["cause"]),
        (Some(10), &"unexplained-exit".into()),
        "{result}"
    );
    assert!(result["report"].to_string().contains("ended with signal 9"), "{result}");
    assert!(module.junit().contains("<error type=\"unexplained-exit\""), "{}", module.junit());
}

#[test]
fn benchmarks_are_no_unfinished_tests() {
    let (path, source) = package("bench", "", "");
    let source = source
        + "\nfunc BenchmarkX(b *testing.B) {\n\tb.Run(\"inner\", func(b *testing.B) {})\n}\n";
    let module = Module::new(&[(&path, &source)]);
    module.write(
        "robot.yml",
        "go-test: {layers: {unit: {race: false, env: {GOFLAGS: -bench=. -benchtime=1x}}}}\n",
    );
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(finished.code, Some(0), "{result}");
    assert!(
        result["report"].to_string().contains("`-bench=.` in GOFLAGS runs every test"),
        "{result}"
    );
}

#[test]
fn unit_tests_run_beside_a_declared_layer_unless_they_are_switched_off() {
    let (path, source) = package("plain", "", "");
    let (tagged, integration) = package("asks", "", "");
    let integration = format!("//go:build integration\n\n{integration}");
    let module = Module::new(&[(&path, &source), (&tagged, &integration)]);
    for (layers, passed) in [
        ("{integration: }", 3),
        ("{unit: , integration: }", 3),
        ("{unit: false, integration: }", 2),
    ] {
        module.write("robot.yml", &format!("go-test: {{layers: {layers}}}\n"));
        let (finished, result) = module.test(&["--coverage=false"]);
        assert_eq!(finished.code, Some(0), "{layers}: {result}");
        assert_eq!(result["outputs"]["passed"], passed, "{layers}: {result}");
    }
}

#[test]
fn unit_tests_that_nobody_wrote_or_asked_for_are_skipped() {
    let (path, source) = package("asks", "", "");
    let module = Module::new(&[(&path, &format!("//go:build integration\n\n{source}"))]);
    module.write("robot.yml", "go-test: {layers: {integration: }}\n");
    let (finished, result) = module.test(&[]);
    assert_eq!((finished.code, &result["outputs"]["passed"]), (Some(0), &1.into()), "{result}");
    for asked in ["unit: , integration: ", "unit: {}"] {
        module.write("robot.yml", &format!("go-test: {{layers: {{{asked}}}}}\n"));
        assert_ne!(module.test(&[]).0.code, Some(0), "{asked}");
    }
    module.write("robot.yml", "go-test: {layers: {integration: }}\n");
    assert_ne!(module.test(&["--layer=unit"]).0.code, Some(0));
}

#[test]
fn contradictions_and_folders_without_a_module_are_wrong_settings() {
    let module = Module::new(&[("m_test.go", PASSING)]);
    module.write("robot.yml", "go-test: {layers: {unit: {env: {CGO_ENABLED: '0'}}}}\n");
    let (finished, result) = module.test(&[]);
    assert_eq!(finished.code, Some(2), "{result}");
    assert!(
        result.to_string().contains("robot.yml:1:33 `layers.unit.env.CGO_ENABLED`"),
        "{result}"
    );

    module.write("robot.yml", "");
    module.write("robots/a/go.mod", "module example.com/a\n");
    std::fs::remove_file(module.folder.path().join("go.mod")).unwrap();
    let (finished, result) = module.test(&[]);
    assert_eq!(finished.code, Some(2), "{result}");
    assert!(result.to_string().contains("working-directory: robots/a"), "{result}");
}

#[test]
fn tests_get_the_secrets_that_their_layer_names_and_no_others() {
    let body = "\tif os.Getenv(\"BOT_TOKEN\") != \"for-the-test\" || os.Getenv(\"API_KEY\") != \"\" {\n\t\tt.Fatal(os.Environ())\n\t}";
    let (path, source) = package("asks", "\t\"os\"\n", body);
    let module = Module::new(&[(&path, &source)]);
    module.write("robot.yml", "go-test: {layers: {unit: {pass-env: [BOT_TOKEN]}}}\n");
    let command =
        module.command(&["--coverage=false"]).env("BOT_TOKEN", "for-the-test").env("API_KEY", "x");
    let finished = command.run(&Cancellation::default()).unwrap();
    assert_eq!(finished.code, Some(0), "{}", module.result());
    assert!(!module.result().to_string().contains("for-the-test"), "{}", module.result());
    // Without it they fail, and the report says what they did not get.
    let command = module.command(&["--coverage=false"]).env("API_KEY", "x");
    let finished = command.run(&Cancellation::default()).unwrap();
    assert_eq!(finished.code, Some(10), "{}", module.result());
    assert!(module.result()["report"].to_string().contains(": API_KEY (to pass one"));
}

#[test]
fn places_in_a_robot_below_are_told_from_the_repositorys_root() {
    let module = Module::new(&[]);
    std::fs::create_dir(module.folder.path().join(".git")).unwrap();
    let (path, source) = package("fails", "", "\tt.Fatal(\"no\")");
    module.write(&format!("robots/{path}"), &source);
    module.write("robots/go.mod", "module example.com/robots\n\ngo 1.19\n");
    let command = module
        .command(&["--coverage=false", "--reruns=0", "--working-directory=robots"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", module.folder.path())
        .env("GITHUB_OUTPUT", module.folder.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", module.folder.path().join("summary"));
    let said = command.run(&Cancellation::default()).unwrap().stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("::error file=robots/fails/fails_test.go,line=8,"), "{said}");
    let finding = &module.result()["report"]["blocks"][0]["findings"][0];
    assert_eq!(finding["location"]["path"], "robots/fails/fails_test.go", "{finding}");
}

#[test]
fn a_profile_is_noted_and_does_not_outlive_its_run() {
    let module = Module::new(&[("m.go", "package m\n\nfunc M() int {\n\treturn 1\n}\n")]);
    module.write("testdata/answer", "42");
    module.write("m_test.go", PASSING);
    let (_, result) = module.test(&[]);
    let profile = Path::new(result["outputs"]["coverprofile"].as_str().unwrap()).to_owned();
    let note = profile.with_extension("sources.json");
    let noted = read(&note);
    let files: Vec<_> = noted["files"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        (noted["schema"].as_str().unwrap(), files),
        ("robot.cover-sources/v1", vec!["m.go", "m_test.go"])
    );

    module.write("m.go", "package m\n\nfunc M() int {\n\treturn absent\n}\n");
    let (finished, result) = module.test(&[]);
    assert_eq!((finished.code, &result["outputs"]["coverprofile"]), (Some(10), &Value::Null));
    assert!(!profile.exists() && !note.exists());
}

#[test]
fn code_without_a_statement_is_measured_and_has_none() {
    let module = Module::new(&[("m.go", "package m\n\nconst Answer = 42\n")]);
    module.write("m_test.go", "package m\n\nimport \"testing\"\n\nfunc TestM(*testing.T) {}\n");
    let (finished, result) = module.test(&[]);
    assert_eq!(finished.code, Some(0), "{result}");
    assert!(result["outputs"]["coverage"].is_null(), "{result}");
    let profile = Path::new(result["outputs"]["coverprofile"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(profile).unwrap(), "mode: atomic\n");
    assert!(profile.with_extension("sources.json").is_file());
}

#[test]
fn very_many_failures_are_counted_and_the_first_are_shown() {
    let body = "\tfor row := 0; row < 3000; row++ {\n\t\tt.Run(\"row\", func(t *testing.T) { t.Error(strings.Repeat(\"wrong \", 1500)) })\n\t}";
    let (path, source) = package("many", "\t\"strings\"\n", body);
    let (after, broken) = package("zero", "", "\tt.Error(\"the last one\")");
    let module = Module::new(&[(&path, &source), (&after, &broken)]);
    let (finished, result) = module.test(&["--coverage=false", "--reruns=0"]);
    assert_eq!((finished.code, &result["outputs"]["failed"]), (Some(10), &3002.into()));
    let findings = result["report"]["blocks"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2000);
    assert!(findings[0]["detail"].as_str().unwrap().contains("wrong wrong"));
    let report = result["report"].to_string();
    assert!(report.contains("failed tests are listed only in the JUnit XML"), "{report}");
    assert!(report.contains(" failed tests was dropped"), "{report}");
    // Go says 27 MB.
    let junit = module.junit();
    assert!(junit.contains("errors=\"0\"") && junit.contains("failures=\"3002\""));
    assert!(junit.len() < 20 << 20, "{}", junit.len());
}
