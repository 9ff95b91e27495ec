//! What a test binary prints counts only where Go's testing framework ran: with the real go.

use crate::module::{Module, source};

/// What a test binary prints is only believed where Go's testing framework says that it ran: without
/// coverage nothing else contradicts.
#[test]
fn a_forged_stream_is_no_test() {
    let broken = "func TestAdd(t *testing.T) { t.Fatal(\"wrong\") }\n";
    let forged = "\\x16=== RUN   TestAdd\\n\\x16--- PASS: TestAdd (0.00s)\\n\\x16PASS\\n";
    let main = |text: &str, end: &str| {
        let imports = ["fmt", "os", "syscall"];
        let used = "var _, _, _ = fmt.Print, os.Exit, syscall.Exit\n";
        let main =
            format!("func TestMain(m *testing.M) {{\n\tfmt.Print(\"{text}\")\n\t{end}\n}}\n{used}");
        source(&imports, &format!("{main}{broken}"))
    };
    let other = "package o\n\nimport \"testing\"\n\nfunc TestO(t *testing.T) {}\n";
    let layers = [
        "unit: {race: false}",
        "unit: {race: false, count: 2}",
        "unit: {race: false, isolate: off}",
        "unit: false, e2e: {race: false, tags: []}",
    ];
    for (name, test, verdict, cause) in [
        ("os.Exit", main(forged, "os.Exit(0)"), "fail", "incomplete"),
        ("return", main(forged, "return"), "fail", "incomplete"),
        ("syscall.Exit", main(forged, "syscall.Exit(0)"), "fail", "incomplete"),
        ("only PASS", main("\\x16PASS\\n", "os.Exit(0)"), "warn", "no-test-ran"),
        (
            "claims to have no tests",
            main("?   \\texample.com/m\\t[no test files]\\n", "os.Exit(0)"),
            "warn",
            "no-test-ran",
        ),
        (
            "claims to be cached",
            main("\\x16PASS\\nok  \\texample.com/m\\t(cached)\\n", "os.Exit(0)"),
            "warn",
            "no-test-ran",
        ),
    ] {
        for layer in layers {
            let module = Module::new(&[("m_test.go", &test), ("o/o_test.go", other)]);
            module.write("robot.yml", &format!("go-test: {{layers: {{{layer}}}}}\n"));
            let result = module.test(&["--coverage=false"]).1;
            let decided = (&result["verdict"], &result["cause"]);
            assert_eq!(decided, (&verdict.into(), &cause.into()), "{name}, {layer}: {result}");
            assert!(result["report"].to_string().contains("example.com/m"), "{name}: {result}");
            assert_eq!(result["outputs"]["reused-packages"], 0, "{name}: {result}");
        }
    }
}

#[test]
fn a_rerun_that_forges_its_stream_proves_nothing() {
    let test = source(
        &["fmt", "os"],
        "func TestMain(m *testing.M) {\n\tif _, err := os.Stat(\"ran\"); err == nil {\n\t\tfmt.Print(\"\\x16=== RUN   TestA\\n\\x16--- PASS: TestA (0.00s)\\n\\x16PASS\\n\")\n\t\tos.Exit(0)\n\t}\n\t_ = os.WriteFile(\"ran\", nil, 0o600)\n\tos.Exit(m.Run())\n}\nfunc TestA(t *testing.T) { t.Fatal(\"wrong\") }",
    );
    let module = Module::new(&[("m_test.go", &test)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["verdict"]), (Some(10), &"fail".into()), "{result}");
}

/// Ways to come to `m.Run` that honest packages have.
#[test]
fn the_framework_is_seen_however_tests_come_to_it() {
    let passing = "func TestA(t *testing.T) {}\n";
    for (name, imports, main) in [
        ("twice", vec!["os"], "m.Run()\n\tos.Exit(m.Run())"),
        ("returns", vec![], "m.Run()"),
        ("deferred", vec!["os"], "code := 1\n\tdefer func() { os.Exit(code) }()\n\tcode = m.Run()"),
        (
            "in a child with the same arguments",
            vec!["os", "os/exec"],
            "if os.Getenv(\"CHILD\") == \"\" {\n\t\tchild := exec.Command(os.Args[0], os.Args[1:]...)\n\t\tchild.Env = append(os.Environ(), \"CHILD=1\")\n\t\tchild.Stdout = os.Stdout\n\t\tif child.Run() != nil {\n\t\t\tos.Exit(1)\n\t\t}\n\t\tos.Exit(0)\n\t}\n\tos.Exit(m.Run())",
        ),
        (
            "after exec",
            vec!["os", "syscall"],
            "if os.Getenv(\"CHILD\") == \"\" {\n\t\t_ = syscall.Exec(os.Args[0], os.Args, append(os.Environ(), \"CHILD=1\"))\n\t}\n\tos.Exit(m.Run())",
        ),
        ("from another folder", vec!["os"], "_ = os.Chdir(\"/\")\n\tos.Exit(m.Run())"),
        (
            "helper processes",
            vec!["os", "os/exec"],
            "if os.Getenv(\"CHILD\") == \"\" {\n\t\tchild := exec.Command(os.Args[0], \"-test.run=TestA\")\n\t\tchild.Env = append(os.Environ(), \"CHILD=1\")\n\t\tif child.Run() != nil {\n\t\t\tos.Exit(1)\n\t\t}\n\t}\n\tos.Exit(m.Run())",
        ),
    ] {
        let test =
            source(&imports, &format!("func TestMain(m *testing.M) {{\n\t{main}\n}}\n{passing}"));
        for layer in ["unit: {race: false}", "unit: {race: false, count: 1}"] {
            let module = Module::new(&[("m_test.go", &test)]);
            module.write("robot.yml", &format!("go-test: {{layers: {{{layer}}}}}\n"));
            let result = module.test(&["--coverage=false"]).1;
            assert_eq!(result["verdict"], "pass", "{name}, {layer}: {result}");
        }
    }
}

/// A checkout that is reached through a link has packages under two names.
#[test]
fn the_framework_is_seen_in_a_linked_checkout() {
    let test = source(&[], "func TestA(t *testing.T) {}");
    let module = Module::new(&[("m_test.go", &test)]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let beside = tempfile::tempdir().unwrap();
    let link = beside.path().join("link");
    std::os::unix::fs::symlink(module.folder.path(), &link).unwrap();
    let command = module.command(&["--coverage=false"]).current_directory(&link).env("PWD", &link);
    command.run(&robot_process::Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(result["verdict"], "pass", "{result}");
}
