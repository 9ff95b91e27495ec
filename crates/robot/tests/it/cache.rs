//! Compute, prepare, test, prune over fresh clones and a carried-over cache, with the real go and
//! git: what a job's runner goes through.

use robot_process::{Cancellation, Command, Finished};
use robot_testkit::{Repository, scrubbed};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One repository, and a cache that is carried from job to job.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        world.write("origin/go.mod", "module example.com/m\n\ngo 1.19\n");
        world.write("origin/leaf/leaf.go", "package leaf\n\nfunc Leaf() int { return 1 }\n");
        world.write(
            "origin/leaf/leaf_test.go",
            "package leaf\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestLeaf(t *testing.T) {\n\tif data, err := os.ReadFile(\"testdata/x\"); err != nil || len(data) == 0 || Leaf() != 1 {\n\t\tt.Fatal(err)\n\t}\n}\n",
        );
        world.write("origin/leaf/testdata/x", "1");
        world.write("origin/other/other.go", "package other\n\nfunc Other() int { return 2 }\n");
        world.write(
            "origin/other/other_test.go",
            "package other\n\nimport \"testing\"\n\nfunc TestOther(t *testing.T) {\n\tif Other() != 2 {\n\t\tt.Fatal()\n\t}\n}\n",
        );
        Repository::init(&world.path("origin"));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        Repository::of(&self.path("origin")).commit("x");
    }

    /// A job on a fresh runner: clone, compute, restore, prepare, test, prune, save.
    fn job(&self) -> Job {
        let clone = self.0.path().join("clone");
        let _ = std::fs::remove_dir_all(&clone);
        let temp = self.path("temp");
        let _ = std::fs::remove_dir_all(&temp);
        Repository::of(&self.path("origin")).git(&[
            "clone",
            "--quiet",
            ".",
            clone.to_str().unwrap(),
        ]);
        let cache = self.path("cache");
        let _ = std::fs::remove_dir_all(&cache);
        let run = |arguments: &[&str]| {
            let finished = scrubbed(env!("CARGO_BIN_EXE_robot"))
                .args(arguments.iter().copied())
                .current_directory(&clone)
                .env("GOCACHE", cache.as_os_str())
                .env("RUNNER_TEMP", temp.as_os_str())
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_EVENT_NAME", "push")
                .run(&Cancellation::default())
                .unwrap();
            assert_eq!(finished.code, Some(0), "{arguments:?}: {}", said(&finished));
            let name = arguments[..arguments.len().min(2)].join("-").replace("---", "");
            let name = if arguments[0] == "go-test" { "go-test".to_owned() } else { name };
            read(&temp.join("robot").join(format!("{name}.result.json")))
        };
        let history = temp.join("robot-history");
        if self.path("saved-history").exists() {
            std::fs::create_dir(&temp).unwrap();
            copy(&self.path("saved-history"), &history);
        }
        let computed = run(&["cache-key", "compute"]);
        if self.path("saved").exists() {
            copy(&self.path("saved"), &cache);
        }
        let prepared = run(&["cache-key", "prepare"]);
        let tested = run(&["go-test"]);
        let pruned = run(&["cache-key", "prune"]);
        let _ = std::fs::remove_dir_all(self.path("saved"));
        copy(&cache, &self.path("saved"));
        let _ = std::fs::remove_dir_all(self.path("saved-history"));
        copy(&history, &self.path("saved-history"));
        Job { computed, prepared, tested, pruned }
    }
}

struct Job {
    computed: Value,
    prepared: Value,
    tested: Value,
    pruned: Value,
}

fn said(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.stdout).into_owned()
        + &String::from_utf8_lossy(&finished.stderr)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    let command = Command::new("cp").arg("-r").arg(from.as_os_str()).arg(to.as_os_str());
    command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
}

#[test]
fn a_fresh_clone_reuses_what_did_not_change_and_the_cache_does_not_grow() {
    let world = World::new();
    let first = world.job();
    assert_eq!(first.computed["outputs"]["restore-build"], true);
    assert_eq!(first.tested["outputs"]["reused-packages"], 0);
    assert_eq!(first.pruned["outputs"]["save-build"], true);
    let size = first.pruned["outputs"]["build-bytes"].as_u64().unwrap();

    // A change of documentation: everything is reused, the test that reads a file too.
    world.write("origin/README.md", "hello");
    world.commit();
    let docs = world.job();
    assert_eq!(docs.tested["outputs"]["reused-packages"], 2);
    assert_eq!(docs.pruned["outputs"]["save-build"], false, "{}", docs.pruned["report"]);
    let key = first.computed["outputs"]["build-key"].as_str().unwrap();
    let rung = docs.computed["outputs"]["build-restore-keys"][0].as_str().unwrap();
    assert!(key.starts_with(rung), "{key} {rung}");

    // Test data of one package: only that package runs.
    world.write("origin/leaf/testdata/x", "2");
    world.commit();
    assert_eq!(world.job().tested["outputs"]["reused-packages"], 1);

    // Many commits later, what is saved is what one commit needs.
    for number in 0..4 {
        let source =
            format!("package leaf\n\nfunc Leaf() int {{ return 1 }}\n\nfunc F{number}() {{}}\n");
        world.write("origin/leaf/leaf.go", &source);
        world.commit();
        let job = world.job();
        assert_eq!(job.tested["outputs"]["reused-packages"], 1);
        let bytes = job.pruned["outputs"]["build-bytes"].as_u64().unwrap();
        assert!(bytes <= size + size / 20, "{bytes} bytes after a change, {size} at first");
    }

    // Another requirement: the key's fallback still finds the cache, and the miss is explained.
    world.write("origin/go.mod", "module example.com/m\n\ngo 1.20\n");
    world.commit();
    let bumped = world.job();
    let differences = bumped.prepared["outputs"]["differences"].to_string();
    assert!(differences.contains("1.19 → 1.20"), "{differences}");
}

#[test]
fn what_was_in_the_cache_before_the_job_is_not_touched() {
    let world = World::new();
    let entry = format!("cache/0a/{}-d", "1".repeat(64));
    world.write(&entry, "somebody else's");
    let run = |verb: &str| {
        scrubbed(env!("CARGO_BIN_EXE_robot"))
            .args(["cache-key", verb])
            .current_directory(world.path("origin"))
            .env("GOCACHE", world.path("cache").as_os_str())
            .env("RUNNER_TEMP", world.path("temp").as_os_str())
            .env("GITHUB_ACTIONS", "true")
            .run(&Cancellation::default())
            .unwrap()
    };
    let before = std::fs::metadata(world.path(&entry)).unwrap().modified().unwrap();
    for verb in ["compute", "prepare", "prune"] {
        let finished = run(verb);
        assert_eq!(finished.code, Some(0), "{verb}: {}", said(&finished));
    }
    let after = std::fs::metadata(world.path(&entry)).unwrap().modified().unwrap();
    assert_eq!(before, after);
}

#[test]
fn keys_need_no_toolchain_that_is_to_be_restored_first() {
    let world = World::new();
    // No such Go exists: asking go itself would try to download it, and fail.
    world.write("origin/go.mod", "module example.com/m\n\ngo 1.99\n\ntoolchain go1.99.1\n");
    let command = scrubbed(env!("CARGO_BIN_EXE_robot"))
        .args(["cache-key", "compute"])
        .current_directory(world.path("origin"))
        .env("GOCACHE", world.path("cache").as_os_str())
        .env("RUNNER_TEMP", world.path("temp").as_os_str())
        .env("GOTOOLCHAIN", "auto");
    let finished = command.run(&Cancellation::default()).unwrap();
    assert_eq!(finished.code, Some(0), "{}", said(&finished));
}

#[test]
fn a_checkout_that_git_does_not_read_is_built_and_tested_all_the_same() {
    let world = World::new();
    world.write("origin/robot.yml", "go-test: {coverage: false, layers: {unit: {race: false}}}\n");
    // What git says of a folder of another user, "dubious ownership", ends the same way.
    world.write("origin/.git/HEAD", "nonsense");
    let finished = scrubbed(env!("CARGO_BIN_EXE_robot"))
        .args(["ci"])
        .current_directory(world.path("origin"))
        .env("GOCACHE", world.path("cache").as_os_str())
        .env("GOFLAGS", "-buildvcs=false")
        .env("RUNNER_TEMP", world.path("temp").as_os_str())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", world.path("outputs").as_os_str())
        .env("GITHUB_STEP_SUMMARY", world.path("summary").as_os_str())
        .run(&Cancellation::default())
        .unwrap();
    assert_eq!(finished.code, Some(0), "{}", said(&finished));
    let verdicts = &read(&world.path("temp/robot/ci.result.json"))["outputs"]["verdicts"];
    for step in ["prepare", "build", "vet", "test"] {
        assert_eq!(verdicts[step], "pass", "{verdicts}");
    }
    let prepared = read(&world.path("temp/robot/ci/prepare.result.json"));
    assert_eq!(prepared["outputs"]["timed-files"], 0);
    let note = prepared["report"].to_string();
    assert!(
        note.contains("file times could not be set") && note.contains("not a git repository"),
        "{note}"
    );
}

#[test]
fn keys_of_another_run_or_of_a_laptop_allow_nothing() {
    let world = World::new();
    let run = |verb: &str, variables: &[(&str, &str)]| {
        let mut command = scrubbed(env!("CARGO_BIN_EXE_robot"))
            .args(["cache-key", verb])
            .current_directory(world.path("origin"))
            .env("GOCACHE", world.path("cache").as_os_str())
            .env("RUNNER_TEMP", world.path("temp").as_os_str());
        for (name, value) in variables {
            command = command.env(*name, *value);
        }
        let finished = command.run(&Cancellation::default()).unwrap();
        assert_eq!(finished.code, Some(0), "{verb}: {}", said(&finished));
    };
    let laptop = [("GITHUB_ACTIONS", "false")];
    let job = |id| [("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", id)];
    for (computed, pruned) in [(&laptop[..], &laptop[..]), (&job("1"), &job("2"))] {
        run("compute", computed);
        let entry = world.path(&format!("cache/0a/{}-d", "1".repeat(64)));
        std::fs::create_dir_all(entry.parent().unwrap()).unwrap();
        std::fs::write(&entry, "of another project, since then").unwrap();
        run("prepare", pruned);
        run("prune", pruned);
        assert!(entry.exists());
        std::fs::remove_dir_all(world.path("cache")).unwrap();
    }
    run("compute", &job("3"));
    run("prepare", &job("3"));
    run("prune", &job("3"));
    assert!(!world.path("temp/robot/cache-key.json").exists());
}
