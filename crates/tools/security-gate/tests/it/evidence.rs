//! Reports and programs that prove nothing, through the binary.

use crate::world::World;

#[test]
fn without_a_scanner_it_is_skipped_unless_one_is_asked_for() {
    let world = World::new();
    let (code, result) = world.gate(&[], &[]);
    assert_eq!((code, &result["verdict"]), (Some(0), &"skipped".into()), "{result}");
    assert!(result.to_string().contains("security-gate: {tools:"), "{result}");
    let (code, result) = world.gate(&[], &["--scanners=gosec"]);
    assert_eq!((code, &result["cause"]), (Some(11), &"unsound-report".into()), "{result}");
}

#[test]
fn reports_are_merged_and_gate() {
    let world = World::new();
    world.write("cmd/robot/main.go", "package main\n\nfunc main() {}\n");
    let reports: Vec<String> =
        ["gosec.json", "gosec.sarif", "trivy.sarif"].map(World::fixture).to_vec();
    let (code, result) = world.gate(&[], &[&format!("--reports={}", reports.join(","))]);
    assert_eq!((code, &result["outputs"]["failing"]), (Some(10), &3.into()), "{result}");
    // gosec's four are in two reports, and four rows.
    assert_eq!(result["outputs"]["findings"], 7, "{result}");
    let (code, _) = world.gate(&[], &[&format!("--reports={}", reports[2]), "--mode=report"]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_report_that_proves_nothing_is_named_in_every_mode() {
    let world = World::new();
    world.write("empty.json", "");
    world.write("object.json", "{}");
    for report in ["empty.json", "object.json", "absent.json"] {
        for mode in ["--mode=enforce", "--mode=report"] {
            let (code, result) = world.gate(&[], &["--reports", report, mode]);
            assert_eq!((code, &result["cause"]), (Some(11), &"unsound-report".into()), "{result}");
            assert!(result["report"].to_string().contains(report), "{result}");
        }
    }
}

#[test]
fn an_old_stream_proves_nothing() {
    let world = World::new();
    let report = World::fixture("trivy-clean.json");
    let text = std::fs::read_to_string(report).unwrap().replace("2026-", "2020-");
    world.write("trivy.json", &text);
    let (code, result) = world.gate(&[], &["--reports=trivy.json"]);
    assert_eq!((code, &result["cause"]), (Some(11), &"old-database".into()), "{result}");
}

/// gosec that ends without a report, with one that does not explain its end, and not at all.
#[test]
fn how_gosec_ends_must_fit_what_it_wrote() {
    let world = World::new();
    let with = |lines: &str, flags: &[&str]| {
        let programs = world.program("gosec", lines);
        world.gate(&[&programs], &[&["--scanners=gosec"], flags].concat())
    };
    let write = |report: &str, code: u8| {
        format!(
            "for a in \"$@\"; do case $a in -out=*) echo '{report}' > \"${{a#-out=}}\";; esac; done; echo 'Checking file: {}/lang/lang.go' >&2; exit {code}",
            world.folder.display()
        )
    };
    let clean =
        r#"{"Golang errors":{},"Issues":[],"Stats":{"files":1,"lines":9,"nosec":0,"found":0}}"#;
    let (code, result) = with(&write(clean, 0), &[]);
    assert_eq!(code, Some(0), "{result}");
    let (code, result) = with(&write(clean, 1), &[]);
    assert_eq!(code, Some(11), "{result}");
    let (code, result) = with("exit 0", &[]);
    assert!(code == Some(11) && result.to_string().contains("wrote no report"), "{result}");
    let silent = write(clean, 0).replace("Checking file", "Skipping file");
    let (code, result) = with(&silent, &[]);
    assert_eq!((code, &result["cause"]), (Some(11), &"incomplete".into()), "{result}");
    let (code, result) = with("exec sleep 600", &["--timeout=1"]);
    assert!(
        code == Some(11) && result.to_string().contains("not scanned: lang/lang.go"),
        "{result}"
    );
}

#[test]
fn settings_and_ignore_files_that_mean_nothing_are_refused() {
    let world = World::new();
    let report = format!("--reports={}", World::fixture("gosec.json"));
    for (path, text) in [
        ("robot.yml", "security-gate: {tools: {gosec: {version: latest}}}\n"),
        ("robot.yml", "security-gate: {tools: {gosec: {url: https://example.com/x.tar.gz}}}\n"),
        ("robot.yml", "security-gate: {scanners: []}\n"),
        ("robot.yml", "security-gate: {fail-on: unknown}\n"),
        ("robot.yml", "security-gate: {limits: {unknown: 0}}\n"),
        ("security-ignore.yml", "ignore:\n  - id: G401\n    reason: why not\n"),
    ] {
        world.write(path, text);
        let flags: &[&str] = if text.contains("scanners") { &[] } else { &[&report] };
        let (code, result) = world.gate(&[], flags);
        assert_eq!(code, Some(2), "{text}: {result}");
        std::fs::remove_file(world.folder.join(path)).unwrap();
    }
}

#[test]
fn an_entry_sets_aside_and_one_that_ended_warns() {
    let world = World::new();
    let report = format!("--reports={}", World::fixture("gosec.json"));
    let entry = |day: &str| {
        format!(
            "ignore:\n  - id: G401\n    paths: [cmd/**]\n    reason: no secret\n    expires: {day}\n"
        )
    };
    world.write(".github/security-ignore.yml", &entry("2999-01-01"));
    let (code, result) = world.gate(&[], &[&report]);
    // The path is that of another machine: the entry does not fit it.
    assert_eq!((code, &result["cause"]), (Some(0), &"ignore-file".into()), "{result}");
    let any = entry("2999-01-01").replace("    paths: [cmd/**]\n", "");
    world.write(".github/security-ignore.yml", &any);
    let (_, result) = world.gate(&[], &[&report]);
    assert_eq!(
        (&result["verdict"], &result["outputs"]["ignored"]),
        (&"pass".into(), &1.into()),
        "{result}"
    );
    world.write(".github/security-ignore.yml", &any.replace("2999", "2020"));
    let (_, result) = world.gate(&[], &[&report]);
    assert_eq!(
        (&result["verdict"], &result["outputs"]["ignored"]),
        (&"warn".into(), &0.into()),
        "{result}"
    );
}

#[test]
fn an_archive_is_used_only_with_its_hash() {
    let world = World::new();
    let programs = world.program("govulncheck", "exit 7");
    let pack = robot_process::Command::new("tar").args(["-czf", "govulncheck.tar.gz", "-C"]);
    let pack = pack.arg(&programs).arg("govulncheck").current_directory(&world.folder);
    let packed = pack.run(&robot_process::Cancellation::default()).unwrap();
    assert!(packed.success());
    let path = world.folder.join("govulncheck.tar.gz");
    let sum = robot_process::Command::new("sha256sum").arg(&path);
    let sum = sum.run(&robot_process::Cancellation::default()).unwrap();
    let hash = String::from_utf8_lossy(&sum.stdout)[..64].to_owned();
    let with = |hash: &str| {
        let url = format!("file://{}", path.display());
        let source = format!("{{url: '{url}', sha256: '{hash}'}}");
        world.write("robot.yml", &format!("security-gate: {{tools: {{govulncheck: {source}}}}}\n"));
        let (code, result) = world.gate(&[], &[]);
        assert_eq!(code, Some(11), "{result}");
        result.to_string()
    };
    assert!(with(&"0".repeat(64)).contains("it is not used"));
    assert!(with(&hash).contains("ended with exit code 7"));
}

/// By the validator of the format's own authors: its schema and rules.
#[test]
fn our_sarif_is_sarif() {
    let world = World::new();
    let reports = ["gosec.json", "trivy.json", "govulncheck.json"].map(World::fixture).join(",");
    let _ = world.gate(&[], &["--reports", &reports]);
    let validator = robot_testkit::tool("ROBOT_TEST_SARIF_MULTITOOL");
    let told = world.runner.path("told.sarif");
    let validate = world
        .runner
        .step(validator, &world.folder)
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .arg("validate")
        .arg(world.runner.path("temp/robot/security/security.sarif"))
        .arg("--output")
        .arg(&told);
    let ended = validate.run(&robot_process::Cancellation::default()).unwrap();
    assert!(ended.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap();
    // The scanners that wrote the reports do not tell their version; nothing else may be amiss.
    let results = told["runs"][0]["results"].as_array().unwrap();
    let amiss: Vec<_> = results.iter().filter(|it| it["ruleId"] != "SARIF2005").collect();
    assert!(amiss.is_empty(), "{amiss:?}");
}

#[test]
fn what_is_left_for_other_tools_has_places_fingerprints_and_package_urls() {
    let world = World::new();
    let reports = ["trivy.json", "govulncheck.json"].map(World::fixture).join(",");
    let _ = world.gate(&[], &["--reports", &reports, "--complete"]);
    let sarif = world.left("security.sarif");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "robot-security-gate/govulncheck/");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "internal/lang/lang.go", "{result}");
    assert!(result["partialFingerprints"]["robotFinding/v1"].is_string());
    let vex = world.left("security.openvex.json");
    let statement = |name: &str| {
        let all = vex["statements"].as_array().unwrap();
        all.iter().find(|it| it["vulnerability"]["name"] == name).unwrap().clone()
    };
    let called = statement("CVE-2021-38561");
    assert_eq!(called["products"][0]["@id"], "pkg:golang/golang.org/x/text@v0.3.5");
    assert_eq!(called["status"], "affected");
    // The checkout's go.mod is that of the reports' module, so the verdict on calls is for it.
    let imported = statement("CVE-2022-28948");
    assert_eq!(imported["justification"], "vulnerable_code_not_in_execute_path", "{imported}");
}
