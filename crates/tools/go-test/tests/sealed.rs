//! Code under test is sealed in: what it sees and can change, with the real go on this machine.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not #[test] functions themselves")]

mod module;

use module::Module;
use robot_process::{Cancellation, Command};
use serde_json::Value;
use std::path::PathBuf;

/// Fails for each thing that it can see or do, and says which.
const PROBE: &str = r#"package m

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	temp := os.Getenv("PROBE_TEMP")
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range processes {
		line, _ := os.ReadFile(file)
		if strings.Contains(string(line), "--reruns=0") {
			t.Error("sees other processes")
		}
	}
	for _, name := range []string{"_runner_file_commands/out", "robot-history/x", "git-credentials-1.config", "event.json"} {
		if text, _ := os.ReadFile(filepath.Join(temp, name)); len(text) > 0 {
			t.Error("reads " + name)
		}
		file, err := os.OpenFile(filepath.Join(temp, name), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, _ = file.WriteString("forged")
			_ = file.Close()
		}
	}
	_ = os.WriteFile(filepath.Join(temp, "robot/go-test.result.json"), []byte("{}"), 0o600)
	entries, _ := os.ReadDir(filepath.Join(temp, "robot"))
	for _, entry := range entries {
		if entry.Name() != "go-test" {
			t.Error("sees " + entry.Name())
		}
	}
	if os.WriteFile(".git/hooks/pre-push", nil, 0o700) == nil {
		t.Error("writes hooks")
	}
	if config, _ := os.ReadFile(".git/config"); strings.Contains(string(config), "secret") {
		t.Error("reads the token of the checkout")
	}
	modules, _ := exec.Command("go", "env", "GOMODCACHE").Output()
	if os.WriteFile(filepath.Join(strings.TrimSpace(string(modules)), "probe"), nil, 0o600) == nil {
		t.Error("writes to the module cache")
	}
	status, _ := os.ReadFile("/proc/self/status")
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("can get more rights")
	}
	// Nothing of that is undone from inside.
	undo := "umount " + temp + "/robot-history; mount -o remount,rw .git; umount .git"
	inside := exec.Command("unshare", "-Urm", "sh", "-c", undo+"; cat "+temp+"/robot-history/x; touch .git/undone")
	if text, _ := inside.Output(); len(text) > 0 {
		t.Error("uncovers what is hidden")
	}
	if _, err := os.Stat(".git/undone"); err == nil {
		t.Error("undoes the write protection")
	}
}
"#;

fn module(isolate: &str) -> (Module, PathBuf) {
    let module = Module::new(&[("m_test.go", PROBE)]);
    module.write(
        "robot.yml",
        &format!("go-test: {{layers: {{unit: {{race: false, isolate: {isolate}}}}}}}\n"),
    );
    let temp = module.folder.path().join("results");
    for name in
        ["_runner_file_commands/out", "robot-history/x", "git-credentials-1.config", "event.json"]
    {
        module.write(&format!("results/{name}"), "text");
    }
    module.write("results/modules/x", "");
    let command = Command::new("git").args(["init", "--quiet"]);
    let command = command.current_directory(module.folder.path());
    command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
    let config = module.folder.path().join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        config,
        text + "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic secret\n",
    )
    .unwrap();
    (module, temp)
}

/// The variables of a job, as far as they name files.
fn in_job(command: Command, temp: &std::path::Path) -> Command {
    command
        .env("PROBE_TEMP", temp)
        .env("GOMODCACHE", temp.join("modules"))
        .env("GITHUB_OUTPUT", temp.join("_runner_file_commands/out"))
        .env("GITHUB_EVENT_PATH", temp.join("event.json"))
}

fn told(result: &Value) -> String {
    result["report"].to_string()
}

#[test]
fn tests_see_and_change_only_their_own() {
    let (module, temp) = module("require");
    let command = in_job(module.command(&["--coverage=false", "--reruns=0"]), &temp);
    let command = command.env("MARKER", "--reruns=0");
    let finished = command.run(&Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(finished.code, Some(0), "{result}");
    assert_eq!(result["outputs"]["passed"], 1, "{result}");
    for name in ["robot-history/x", "git-credentials-1.config", "event.json"] {
        assert_eq!(std::fs::read_to_string(temp.join(name)).unwrap(), "text", "{name}");
    }
}

#[test]
fn what_is_not_sealed_in_sees_all_of_it() {
    let (module, temp) = module("off");
    let command = in_job(module.command(&["--coverage=false", "--reruns=0"]), &temp);
    let finished = command.run(&Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(finished.code, Some(10), "{result}");
    for what in ["reads git-credentials-1.config", "reads the token", "writes to the module cache"]
    {
        assert!(told(&result).contains(what), "{what}: {result}");
    }
}

/// Runs the tool where namespaces are forbidden.
fn without_namespaces(command: &Command) -> Command {
    let line = format!(
        "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all env {command}"
    );
    Command::new("unshare").args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        line.as_str(),
    ])
}

#[test]
fn where_it_cannot_be_done_it_is_told_or_refused() {
    for (isolate, code, expected) in [
        ("auto", Some(0), "layer `unit` sees other processes"),
        ("require", Some(3), "layer `unit` has `isolate: require`"),
    ] {
        let module = Module::new(&[("m_test.go", module::PASSING), ("testdata/answer", "1")]);
        module.write(
            "robot.yml",
            &format!("go-test: {{layers: {{unit: {{race: false, isolate: {isolate}}}}}}}\n"),
        );
        let command = without_namespaces(&module.command(&["--coverage=false"]));
        let command = command.current_directory(module.folder.path());
        let finished = command.run(&Cancellation::default()).unwrap();
        let result = module.result();
        let stderr = String::from_utf8_lossy(&finished.stderr);
        assert_eq!(finished.code, code, "{isolate}: {stderr} {result}");
        assert!(result.to_string().contains(expected), "{isolate}: {result}");
    }
}

#[test]
fn without_namespaces_the_files_are_hidden_all_the_same() {
    let (module, temp) = module("auto");
    let command = in_job(module.command(&["--coverage=false", "--reruns=0"]), &temp);
    let command = without_namespaces(&command).current_directory(module.folder.path());
    let finished = command.run(&Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(finished.code, Some(10), "{result}");
    let told = told(&result);
    // What Landlock cannot do.
    for what in ["sees other processes", "writes to the module cache", "reads the token"] {
        assert!(told.contains(what), "{what}: {told}");
    }
    for what in
        ["reads robot-history", "reads git-credentials", "reads event.json", "reads _runner"]
    {
        assert!(!told.contains(what), "{what}: {told}");
    }
    for name in ["robot-history/x", "git-credentials-1.config", "event.json"] {
        assert_eq!(std::fs::read_to_string(temp.join(name)).unwrap(), "text", "{name}");
    }
}
