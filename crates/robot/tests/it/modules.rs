//! What is in the module cache when code of the repository begins to run.

use robot_process::{Cancellation, Finished};
use robot_testkit::{Event, GoModule, Runner, write};
use std::path::{Path, PathBuf};

/// A job whose module needs `example.com/sum`.
struct Job {
    runner: Runner,
    folder: PathBuf,
    modules: PathBuf,
}

impl Job {
    fn new() -> Self {
        let runner = Runner::new(&Event::push());
        let (served, modules) = (runner.path("proxy"), runner.path("modules"));
        crate::proxy::make(&served);
        let runner = runner
            .set("GOPROXY", format!("file://{}", served.display()))
            .set("GONOSUMDB", "example.com/*")
            .set("GOFLAGS", "-modcacherw")
            .set("GOMODCACHE", &modules);
        let folder = runner.path("m");
        let module = GoModule::at(&folder)
            .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire example.com/sum v1.0.0\n")
            .file("m.go", "package m\n\nimport _ \"example.com/sum\"\n");
        let folder = module.path().to_owned();
        let job = Self { runner, folder, modules };
        job.run("go", &["mod", "tidy"]);
        job
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        let step = self.runner.step(program, &self.folder).args(arguments.iter().copied());
        step.run(&Cancellation::default()).unwrap()
    }

    fn robot(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let finished = self.run(env!("CARGO_BIN_EXE_robot"), arguments);
        let said = [finished.stdout, finished.stderr].concat();
        (finished.code, String::from_utf8_lossy(&said).into_owned())
    }

    fn source(&self) -> PathBuf {
        self.modules.join("example.com/sum@v1.0.0/sum.go")
    }
}

fn change(file: &Path) {
    std::fs::write(file, "package sum\n\nfunc Sum() int { return 9 }\n").unwrap();
}

#[test]
fn restored_modules_that_were_changed_are_downloaded_again() {
    let job = Job::new();
    let before = std::fs::read_to_string(job.source()).unwrap();
    // Empty when its keys are computed, so that what is in it afterwards was restored.
    let saved = job.runner.path("saved");
    std::fs::rename(&job.modules, &saved).unwrap();
    assert_eq!(job.robot(&["cache-key", "compute"]).0, Some(0));
    std::fs::rename(&saved, &job.modules).unwrap();
    change(&job.source());
    let (code, said) = job.robot(&["cache-key", "download"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("modified after its download; the modules were downloaded again"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(job.source()).unwrap(), before);
}

#[test]
fn modules_of_the_machine_are_not_thrown_away_and_not_believed() {
    let job = Job::new();
    assert_eq!(job.robot(&["cache-key", "compute"]).0, Some(0));
    change(&job.source());
    let (code, said) = job.robot(&["cache-key", "download"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("go clean -modcache"), "{said}");
}

#[test]
fn repositories_in_the_module_cache_do_not_reach_a_later_download() {
    let job = Job::new();
    let hook = job.modules.join("cache/vcs/0123/hooks/post-checkout");
    write(&hook, "#!/bin/sh\ntouch ran\n");
    let (code, said) = job.robot(&["cache-key", "download"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!hook.exists());
}

/// A program that go starts for each compiler stands for whatever a build runs. The first run finds no module,
/// the second all of them.
#[test]
fn what_a_build_runs_cannot_change_modules() {
    let job = Job::new();
    let script = "#!/bin/sh\necho ran >>\"$RAN\"\necho planted >\"$GOMODCACHE/planted\"\n\
                  echo '// planted' >>\"$GOMODCACHE/example.com/sum@v1.0.0/sum.go\"\nexec \"$@\"\n";
    let program = job.folder.join("compile.sh");
    write(&program, script);
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let before = std::fs::read_to_string(job.source()).unwrap();
    std::fs::remove_dir_all(&job.modules).unwrap();
    for tool in ["go-build", "go-vet", "go-build"] {
        let ran = job.folder.join("ran");
        let _ = std::fs::remove_file(&ran);
        let step = job.runner.step(env!("CARGO_BIN_EXE_robot"), &job.folder).arg(tool);
        let step = step
            .env("GOFLAGS", format!("-modcacherw -toolexec={}", program.display()))
            .env("RAN", &ran);
        let finished = step.run(&Cancellation::default()).unwrap();
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        assert_eq!(finished.code, Some(0), "{tool}: {said}");
        assert!(ran.is_file(), "{tool}: {said}");
        assert_eq!(std::fs::read_to_string(job.source()).unwrap(), before, "{tool}");
        assert!(!job.modules.join("planted").exists(), "{tool}");
    }
}
