//! Code under test is sealed in: what it sees and can change, with the real go on this machine.

use crate::module::Module;
use robot_process::{Cancellation, Command};
use robot_testkit::{Repository, scrubbed};
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
    Repository::of(module.folder.path()).git(&["init", "--quiet"]);
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
    scrubbed("unshare").args(["--user", "--map-root-user", "--mount", "sh", "-c", line.as_str()])
}

#[test]
fn where_it_cannot_be_done_it_is_told_or_refused() {
    for (isolate, code, expected) in [
        ("auto", Some(0), "layer `unit` can see other processes"),
        ("require", Some(3), "layer `unit` sets `isolate: require`"),
    ] {
        let module =
            Module::new(&[("m_test.go", crate::module::PASSING), ("testdata/answer", "1")]);
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

/// A module whose test runs these lines in bash, whatever they come to, and passes.
fn hostile(lines: &str) -> Module {
    let source = "package m\n\nimport (\n\t\"os/exec\"\n\t\"testing\"\n)\n\nfunc TestX(t *testing.T) {\n\t_ = exec.Command(\"bash\", \"attack.sh\").Run()\n}\n";
    let module = Module::new(&[("m_test.go", source), ("attack.sh", lines)]);
    module.write(
        "robot.yml",
        "go-test: {coverage: false, layers: {unit: {race: false, isolate: require}}}\n",
    );
    module
}

#[test]
fn nothing_is_put_in_the_place_of_folders_that_others_use() {
    let job = tempfile::tempdir().unwrap();
    let at = |name: &str| job.path().join(name);
    let attack = format!(
        "cd {}\nmkdir -p temp/robot-history && echo x > temp/robot-history/timings.json\n\
         mv temp away && mkdir -p temp/_runner_file_commands && echo PATH=x > temp/_runner_file_commands/env\n\
         mv work gone && mkdir -p work/.git/hooks && echo evil > work/.git/hooks/post-checkout\n\
         cd / && mv {0} {0}.x && mkdir -p {0}/temp/robot\n",
        job.path().display()
    );
    let module = hostile(&attack);
    for (name, text) in [
        ("temp/_runner_file_commands/env", ""),
        ("temp/0b5d2f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b.sh", "robot go-test"),
        ("work/.git/config", ""),
    ] {
        std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
        std::fs::write(at(name), text).unwrap();
    }
    let copy = Command::new("cp").arg("-r").arg(module.folder.path().join(".")).arg(at("work"));
    copy.run(&Cancellation::default()).unwrap().require_success(&copy).unwrap();
    let command = module.command(&["--reruns=0"]).current_directory(at("work"));
    let command = command
        .env("RUNNER_TEMP", at("temp"))
        .env("GITHUB_ENV", at("temp/_runner_file_commands/env"));
    let finished = command.run(&Cancellation::default()).unwrap();
    let result = crate::module::read(&at("temp/robot/go-test.result.json"));
    assert_eq!(finished.code, Some(0), "{result}");
    assert_eq!(result["outputs"]["passed"], 1, "{result}");
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(at(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("").len(), 2, "{:?}", names(""));
    assert_eq!(names("work/.git"), ["config"]);
    // What the tool itself keeps, and nothing of theirs.
    assert!(names("temp/robot-history").iter().all(|name| name == "verdicts"));
    assert_eq!(std::fs::read_to_string(at("temp/_runner_file_commands/env")).unwrap(), "");
}

#[test]
fn neither_a_terminal_nor_files_that_are_open_are_handed_on() {
    let module = hostile(
        "(exec 3</dev/tty) 2>/dev/null && echo terminal >> learnt\n\
         cat <&7 >> learnt 2>/dev/null\ntrue >> learnt\n",
    );
    let secret = module.folder.path().join("results/secret");
    std::fs::create_dir_all(secret.parent().unwrap()).unwrap();
    std::fs::write(&secret, "open file").unwrap();
    // `script` gives it a terminal of its own: `man 1 script`.
    let line = format!("exec 7<{}; {}", secret.display(), module.command(&["--reruns=0"]));
    let command = scrubbed("script")
        .args(["-qefc", line.as_str(), "/dev/null"])
        .current_directory(module.folder.path());
    let finished = command.run(&Cancellation::default()).unwrap();
    assert_eq!(finished.code, Some(0), "{}", String::from_utf8_lossy(&finished.stdout));
    assert_eq!(std::fs::read_to_string(module.folder.path().join("learnt")).unwrap(), "");
}

#[test]
fn a_superuser_changes_nothing_of_the_machine() {
    let module = hostile(
        // To open it for writing changes nothing yet.
        "for file in core_pattern modprobe; do\n\
         (exec 3>>/proc/sys/kernel/$file) 2>/dev/null && echo $file >> changed\ndone\n\
         (unshare -m mount -o remount,rw /proc/sys) 2>/dev/null && echo remounted >> changed\n\
         true >> changed\n",
    );
    let (finished, result) = module.test(&["--reruns=0"]);
    assert_eq!(finished.code, Some(0), "{result}");
    assert_eq!(std::fs::read_to_string(module.folder.path().join("changed")).unwrap(), "");
}
