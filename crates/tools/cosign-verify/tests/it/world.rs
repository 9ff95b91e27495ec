//! A job, a registry and an instance of Sigstore, and what is pushed and signed there.

use data_encoding::HEXLOWER;
use robot_process::Cancellation;
use robot_testkit::{Event, FakeRegistry, Runner, TestSigner, TestSigstore, write};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const LEGACY: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

/// How signatures are kept beside an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attach {
    /// The registry lists referrers.
    Referrer,
    /// It does not: a list under a tag, with cosign's wrong type for artifacts.
    FallbackTag,
    /// As before there were bundles.
    SigTag,
}

pub(crate) struct World {
    pub(crate) registry: FakeRegistry,
    pub(crate) sigstore: TestSigstore,
    runner: Runner,
    attach: Attach,
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

impl World {
    pub(crate) fn new(attach: Attach) -> Self {
        let runner = Runner::new(&Event::push());
        let sigstore = TestSigstore::new();
        write(&runner.path("work/trusted_root.json"), &sigstore.trusted_root().to_string());
        let registry = FakeRegistry::start(attach == Attach::Referrer);
        // Nobody but the registry is asked.
        let runner = runner.set("GITHUB_API_URL", "http://127.0.0.1:9");
        Self { registry, sigstore, runner, attach }
    }

    /// With a GitHub that is asked.
    pub(crate) fn with_github(mut self, url: &str) -> Self {
        self.runner = self.runner.set("GITHUB_API_URL", url).set("GITHUB_TOKEN", "a-token");
        self
    }

    /// Puts into the registry what another one held.
    pub(crate) fn load(&self, file: &std::path::Path) {
        let held: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let entries = |name: &str| held[name].as_object().unwrap().clone();
        for (digest, content) in entries("blobs") {
            assert_eq!(
                self.registry.put_blob("acme/robot", content.as_str().unwrap().as_bytes()),
                digest
            );
        }
        let tags = entries("tags");
        for (digest, manifest) in entries("manifests") {
            let tag = tags.iter().find(|(_, of)| **of == digest).map(|(tag, _)| tag.as_str());
            let kind = manifest["mediaType"].as_str().unwrap();
            assert_eq!(self.registry.put_manifest("acme/robot", tag, kind, &manifest), digest);
        }
    }

    /// Runs the verb with these flags, which must end so; its result.
    pub(crate) fn verify(&self, flags: &[&str], code: i32) -> Value {
        let (ended, result) = self.end(flags);
        assert_eq!(ended, Some(code), "{flags:?}: {result}");
        result
    }

    /// Runs the verb with these flags; its exit code and its result.
    pub(crate) fn end(&self, flags: &[&str]) -> (Option<i32>, Value) {
        let given = flags.iter().any(|flag| flag.starts_with("--look-in"));
        let step = self
            .runner
            .step(env!("CARGO_BIN_EXE_robot-cosign-verify"), &self.runner.path("work"))
            .args(["--trusted-root=trusted_root.json"])
            .args(if given { &[][..] } else { &["--look-in=registry"] })
            .args(flags);
        let finished = step.run(&Cancellation::default()).unwrap();
        (finished.code, self.runner.result("cosign-verify"))
    }

    /// The working folder of the job.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.runner.path("work")
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.runner.path("work").join(name), content).unwrap();
    }

    /// What was left for later steps.
    pub(crate) fn evidence(&self) -> Option<Value> {
        let path = self.runner.path("temp/robot/evidence/signature-verified.json");
        Some(serde_json::from_slice(&std::fs::read(path).ok()?).unwrap())
    }

    pub(crate) fn reference(&self, name: &str) -> String {
        let (name, tag) = name.split_once(':').unwrap();
        let name = if name == "robot" { "acme/robot".to_owned() } else { format!("acme/{name}") };
        format!("{}/{name}:{tag}", self.registry.host())
    }

    /// Pushes an image to `acme/<name>`; gives its digest. What it is does not matter.
    pub(crate) fn push(&self, name: &str, tag: &str) -> String {
        self.push_manifest(name, Some(tag), name)
    }

    fn push_manifest(&self, name: &str, tag: Option<&str>, content: &str) -> String {
        let repository = format!("acme/{name}");
        let config = json!({"architecture": content, "os": "linux"}).to_string();
        let config_digest = self.registry.put_blob(&repository, config.as_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest,
                "size": config.len(),
            },
            "layers": [],
        });
        self.registry.put_manifest(&repository, tag, MANIFEST, &manifest)
    }

    /// Pushes an index of two images; gives its digest and theirs.
    pub(crate) fn push_index(&self, name: &str, tag: &str) -> (String, [String; 2]) {
        let images = ["amd64", "arm64"].map(|cpu| (cpu, self.push_manifest(name, None, cpu)));
        let repository = format!("acme/{name}");
        let entries = images.clone().map(|(cpu, digest)| {
            let size = self.registry.content(&repository, &digest).unwrap().len();
            let platform = json!({"os": "linux", "architecture": cpu});
            json!({"mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform})
        });
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        let digest = self.registry.put_manifest(&repository, Some(tag), INDEX, &index);
        (digest, images.map(|(_, digest)| digest))
    }

    /// Pushes an index as docker/github-builder does: of each image an attestation manifest, whose provenance is about
    /// the image, or about something else. Gives its digest and those of the attestation manifests.
    pub(crate) fn push_attested_index(
        &self,
        tag: &str,
        is_about_it: bool,
    ) -> (String, [String; 2]) {
        let repository = "acme/robot";
        let images = ["amd64", "arm64"].map(|cpu| (cpu, self.push_manifest("robot", None, cpu)));
        let mut entries = Vec::new();
        let mut attestations = Vec::new();
        for (cpu, image) in &images {
            let about = if is_about_it { image.replace("sha256:", "") } else { "0".repeat(64) };
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": "https://slsa.dev/provenance/v0.2",
                "subject": [{"name": "pkg:docker/acme/robot", "digest": {"sha256": about}}],
                "predicate": {},
            })
            .to_string();
            let layer = self.registry.put_blob(repository, statement.as_bytes());
            let kind = "application/vnd.in-toto+json";
            let layer = json!({"mediaType": kind, "digest": layer, "size": statement.len()});
            let manifest = self.artifact(repository, &layer, None);
            let attestation = self.registry.put_manifest(repository, None, MANIFEST, &manifest);
            let size = |digest: &str| self.registry.content(repository, digest).unwrap().len();
            entries.push(json!({
                "mediaType": MANIFEST, "digest": image, "size": size(image),
                "platform": {"os": "linux", "architecture": cpu},
            }));
            entries.push(json!({
                "mediaType": MANIFEST, "digest": attestation, "size": size(&attestation),
                "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {
                    "vnd.docker.reference.type": "attestation-manifest",
                    "vnd.docker.reference.digest": image,
                },
            }));
            attestations.push(attestation);
        }
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        let digest = self.registry.put_manifest(repository, Some(tag), INDEX, &index);
        (digest, attestations.try_into().unwrap())
    }

    /// Puts an image of somebody else in front of those of an index, which says that it is an attestation manifest.
    pub(crate) fn push_disguised(&self, index: &str, tag: &str) {
        let repository = "acme/robot";
        let image = self.push_manifest("robot", None, "evil");
        let size = self.registry.content(repository, &image).unwrap().len();
        let entry = json!({
            "mediaType": MANIFEST, "digest": image, "size": size,
            "platform": {"os": "linux", "architecture": "amd64"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        });
        let index = self.registry.content(repository, index).unwrap();
        let mut index: Value = serde_json::from_slice(&index).unwrap();
        index["manifests"].as_array_mut().unwrap().insert(0, entry);
        self.registry.put_manifest(repository, Some(tag), INDEX, &index);
    }

    /// Signs something that was pushed.
    pub(crate) fn attach(&self, digest: &str, signer: &TestSigner) {
        self.attach_by(&self.sigstore, digest, signer);
    }

    pub(crate) fn attach_by(&self, sigstore: &TestSigstore, digest: &str, signer: &TestSigner) {
        if self.attach == Attach::SigTag {
            let (payload, annotations) = sigstore.sign_as_before_bundles(signer, digest);
            let repository = self.repository_of(digest);
            let layer = self.registry.put_blob(&repository, &payload);
            let layer = json!({"mediaType": LEGACY, "digest": layer, "size": payload.len(), "annotations": annotations});
            let manifest = self.artifact(&repository, &layer, None);
            let tag = format!("{}.sig", digest.replace(':', "-"));
            self.registry.put_manifest(&repository, Some(&tag), MANIFEST, &manifest);
            return;
        }
        let bundle = sigstore.attest(signer, digest, SIGNATURE);
        self.attach_bundle(digest, bundle.to_string().as_bytes());
    }

    pub(crate) fn attach_as(&self, digest: &str, signer: &TestSigner, kind: &str) {
        let bundle = self.sigstore.attest(signer, digest, kind);
        self.attach_bundle(digest, bundle.to_string().as_bytes());
    }

    pub(crate) fn attach_bundle(&self, digest: &str, bundle: &[u8]) {
        let repository = self.repository_of(digest);
        let layer = self.registry.put_blob(&repository, bundle);
        let layer = json!({"mediaType": BUNDLE, "digest": layer, "size": bundle.len()});
        let manifest = self.artifact(&repository, &layer, Some(digest));
        let attached = self.registry.put_manifest(&repository, None, MANIFEST, &manifest);
        if self.attach == Attach::FallbackTag {
            let size = manifest.to_string().len();
            // The type is that of the configuration, as cosign writes it.
            let entry = json!({"mediaType": MANIFEST, "digest": attached, "size": size, "artifactType": EMPTY});
            let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
            let tag = digest.replace(':', "-");
            self.registry.put_manifest(&repository, Some(&tag), INDEX, &index);
        }
    }

    fn artifact(&self, repository: &str, layer: &Value, subject: Option<&str>) -> Value {
        let config = self.registry.put_blob(repository, b"{}");
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": EMPTY, "digest": config, "size": 2},
            "layers": [layer],
        });
        if let Some(subject) = subject {
            let size = self.registry.content(repository, subject).unwrap().len();
            manifest["artifactType"] = BUNDLE.into();
            manifest["subject"] = json!({"mediaType": MANIFEST, "digest": subject, "size": size});
        }
        manifest
    }

    fn repository_of(&self, digest: &str) -> String {
        let has = |name: &&str| self.registry.content(&format!("acme/{name}"), digest).is_some();
        let name = ["robot", "other", "tomorrow"].into_iter().find(has).unwrap();
        format!("acme/{name}")
    }
}
