//! What code that one step runs cannot do to the steps after it.

use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Runner};

/// A job on these files; its exit code and what it said.
fn ci(runner: &Runner, files: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = runner.path("m");
    let module = GoModule::at(&folder);
    let module = files.iter().fold(module, |module, (path, text)| module.file(path, text));
    let step = runner.step(env!("CARGO_BIN_EXE_robot"), module.path()).arg("ci");
    let step = step.env("XDG_CONFIG_HOME", runner.path("configuration"));
    let finished = step.run(&Cancellation::default()).unwrap();
    let said = [finished.stdout, finished.stderr].concat();
    (finished.code, String::from_utf8_lossy(&said).into_owned())
}

/// `go env -w` of an earlier step would have `go vet` leave files out.
#[test]
fn settings_of_go_that_a_step_writes_do_not_decide_later_steps() {
    let writes = "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestM(t *testing.T) {\n\tfolder := os.Getenv(\"XDG_CONFIG_HOME\") + \"/go\"\n\t_ = os.MkdirAll(folder, 0o755)\n\tif err := os.WriteFile(folder+\"/env\", []byte(\"GOFLAGS=-tags=skip\\n\"), 0o600); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n";
    let found = "//go:build !skip\n\npackage m\n\nfunc F() {\n\tx := 1\n\tx = x\n\t_ = x\n}\n";
    for first in ["uses: go-test", "run: go env -w GOFLAGS=-tags=skip"] {
        let runner = Runner::new(&Event::push());
        let rules = format!(
            "go-test: {{coverage: false, layers: {{unit: {{race: false}}}}}}\nci: {{steps: [{{name: first, {first}}}, {{name: vet, uses: go-vet, needs: [first]}}]}}\n"
        );
        let files = [
            ("m.go", "package m\n"),
            ("m_test.go", writes),
            ("found.go", found),
            (".github/robot.yml", &rules),
        ];
        let (code, said) = ci(&runner, &files);
        assert!(runner.path("configuration/go/env").is_file(), "{first}: {said}");
        assert_eq!(code, Some(10), "{first}: {said}");
        assert!(said.contains("self-assignment"), "{first}: {said}");
    }
}

/// A pass that a line of a shell wrote would be repeated by `go-test`.
#[test]
fn lines_of_a_shell_do_not_see_kept_passes() {
    let runner = Runner::new(&Event::push());
    let runner = {
        let cache = runner.path("gocache");
        runner.set("GOCACHE", cache)
    };
    let rules = "go-test: {coverage: false, layers: {unit: {race: false}}}\nci: {steps: [{name: first, uses: go-test}, {name: then, run: 'find \"$RUNNER_TEMP/robot-history\" -type f; mkdir -p \"$RUNNER_TEMP/robot-history/verdicts\"; echo forged >\"$RUNNER_TEMP/robot-history/verdicts/planted\"', needs: [first]}]}\n";
    let files = [
        ("m.go", "package m\n"),
        ("m_test.go", "package m\n\nimport \"testing\"\n\nfunc TestM(t *testing.T) {}\n"),
        (".github/robot.yml", rules),
    ];
    let (_, said) = ci(&runner, &files);
    let kept = runner.path("temp/robot-history/verdicts");
    assert!(std::fs::read_dir(&kept).unwrap().next().is_some(), "{said}");
    let log = std::fs::read_to_string(runner.path("temp/robot/ci/then.log")).unwrap();
    assert!(!log.contains("/verdicts/"), "{log}");
    assert!(!kept.join("planted").exists(), "{log}");
}
