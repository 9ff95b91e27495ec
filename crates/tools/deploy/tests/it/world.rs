//! A robot in an OCI layout, and the step that deploys it.

use robot_process::{Cancellation, Command, Finished};
use robot_testkit::{Event, Runner, write};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A robot that does what its first argument says.
const ROBOT: &str = r#"package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	what, rest := "ok", []string(nil)
	if len(os.Args) > 1 {
		what, rest = os.Args[1], os.Args[2:]
	}
	switch what {
	case "ok":
		fmt.Println(`{"time":"2026-01-01T00:00:00Z","level":"info","msg":"done","task":"` + os.Getenv("TASK_ID") + `"}`)
	case "exit":
		code, _ := strconv.Atoi(rest[0])
		fmt.Fprintln(os.Stderr, "about to fail with", code)
		os.Exit(code)
	case "hang":
		fmt.Println("hanging")
		time.Sleep(time.Hour)
	case "eat":
		var all [][]byte
		for {
			block := make([]byte, 8<<20)
			for i := range block {
				block[i] = 1
			}
			all = append(all, block)
			time.Sleep(5 * time.Millisecond)
		}
	case "env":
		for _, name := range rest {
			value, is := os.LookupEnv(name)
			fmt.Println(name, is, value)
		}
	case "cat":
		for _, path := range rest {
			text, err := os.ReadFile(path)
			fmt.Println(path, strings.TrimSpace(string(text)), err)
		}
	case "flood":
		for i := range 20000 {
			fmt.Println("line", i)
		}
	case "where":
		folder, _ := os.Getwd()
		entries, _ := os.ReadDir("/")
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		fmt.Println("in", folder, "root", strings.Join(names, ","))
	}
}
"#;

/// The robot, compiled once.
fn robot() -> &'static [u8] {
    static ROBOT_BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    ROBOT_BYTES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("go.mod"), "module example.com/robot\n\ngo 1.22\n");
        write(&folder.path().join("main.go"), ROBOT);
        let go = Command::new("go")
            .args(["build", "-trimpath", "-ldflags=-s -w", "-o", "robot", "."])
            .env("CGO_ENABLED", "0")
            .current_directory(folder.path());
        go.run(&Cancellation::default()).unwrap().require_success(&go).unwrap();
        std::fs::read(folder.path().join("robot")).unwrap()
    })
}

fn blob(layout: &Path, bytes: &[u8]) -> (String, usize) {
    let hex = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
    let path = layout.join("blobs/sha256").join(&hex);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
    (format!("sha256:{hex}"), bytes.len())
}

/// Writes a layout with the robot as `/robot`, for one platform; its digest.
pub(crate) fn layout(folder: &Path, architecture: &str) -> String {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(robot().len() as u64);
    header.set_mode(0o755);
    archive.append_data(&mut header, "robot", robot()).unwrap();
    let layer = archive.into_inner().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &layer).unwrap();
    let (layer, layer_size) = blob(folder, &packed.finish().unwrap());
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/robot"], "Env": ["PATH=/bin", "OF_IMAGE=1"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": []},
    });
    let (config, config_size) = blob(folder, config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": config_size},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer, "size": layer_size}],
    });
    let (digest, size) = blob(folder, manifest.to_string().as_bytes());
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest, "size": size,
            "platform": {"os": "linux", "architecture": architecture},
        }],
    });
    std::fs::write(folder.join("index.json"), index.to_string()).unwrap();
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    digest
}

/// The architecture of this machine.
pub(crate) fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

/// A repository with a layout, and a job that deploys it.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    runner: Runner,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        layout(&folder.path().join("image"), architecture());
        Self { folder, runner: Runner::new(&Event::push()) }
    }

    /// The same with a variable of the job.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.runner = self.runner.set(name, value);
        self
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(path);
        write(&path, text);
        path
    }

    /// Settings of robot.yml below `deploy:`, beside those that every deployment here has.
    pub(crate) fn settings(&self, text: &str) {
        let own: String = text.lines().map(|line| format!("  {line}\n")).collect();
        let state = self.folder.path().join("state.json");
        let head = format!(
            "deploy:\n  application: echo\n  layout: image\n  state: {}\n",
            state.display()
        );
        self.file("robot.yml", &format!("{head}{own}"));
    }

    pub(crate) fn command(&self, verb: &str) -> Command {
        self.runner.step(env!("CARGO_BIN_EXE_robot-deploy"), self.folder.path()).arg(verb)
    }

    pub(crate) fn run(&self, verb: &str) -> Done {
        let finished = self.command(verb).run(&Cancellation::default()).unwrap();
        Done { result: self.runner.result(&format!("deploy-{verb}")), finished }
    }

    pub(crate) fn state(&self) -> Value {
        let text = std::fs::read(self.folder.path().join("state.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// A word that no other test's robot has as an argument.
    pub(crate) fn token(&self) -> String {
        self.folder.path().file_name().unwrap().to_string_lossy().into_owned()
    }

    /// Whether a robot runs that has the token as an argument, in whatever namespace.
    pub(crate) fn has_robot(&self) -> bool {
        let token = self.token();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|it| std::fs::read(it.path().join("cmdline")).ok());
        lines.into_iter().any(|line| {
            line.starts_with(b"/robot\0") && String::from_utf8_lossy(&line).contains(&token)
        })
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.runner.path("temp/robot/deploy")
    }
}

/// A step that has ended.
pub(crate) struct Done {
    pub(crate) finished: Finished,
    pub(crate) result: Value,
}

impl Done {
    /// What it printed, and its result.
    pub(crate) fn all(&self) -> String {
        format!(
            "{}{}\n{:#}",
            String::from_utf8_lossy(&self.finished.stdout),
            String::from_utf8_lossy(&self.finished.stderr),
            self.result
        )
    }

    /// Fails unless it ended with this code and cause.
    #[track_caller]
    pub(crate) fn ended(self, code: i32, cause: &str) -> Self {
        assert_eq!(self.finished.code, Some(code), "{}", self.all());
        assert_eq!(self.result["cause"].as_str().unwrap_or_default(), cause, "{}", self.all());
        self
    }

    /// Fails unless it says so.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.all().contains(text), "`{text}` is not in:\n{}", self.all());
        self
    }
}
