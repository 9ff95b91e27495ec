//! `refresh-root` against repositories that python-tuf 7.0.1 wrote (`tests/tuf/make.py`).

use robot_process::Cancellation;
use robot_testkit::{Event, FileServer, Runner};
use serde_json::Value;
use std::path::{Path, PathBuf};

struct World {
    server: FileServer,
    runner: Runner,
    root: PathBuf,
}

fn folder(repository: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tuf").join(repository)
}

impl World {
    fn new(repository: &str) -> Self {
        let folder = folder(repository);
        let runner = Runner::new(&Event::push());
        std::fs::create_dir_all(runner.path("work")).unwrap();
        Self { server: FileServer::start(&folder), runner, root: folder.join("1.root.json") }
    }

    /// The result, and what was said, of a run that must end so.
    fn refresh(&self, code: i32) -> (Value, String) {
        let program = env!("CARGO_BIN_EXE_robot-cosign-verify");
        let step = self
            .runner
            .step(program, &self.runner.path("work"))
            .args(["refresh-root", "--patience=0", "--output=roots.jsonl"])
            .args(["--tuf-repository", &self.server.url()])
            .arg("--tuf-root")
            .arg(&self.root);
        let finished = step.run(&Cancellation::default()).unwrap();
        let said =
            String::from_utf8_lossy(&[finished.stdout, finished.stderr].concat()).into_owned();
        let result = self.runner.result("cosign-verify-refresh-root");
        assert_eq!(finished.code, Some(code), "{result}\n{said}");
        (result, said)
    }

    fn file(&self) -> PathBuf {
        self.runner.path("work/roots.jsonl")
    }
}

#[test]
fn what_an_instance_publishes_is_fetched_and_its_age_is_that_of_the_fetch() {
    let world = World::new("current");
    let (result, _) = world.refresh(0);
    assert_eq!(result["outputs"]["trusted-root"], world.file().to_str().unwrap());
    let fetched: Value = serde_json::from_slice(&std::fs::read(world.file()).unwrap()).unwrap();
    let published = std::fs::read(folder("trusted_root.json")).unwrap();
    assert_eq!(fetched, serde_json::from_slice::<Value>(&published).unwrap());
    // The chain of roots was followed to its end.
    assert!(world.server.asked().contains(&"/3.root.json".to_owned()));

    let age = |runner: &Runner| {
        let verify = runner
            .step(env!("CARGO_BIN_EXE_robot-cosign-verify"), &runner.path("work"))
            .args(["--digest", &format!("sha256:{}", "0".repeat(64)), "--trusted-root=roots.jsonl"])
            .args(["--bundles=none.json"]);
        std::fs::write(runner.path("work/none.json"), "{}").unwrap();
        let finished = verify.run(&Cancellation::default()).unwrap();
        String::from_utf8_lossy(&finished.stdout).into_owned()
    };
    assert!(age(&world.runner).contains("0 days"), "{}", age(&world.runner));
    // The note is about these bytes and no others.
    let mut bytes = std::fs::read(world.file()).unwrap();
    bytes.push(b'\n');
    std::fs::write(world.file(), bytes).unwrap();
    assert!(!age(&world.runner).contains("0 days"), "{}", age(&world.runner));
}

#[test]
fn what_is_not_vouched_for_is_not_written() {
    let target = "/targets/44deb991d4bbf2150751ccee235d9810bce4434383c26d8898c1bcadbace6ed8.trusted_root.json";
    let own = |path: &str| std::fs::read_to_string(folder("current").join(&path[1..])).unwrap();
    let cases = [
        (target, own(target).replace("2025", "2024"), "integrity"),
        ("/2.root.json", own("/2.root.json").replace("\"version\": 2", "\"version\": 4"), "root"),
        (
            "/1.targets.json",
            own("/1.targets.json").replace("12722", "12721"),
            "signature threshold",
        ),
        ("/1.snapshot.json", "{".to_owned(), "JSON"),
        ("/timestamp.json", "x".repeat(17 << 10), "exceeds the size limit"),
    ];
    for (path, body, reason) in cases {
        let world = World::new("current");
        world.server.instead(path, 200, body);
        let code = if path == "/timestamp.json" { 3 } else { 11 };
        let (_, said) = world.refresh(code);
        assert!(said.contains(reason), "{path}: {said}");
        assert!(!world.file().exists(), "{path}");
    }
    // A timestamp that has run out: a mirror that is kept from going on looks like this.
    let world = World::new("expired");
    let (_, said) = world.refresh(11);
    assert!(said.contains("timestamp metadata expired at 2020-01-01"), "{said}");
    // Keys of another.
    let mut world = World::new("current");
    world.root = folder("expired").join("1.root.json");
    let (_, said) = world.refresh(11);
    assert!(said.contains("signature threshold not met"), "{said}");
}

#[test]
fn a_server_that_fails_is_told_from_one_that_lies() {
    let world = World::new("current");
    world.server.instead("/timestamp.json", 500, "");
    let (_, said) = world.refresh(3);
    assert!(said.contains("/timestamp.json") && said.contains("500"), "{said}");
    assert!(!world.file().exists());
    // A repository without a first step.
    let world = World::new("current");
    world.server.instead("/timestamp.json", 404, "");
    world.refresh(11);
}
