//! `robot-release.yml` under act with a real registry, up to what only GitHub can give: an identity to sign
//! with. So nothing is signed here, and the release must not be green.

use robot_testkit::{Act, ActRun, FileServer, RealRegistry, tool};
use serde_json::{Value, json};
use std::path::Path;

const MAIN: &str = "package main\n\nfunc main() {}\n";

struct World {
    act: Act,
    registry: RealRegistry,
    /// Roots as an instance of Sigstore publishes them.
    publisher: FileServer,
}

fn tuf() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/cosign-verify/tests/tuf/current")
}

impl World {
    fn new() -> Self {
        let act = Act::new(Path::new(env!("CARGO_TARGET_TMPDIR")), |module| {
            module.file("cmd/robot/main.go", MAIN).file("Dockerfile", "FROM scratch\n")
        });
        let publisher = FileServer::start(&tuf());
        let root = tuf().join("1.root.json");
        act.write(
            ".github/robot.yml",
            &format!(
                "cosign-verify:\n  tuf-repository: {}\n  tuf-root: {}\n  bundles: [elsewhere.json]\n  key: cosign.pub\n",
                publisher.url(),
                root.display()
            ),
        );
        Self { act, registry: RealRegistry::start(), publisher }
    }

    fn image(&self) -> String {
        format!("{}/acme/robot", self.registry.host())
    }

    fn release(&self, with: &str) -> ActRun {
        let workflow = format!(
            "on: push\njobs:\n  image:\n    permissions: {{contents: read, packages: write, id-token: write, attestations: write}}\n    \
             uses: org/robot-actions/.github/workflows/robot-release.yml@v1\n    \
             with:\n      image: {}\n      image-tags: v1,latest\n      {with}\n",
            self.image()
        );
        let payload: Value = json!({ "ref": "refs/tags/v1.2.3", "repository": { "full_name": "acme/robot", "default_branch": "main" } });
        let crane = tool("ROBOT_TEST_CRANE").display().to_string();
        let variables = [("GITHUB_REPOSITORY", "acme/robot"), ("STUB_CRANE", &crane)];
        self.act.start(&workflow, "push", &payload.to_string(), &variables)
    }

    /// What the registry says that a tag points to.
    fn tag(&self, tag: &str) -> String {
        let crane = robot_testkit::scrubbed(tool("ROBOT_TEST_CRANE"));
        let crane = crane.args(["digest", &format!("{}:{tag}", self.image())]);
        let ended = crane.run(&robot_process::Cancellation::default()).unwrap();
        let ended = ended.require_success(&crane).unwrap();
        String::from_utf8_lossy(&ended.stdout).trim().to_owned()
    }
}

/// The job ended because what was pushed has no signature, and for no other reason.
fn is_refused_as_unsigned(run: &ActRun, reference: &str) {
    assert!(!run.success, "{}", run.log);
    for said in [
        &*format!("would attest {reference}"),
        &format!("would run cosign sign --yes {reference}"),
        "the trusted roots of today are in ",
        &format!("{reference} is not signed"),
    ] {
        assert!(run.log.contains(said), "no {said} in {}", run.log);
    }
}

#[test]
fn a_release_whose_image_is_not_signed_is_not_green() {
    let world = World::new();
    let run = world.release("verify-build: true");
    let digest = world.tag("v1");
    assert_eq!(world.tag("latest"), digest);
    assert!(run.log.contains("built again elsewhere, the image is sha256:"), "{}", run.log);
    is_refused_as_unsigned(&run, &format!("{}@{digest}", world.image()));
    assert_eq!(run.output("build", "digest"), digest, "{:?}", run.outputs);
    assert!(run.output("build", "sbom-digest").starts_with("sha256:"), "{:?}", run.outputs);
    assert!(!world.publisher.asked().is_empty());
}

#[test]
fn a_release_with_a_dockerfile_has_the_same_outputs_and_the_same_end() {
    let world = World::new();
    let run = world.release("dockerfile: Dockerfile");
    let digest = world.tag("v1");
    is_refused_as_unsigned(&run, &format!("{}@{digest}", world.image()));
    assert_eq!(run.output("digest", "digest"), digest, "{:?}", run.outputs);
    assert_eq!(run.output("sbom", "digest"), world.tag("attestation"), "{:?}", run.outputs);
}
