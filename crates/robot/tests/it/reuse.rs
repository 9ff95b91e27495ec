//! What a fresh clone reuses is what has to be the same: equal to the set that an independent look
//! at `go list -deps -test` predicts.

use robot_golang::package_list;
use robot_process::{Cancellation, Command};
use robot_testkit::{Event, GoModule, Repository, Runner, write};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn robot(folder: &Path) -> Repository {
    let module = GoModule::at(folder)
        .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/sum v1.0.0\n)\n\nreplace example.com/dep => ./third\n")
        .file("summed/summed.go", "package summed\n\nimport \"example.com/sum\"\n\nfunc Summed() int { return sum.Sum() }\n")
        .test("summed", "TestSummed", "if Summed() == 0 {\n\t\tt.Fatal()\n\t}")
        .file(".github/robot.yml", "go-test: {layers: {unit: {race: false}}}\n")
        .file("third/go.mod", "module example.com/dep\n\ngo 1.19\n")
        .file("third/dep.go", "package dep\n\nvar dep = 1\n\nfunc Dep() int { return dep }\n")
        .file("core/core.go", "package core\n\nvar core = 1\n\nfunc Core() int { return core }\n")
        .file("app/app.go", "package app\n\nimport \"example.com/m/core\"\n\nfunc App() int { return core.Core() }\n")
        .file("uses/uses.go", "package uses\n\nimport \"example.com/dep\"\n\nfunc Uses() int { return dep.Dep() }\n")
        .file("embeds/embeds.go", "package embeds\n\nimport _ \"embed\"\n\n//go:embed text.txt\nvar Text string\n")
        .file("embeds/text.txt", "one")
        .file("through/through_test.go", "package through_test\n\nimport (\n\t\"example.com/m/core\"\n\t\"testing\"\n)\n\nfunc TestThrough(t *testing.T) {\n\tif core.Core() == 0 {\n\t\tt.Fatal()\n\t}\n}\n")
        .file("through/through.go", "package through\n")
        .file("reads/testdata/x", "1")
        .file("reads/reads_test.go", "package reads\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestReads(t *testing.T) {\n\tif _, err := os.ReadFile(\"testdata/x\"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n")
        .file("asks/asks_test.go", "package asks\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestAsks(t *testing.T) { _ = os.Getenv(\"BOT_MODE\") }\n")
        .test("app", "TestApp", "if App() == 0 {\n\t\tt.Fatal()\n\t}")
        .test("uses", "TestUses", "if Uses() == 0 {\n\t\tt.Fatal()\n\t}")
        .test("embeds", "TestEmbeds", "if Text == \"\" {\n\t\tt.Fatal()\n\t}")
        .test("alone", "TestAlone", "");
    Repository::init(module.path())
}

/// A runner that finds `example.com/sum` before all other modules.
fn runner() -> Runner {
    let runner = Runner::new(&Event::push());
    let proxy_folder = runner.path("proxy");
    crate::proxy::make(&proxy_folder);
    let go = Command::new("go").args(["env", "GOPROXY"]);
    let others = go.run(&Cancellation::default()).unwrap().stdout;
    let others = String::from_utf8_lossy(&others).trim().to_owned();
    let modules = runner.path("modules");
    runner
        .set("GOPROXY", format!("file://{},{others}", proxy_folder.display()))
        .set("GONOSUMDB", "example.com/*")
        .set("GOFLAGS", "-modcacherw")
        .set("GOMODCACHE", modules)
}

/// Asks for another version of `example.com/sum`; writes go.mod and go.sum.
fn get(runner: &Runner, origin: &Path, version: &str) {
    let go = runner.step("go", origin).args(["get", &format!("example.com/sum@{version}")]);
    go.run(&Cancellation::default()).unwrap().require_success(&go).unwrap();
}

/// A job on a fresh clone in a runner whose folders are always the same; the packages that really
/// ran.
fn job(
    runner: &Runner,
    commit: &str,
    restores: bool,
    variables: &[(&str, &str)],
) -> BTreeSet<String> {
    let (clone, cache) = (runner.path("clone"), runner.path("gocache"));
    let (temp, saved) = (runner.path("temp"), runner.path("saved"));
    for folder in [&clone, &cache, &temp] {
        let _ = std::fs::remove_dir_all(folder);
    }
    let shell = |line: &str| {
        let command = Command::shell(line).current_directory(runner.path(""));
        command.run(&Cancellation::default()).unwrap().require_success(&command).unwrap();
    };
    shell(&format!("git clone -q origin clone && git -C clone checkout -q {commit}"));
    let step = |arguments: &[&str]| {
        let step = runner.step(env!("CARGO_BIN_EXE_robot"), &clone).args(arguments.iter().copied());
        let step = variables
            .iter()
            .fold(step.env("GOCACHE", &cache), |step, (name, value)| step.env(*name, *value));
        step.run(&Cancellation::default()).unwrap().require_success(&step).unwrap();
    };
    if restores {
        shell("mkdir temp && cp -a saved-history temp/robot-history");
    }
    step(&["cache-key", "compute"]);
    if restores {
        shell("cp -a saved gocache");
    }
    step(&["ci"]);
    if !restores {
        let _ = std::fs::remove_dir_all(saved);
        shell(
            "cp -a gocache saved && rm -rf saved-history && cp -a temp/robot-history saved-history",
        );
    }
    let timings = std::fs::read(temp.join("robot/evidence/timings.json")).unwrap();
    let timings: Value = serde_json::from_slice(&timings).unwrap();
    let packages = timings["value"]["packages"].as_object().unwrap();
    // A package without tests is there, too: it was compiled for its coverage.
    let ran = packages.iter().filter(|(_, package)| package["tests"] != serde_json::json!({}));
    ran.map(|(path, _)| short(path)).collect()
}

fn short(path: &str) -> String {
    path.trim_start_matches("example.com/m/").to_owned()
}

/// Per tested package, every file that its test binary is made of, with its content.
fn inputs(runner: &Runner, root: &Path) -> BTreeMap<String, BTreeMap<PathBuf, Vec<u8>>> {
    let command = runner
        .step("go", root)
        .args(["list", "-json", "-deps", "-test", "./..."])
        .output_cap(64 << 20);
    let finished = command.run(&Cancellation::default()).unwrap();
    let finished = finished.require_success(&command).unwrap();
    let packages: Vec<_> =
        package_list::packages(finished.stdout.as_slice()).map(Result::unwrap).collect();
    let files = |path: &str| {
        let own =
            packages.iter().filter(|package| package.import_path == path && !package.standard);
        own.flat_map(|package| {
            let lists = [
                &package.go_files,
                &package.test_go_files,
                &package.x_test_go_files,
                &package.embed_files,
            ];
            let names = lists.into_iter().flatten().map(|name| Path::new(&package.dir).join(name));
            names.chain([root.join("go.mod")]).collect::<Vec<_>>()
        })
        // The generated main of a test is in no folder of the module.
        .filter(|path| path.starts_with(root))
        .map(|path| (path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect::<Vec<_>>()
    };
    let tests = packages.iter().filter(|package| package.import_path.ends_with(".test"));
    tests
        .map(|test| {
            let name = short(test.import_path.trim_end_matches(".test"));
            (name, test.deps.iter().flat_map(|path| files(path)).collect())
        })
        .collect()
}

#[test]
fn reused_packages_are_those_that_go_list_predicts() {
    let runner = runner();
    let origin = runner.path("origin");
    std::fs::create_dir(&origin).unwrap();
    let repository = robot(&origin);
    get(&runner, &origin, "v1.0.0");
    let base = repository.commit("sums");
    let before = inputs(&runner, &origin);
    let all: BTreeSet<String> = before.keys().cloned().collect();
    assert_eq!(all.len(), 8, "{all:?}");
    assert_eq!(job(&runner, &base, false, &[]), all);

    // Each change reaches the test binary: Go reuses results also after one that the linker drops.
    // What is not in go list's view is said here: files that a test opens.
    let changes: [(&str, &str, &[&str], usize); 7] = [
        ("README.md", "hello\n", &[], 0),
        (
            "core/core.go",
            "package core\n\nvar core = 2\n\nfunc Core() int { return core }\n",
            &[],
            2,
        ),
        ("third/dep.go", "package dep\n\nvar dep = 2\n\nfunc Dep() int { return dep }\n", &[], 1),
        ("embeds/text.txt", "two", &[], 1),
        (
            "alone/other_test.go",
            "package alone\n\nimport \"testing\"\n\nfunc TestOther(t *testing.T) {}\n",
            &[],
            1,
        ),
        ("reads/testdata/x", "2", &["reads"], 1),
        ("reads/testdata/y", "a new file beside it", &[], 0),
    ];
    for (path, text, read, count) in changes {
        repository.git(&["checkout", "--quiet", "--detach", &base]);
        write(&origin.join(path), text);
        let commit = repository.commit(path);
        let after = inputs(&runner, &origin);
        let changed = all.iter().filter(|name| before.get(*name) != after.get(*name)).cloned();
        let mut predicted: BTreeSet<String> = changed.collect();
        predicted.extend(read.iter().map(|name| (*name).to_owned()));
        assert_eq!(predicted.len(), count, "{path}: {predicted:?}");
        assert_eq!(job(&runner, &commit, true, &[]), predicted, "{path}");
    }

    // Another version of a module, of which the robot has only a line in go.mod and go.sum.
    repository.git(&["checkout", "--quiet", "--detach", &base]);
    get(&runner, &origin, "v1.1.0");
    let commit = repository.commit("sum v1.1.0");
    assert_eq!(job(&runner, &commit, true, &[]), ["summed".to_owned()].into());

    // A variable: whether a test reads it cannot be known, so all of them run; one that differs from run
    // to run reaches none of them.
    assert_eq!(job(&runner, &base, true, &[("BOT_MODE", "other")]), all);
    let run = [("GITHUB_RUN_ID", "77"), ("GITHUB_RUN_NUMBER", "7"), ("RUNNER_TRACKING_ID", "x")];
    assert_eq!(job(&runner, &base, true, &run), [].into());

    // The language version, which changes what Go does while it runs; another Go.
    repository.git(&["checkout", "--quiet", "--detach", &base]);
    let module = std::fs::read_to_string(origin.join("go.mod")).unwrap();
    write(&origin.join("go.mod"), &module.replacen("go 1.19", "go 1.22", 1));
    let commit = repository.commit("go 1.22");
    assert_eq!(job(&runner, &commit, true, &[]), all);
    assert_eq!(job(&runner, &base, true, &[("GOTOOLCHAIN", "go1.19.13")]), all);
}
