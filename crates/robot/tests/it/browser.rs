//! The report's page in a real browser: what is meant to be seen is there, and nothing that code under
//! test says has an effect.

use robot_process::{Cancellation, Command};
use robot_testkit::{Event, Runner, tool, write};
use serde_json::json;

#[test]
fn the_page_shows_the_report_and_runs_nothing_of_it() {
    let hostile =
        "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";
    let result = json!({
        "schema": "robot.report/v1", "tool": "go-test", "version": "0.1.0",
        "run": { "repository": "acme/robot", "run_id": 42, "attempt": 1 },
        "verdict": "fail", "exit_code": 10, "outputs": null, "input_digest": "",
        "report": { "headline": format!("3 tests failed {hostile}"), "blocks": [
            { "kind": "findings", "title": format!("Failed {hostile}"), "findings": [
                { "level": "error", "rule": "fail", "title": format!("TestGreeting {hostile}"), "detail": hostile },
            ]},
            { "kind": "text", "text": hostile },
        ]},
    });
    let runner = Runner::new(&Event::push());
    let folder = runner.path("results");
    write(&folder.join("go-test.result.json"), &result.to_string());
    let summary = runner.step(env!("CARGO_BIN_EXE_robot"), &folder).args([
        "summary",
        "--comment=false",
        "--results=.",
    ]);
    summary.run(&Cancellation::default()).unwrap();
    let page = runner.path("temp/robot/summary/report.html");
    assert!(page.is_file());

    let browser = Command::new(tool("ROBOT_TEST_CHROMIUM"))
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-quic", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", runner.path("profile").display()))
        .arg(format!("file://{}", page.display()));
    let finished = browser.run(&Cancellation::default()).unwrap();
    let finished = finished.require_success(&browser).unwrap();
    let shown = String::from_utf8_lossy(&finished.stdout);
    for text in ["TestGreeting", "3 tests failed", "&lt;img src=x"] {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
    for effect in ["<img", "<script", "<title>run"] {
        assert!(!shown.contains(effect), "{effect} in {shown}");
    }
    // The page asks for nothing that its own policy forbids, nor for anything that is not there.
    let console = String::from_utf8_lossy(&finished.stderr);
    assert!(!console.contains("CONSOLE"), "{console}");
}
