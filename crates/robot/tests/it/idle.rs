//! Before the restore: a change that no step reads restores nothing, and every other change restores what it needs.

use robot_process::{Cancellation, Command};
use robot_testkit::{Event, Repository, Runner, write};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static SEED: OnceLock<PathBuf> = OnceLock::new();

/// Copies what is in a folder, with its times.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    run(&Command::new("cp").arg("-a").args([from.join("."), to.to_owned()]));
}

fn run(command: &Command) {
    command.run(&Cancellation::default()).unwrap().require_success(command).unwrap();
}

const TEST: &str = "package m

import (
\t\"embed\"
\t\"os\"
\t\"path/filepath\"
\t\"testing\"

\t\"example.com/dep\"
)

//go:embed static
var static embed.FS

func TestRobot(t *testing.T) {
\tif _, err := os.ReadFile(\"../shared/golden\"); err != nil {
\t\tt.Fatal(err)
\t}
\t_, _ = filepath.Glob(\"testdata/*.txt\")
\t_, _ = os.Stat(\"absent\")
\tif dep.Dep() == 0 || Robot() == 0 {
\t\tt.Fatal(\"none\")
\t}
}
";

const ROBOT: &str = "// Package m is a robot.
package m

import _ \"embed\"

//go:embed page.html
var page string

// Robot is one.
func Robot() int { return 1 + len(page)*0 }
";

const MAIN: &str =
    "package main\n\nimport \"example.com/m\"\n\nfunc main() { println(m.Robot()) }\n";

const DEP: &str =
    "// Package dep is needed.\npackage dep\n\n// Dep is one.\nfunc Dep() int { return 1 }\n";

/// A repository with two robots, jobs in clones of it at one place, and what they save.
struct Monorepo {
    runner: Runner,
}

impl Monorepo {
    /// The robot, and where its dependency is: beside it, or vendored.
    fn new(is_vendored: bool) -> Self {
        let runner = Runner::new(&Event::push());
        let (cache, modules) = (runner.path("gocache"), runner.path("modules"));
        let workspace = runner.path("clone");
        let runner = runner
            .set("GOCACHE", cache)
            .set("GOMODCACHE", modules)
            .set("GOFLAGS", "-modcacherw")
            .set("GITHUB_WORKSPACE", workspace);
        let monorepo = Self { runner };
        monorepo.write("robot/m.go", ROBOT);
        monorepo.write("robot/m_test.go", TEST);
        monorepo.write("robot/cmd/robot/main.go", MAIN);
        monorepo.write("robot/page.html", "1");
        monorepo.write("robot/static/a.txt", "1");
        monorepo.write("robot/testdata/a.txt", "1");
        monorepo.write("robot/tagged.go", "//go:build other\n\npackage m\n");
        monorepo.write("robot/robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
        monorepo.write("shared/golden", "1");
        monorepo.write("other/go.mod", "module example.com/other\n\ngo 1.19\n");
        monorepo.write("other/other.go", "package other\n");
        monorepo.write("README.md", "1");
        let module = "module example.com/m\n\ngo 1.19\n\nrequire example.com/dep v1.0.0\n";
        if is_vendored {
            monorepo.write("robot/go.mod", module);
            monorepo.write("robot/go.sum", "example.com/dep v1.0.0 h1:1xA1uSHpYkbBVLJyfXLxKXTu5jnOF2wyeyXJYBaPoT0=\nexample.com/dep v1.0.0/go.mod h1:1xA1uSHpYkbBVLJyfXLxKXTu5jnOF2wyeyXJYBaPoT0=\n");
            let list = "# example.com/dep v1.0.0\n## explicit; go 1.19\nexample.com/dep\n";
            monorepo.write("robot/vendor/modules.txt", list);
            monorepo.write("robot/vendor/example.com/dep/dep.go", DEP);
        } else {
            let replaced = format!("{module}\nreplace example.com/dep => ../dep\n");
            monorepo.write("robot/go.mod", &replaced);
            monorepo.write("dep/go.mod", "module example.com/dep\n\ngo 1.19\n");
            monorepo.write("dep/dep.go", DEP);
        }
        Repository::init(&monorepo.origin());
        monorepo
    }

    fn origin(&self) -> PathBuf {
        self.runner.path("origin")
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.origin().join(path), text);
    }

    fn git(&self, arguments: &[&str]) -> String {
        Repository::of(&self.origin()).git(arguments)
    }

    /// A fresh runner with a clone and the history that was saved.
    fn fresh(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
        for folder in ["clone", "gocache", "modules", "temp"] {
            let _ = fs::remove_dir_all(self.runner.path(folder));
        }
        fs::create_dir(self.runner.path("temp")).unwrap();
        fs::create_dir(self.runner.path("gocache")).unwrap();
        let clone = self.runner.path("clone");
        self.git(&["clone", "--quiet", ".", clone.to_str().unwrap()]);
        self.copy("saved", "temp/robot-history");
    }

    /// A build cache in which Go's own packages are compiled, so that each job need not do that.
    fn seed(&self) -> PathBuf {
        let seed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("idle-gocache");
        for verb in ["build", "vet", "test"] {
            let go = self.runner.step("go", &self.origin().join("robot"));
            run(&go.args([verb, "./..."]).env("GOCACHE", &seed));
        }
        seed
    }

    fn copy(&self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|name| self.runner.path(name));
        if from.is_dir() {
            copy(&from, &to);
        }
    }

    fn step(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot"), &self.runner.path("clone/robot"));
        let step = variables.iter().fold(step, |step, (name, value)| step.env(*name, *value));
        let step = step.args(arguments.iter().copied());
        let finished = step.run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        let said = said + &String::from_utf8_lossy(&finished.stderr);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {said}");
        self.runner.result(&arguments.join("-"))
    }

    fn compute(&self, variables: &[(&str, &str)]) -> Value {
        let pipeline = [("INPUT_PIPELINE", "true")];
        let variables: Vec<_> = pipeline.iter().chain(variables).copied().collect();
        self.step(&["cache-key", "compute"], &variables)
    }

    /// A job of the default branch, which saves the history. Go has compiled its own packages before.
    fn job(&self, variables: &[(&str, &str)]) -> Value {
        self.fresh();
        self.compute(variables);
        copy(SEED.get_or_init(|| self.seed()), &self.runner.path("gocache"));
        let result = self.step(&["ci"], variables);
        let _ = fs::remove_dir_all(self.runner.path("saved"));
        self.copy("temp/robot-history", "saved");
        result
    }

    /// Steps that have work in a fresh clone.
    fn work(&self, variables: &[(&str, &str)]) -> (BTreeSet<String>, Value) {
        self.fresh();
        let computed = self.compute(variables);
        let blocks = computed["report"]["blocks"].as_array().unwrap();
        let table = blocks.iter().find(|block| block["title"] == "Steps that have work");
        let rows = table.and_then(|table| table["rows"].as_array()).cloned().unwrap_or_default();
        let names = rows.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
        (names, computed)
    }
}

/// Entries of a build cache.
fn entries(cache: &Path) -> usize {
    let folders = fs::read_dir(cache).into_iter().flatten().flatten();
    folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().count()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const ALL: [&str; 3] = ["build", "vet", "test"];

#[test]
fn a_change_that_no_step_reads_restores_nothing_and_ends_with_the_same_result() {
    let monorepo = Monorepo::new(false);
    let first = monorepo.job(&[]);
    assert_eq!(first["verdict"], "pass", "{}", first["report"]);
    monorepo.write("README.md", "2");
    monorepo.write("robot/docs/page.md", "2");
    // Another robot of the repository.
    monorepo.write("other/other.go", "package other\n\n// Broken is missing.\nvar x = Broken\n");
    let (work, computed) = monorepo.work(&[]);
    assert_eq!(work, names(&[]), "{}", computed["report"]);
    for output in ["has-work", "restore-build", "restore-module"] {
        assert_eq!(computed["outputs"][output], false, "{output}");
    }
    // A pull request, without anything that was restored, and without a module proxy.
    let event = monorepo.runner.path("pull-request.json");
    let change = r#"{"number": 7, "pull_request": {"number": 7, "base": {"ref": "main", "repo": {"full_name": "acme/robot"}}, "head": {"sha": "2222222222222222222222222222222222222222", "ref": "x", "repo": {"full_name": "acme/robot"}}}, "repository": {"full_name": "acme/robot", "default_branch": "main"}}"#;
    write(&event, change);
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ("GITHUB_REF", "refs/pull/7/merge"),
    ];
    let docs = monorepo.step(&["ci"], &variables);
    assert_eq!(docs["outputs"]["verdicts"]["build"], "pass", "{}", docs["report"]);
    let verdicts = |result: &Value| {
        let mut verdicts = result["outputs"]["verdicts"].clone();
        verdicts["prune"] = Value::Null;
        verdicts
    };
    assert_eq!(verdicts(&docs), verdicts(&first));
    let of_step = |name: &str| monorepo.runner.result(&format!("ci/{name}"));
    let tests = of_step("test");
    assert_eq!(tests["outputs"]["passed"], 1);
    assert_eq!(tests["outputs"]["reused-packages"], tests["outputs"]["packages"]);
    let coverage = first["metrics"].as_array().unwrap();
    assert!(!coverage.is_empty());
    // Nothing was compiled.
    assert!(entries(&monorepo.runner.path("gocache")) < 64, "something was compiled");
    let report = docs["report"].to_string();
    assert!(report.contains("reused from "), "{report}");
    assert_eq!(docs["outputs"]["save-build"], false);
}

#[test]
fn every_change_that_a_step_reads_runs_it_again() {
    let monorepo = Monorepo::new(false);
    monorepo.job(&[]);
    let base = monorepo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let write = |path: &'static str, text: &'static str| move |it: &Monorepo| it.write(path, text);
    type Change = Box<dyn Fn(&Monorepo)>;
    let changes: Vec<(&str, &[&str], Change)> = vec![
        ("a file that a test reads", &["test"], Box::new(write("shared/golden", "2"))),
        ("a new file in a globbed folder", &["test"], Box::new(write("robot/testdata/b.txt", ""))),
        ("a file that was absent", &["test"], Box::new(write("robot/absent", ""))),
        ("an embedded file", &ALL, Box::new(write("robot/page.html", "2"))),
        // The folder is embedded by a test, which `go build` does not see.
        (
            "a file of an embedded folder",
            &["vet", "test"],
            Box::new(write("robot/static/a.txt", "2")),
        ),
        (
            "a new file in an embedded folder",
            &["vet", "test"],
            Box::new(write("robot/static/b.txt", "")),
        ),
        ("a source", &ALL, Box::new(write("robot/new.go", "package m\n"))),
        (
            "a source of another tag",
            &ALL,
            Box::new(write(
                "robot/tagged.go",
                "//go:build other\n\npackage m\n\n// X is new.\nvar X = 1\n",
            )),
        ),
        ("a test", &ALL, Box::new(write("robot/more_test.go", "package m\n"))),
        (
            "a replaced module",
            &ALL,
            Box::new(write(
                "dep/dep.go",
                "// Package dep is needed.\npackage dep\n\n// Dep is two.\nfunc Dep() int { return 2 }\n",
            )),
        ),
        (
            "a moved replaced module",
            &ALL,
            Box::new(|it: &Monorepo| {
                it.git(&["mv", "dep", "moved"]);
                let module = fs::read_to_string(it.origin().join("robot/go.mod")).unwrap();
                it.write("robot/go.mod", &module.replace("../dep", "../moved"));
            }),
        ),
        ("go.work", &ALL, Box::new(write("go.work", "go 1.19\n\nuse (\n\t./robot\n\t./dep\n)\n"))),
        (
            "go.sum",
            &ALL,
            Box::new(write(
                "robot/go.sum",
                "example.com/x v1.0.0 h1:1xA1uSHpYkbBVLJyfXLxKXTu5jnOF2wyeyXJYBaPoT0=\n",
            )),
        ),
        (
            "a build tag",
            &["test"],
            Box::new(write(
                "robot/robot.yml",
                "go-test: {layers: {unit: {race: false, tags: [other]}}}\n",
            )),
        ),
        (
            "a tag of the build",
            &["build"],
            Box::new(write(
                "robot/robot.yml",
                "go-test: {layers: {unit: {race: false}}}\ngo-build: {tags: [other]}\n",
            )),
        ),
        (
            "a layer that always runs",
            &["test"],
            Box::new(write(
                "robot/robot.yml",
                "go-test: {layers: {unit: {race: false, count: 1}}}\n",
            )),
        ),
        (
            "fresh",
            &["vet"],
            Box::new(write(
                "robot/robot.yml",
                "go-test: {layers: {unit: {race: false}}}\ngo-vet: {fresh: true}\n",
            )),
        ),
        (
            "a shell command",
            &["line"],
            Box::new(write(
                "robot/robot.yml",
                "go-test: {layers: {unit: {race: false}}}\nci: {steps: [{name: build, uses: go-build}, {name: line, run: 'true'}]}\n",
            )),
        ),
    ];
    for (what, expected, change) in changes {
        change(&monorepo);
        let (work, computed) = monorepo.work(&[]);
        assert_eq!(work, names(expected), "{what}: {}", computed["report"]);
        assert_eq!(computed["outputs"]["restore-build"], true, "{what}");
        monorepo.git(&["reset", "--quiet", "--hard", &base]);
        monorepo.git(&["clean", "--quiet", "-fdx"]);
    }
    assert_eq!(monorepo.work(&[("BOT_MODE", "2")]).0, names(&ALL));
    assert_eq!(monorepo.work(&[("GOFLAGS", "-modcacherw -tags=other")]).0, names(&ALL));
    assert_eq!(monorepo.work(&[("CGO_ENABLED", "0")]).0, names(&ALL));
    assert_eq!(monorepo.work(&[("GOTOOLCHAIN", "go1.99.1")]).1["outputs"]["has-work"], true);
    // Of one run only: the same.
    assert_eq!(monorepo.work(&[("GITHUB_RUN_ID", "43")]).0, names(&[]));
}

#[test]
fn a_vendored_package_is_read_too() {
    let monorepo = Monorepo::new(true);
    monorepo.job(&[]);
    assert_eq!(monorepo.work(&[]).0, names(&[]));
    let vendored = "robot/vendor/example.com/dep/dep.go";
    monorepo.write(vendored, &DEP.replace("return 1", "return 2"));
    assert_eq!(monorepo.work(&[]).0, names(&ALL));
}

#[test]
fn what_is_not_known_to_hold_is_restored() {
    let monorepo = Monorepo::new(false);
    // No history yet.
    assert_eq!(monorepo.work(&[]).0, names(&ALL));
    monorepo.job(&[]);
    assert_eq!(monorepo.work(&[]).0, names(&[]));
    // Of another repository, or edited: not believed.
    assert_eq!(monorepo.work(&[("GITHUB_REPOSITORY", "acme/other")]).0, names(&ALL));
    let saved = monorepo.runner.path("saved/robot/verdicts");
    for subject in fs::read_dir(&saved).unwrap() {
        for record in fs::read_dir(subject.unwrap().path()).unwrap() {
            let record = record.unwrap().path();
            let text = fs::read_to_string(&record).unwrap();
            fs::write(&record, text.replacen("\"verdict\"", "\"verdict\" ", 1)).unwrap();
        }
    }
    let (work, computed) = monorepo.work(&[]);
    assert_eq!(work, names(&ALL));
    assert!(computed["report"].to_string().contains("is not valid"), "{computed}");
}

/// A test reads in the module cache: before that is restored, nothing is known of it.
#[test]
fn a_test_that_reads_in_a_cache_has_work() {
    let monorepo = Monorepo::new(false);
    let test = "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestCache(t *testing.T) { _, _ = os.Stat(os.Getenv(\"GOMODCACHE\") + \"/absent\") }\n";
    monorepo.write("robot/cache_test.go", test);
    monorepo.job(&[]);
    let (work, computed) = monorepo.work(&[]);
    assert_eq!(work, names(&["test"]), "{computed}");
    assert!(computed["report"].to_string().contains("is not restored yet"), "{computed}");
}

/// A verb that repeats its verdict does not touch Go's caches: their entries are not unused for that.
#[test]
fn what_a_repeated_verdict_did_not_use_stays_in_the_saved_cache() {
    let monorepo = Monorepo::new(false);
    monorepo.job(&[]);
    monorepo.copy("gocache", "saved-cache");
    let before = entries(&monorepo.runner.path("saved-cache"));
    // Only the test runs.
    monorepo.write("shared/golden", "2");
    monorepo.fresh();
    monorepo.compute(&[]);
    monorepo.copy("saved-cache", "gocache");
    monorepo.step(&["ci"], &[]);
    let after = entries(&monorepo.runner.path("gocache"));
    assert!(after >= before, "{after} of {before} entries are left");
    // A source: all run, and what none of them used is removed.
    monorepo.write("robot/m.go", &ROBOT.replace("return 1", "return 2"));
    monorepo.fresh();
    monorepo.compute(&[]);
    monorepo.copy("saved-cache", "gocache");
    let pruned = monorepo.step(&["ci"], &[]);
    assert_eq!(pruned["outputs"]["verdicts"]["prune"], "pass");
    assert!(entries(&monorepo.runner.path("gocache")) > 64);
}
