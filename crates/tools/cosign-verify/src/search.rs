//! Where signatures are looked for, one place after another until one counts.

use crate::input::{By, Place, Settings, Subject};
use crate::roots;
use jiff::Timestamp;
use robot_contract::{Context, Failure, ResultExt};
use robot_github::GitHub;
use robot_oci::{Access, AttachedLayers, Error, Options, Platform, Reference, Repository};
use robot_sigstore::{
    Artifact, BUNDLE_BYTES, Candidate, Digest, Judgement, LEGACY_LAYER, Policy, Verifier,
};
use std::path::Path;
use std::time::Duration;

/// What media types of layers with bundles begin with.
const BUNDLE_LAYER: &str = "application/vnd.dev.sigstore.bundle";
/// Largest file with several bundles, one in each line, bytes.
const BUNDLES_BYTES: u64 = 64 << 20;

/// An image whose signature counts.
#[derive(Debug)]
pub(crate) struct Pinned {
    /// `ghcr.io/acme/robot@sha256:…`: what the signature is of.
    pub(crate) image: String,
    /// `sha256:…` of the image for the platform.
    pub(crate) platform_digest: Option<String>,
}

/// A search and what it came to.
pub(crate) struct Search<'a> {
    verifier: &'a Verifier,
    policy: &'a Policy,
    now: Timestamp,
    settings: &'a Settings,
    context: &'a Context,
    /// What is verified, for reports.
    pub(crate) name: String,
    pub(crate) judgement: Judgement,
    pub(crate) pinned: Option<Pinned>,
    /// What kept us from looking everywhere.
    pub(crate) trouble: Option<Failure>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        verifier: &'a Verifier,
        policy: &'a Policy,
        now: Timestamp,
        settings: &'a Settings,
        context: &'a Context,
    ) -> Self {
        Self {
            verifier,
            policy,
            now,
            settings,
            context,
            name: String::new(),
            judgement: Judgement::default(),
            pinned: None,
            trouble: None,
        }
    }

    pub(crate) async fn run(&mut self) -> Result<(), Failure> {
        match &self.settings.subject {
            Subject::Image { reference, platform } => {
                self.image(reference, platform.as_deref()).await
            }
            Subject::File(path) => {
                self.name = path.display().to_string();
                let path = self.context.absolute(path);
                let file = fs_err::File::open(&path);
                file.or_external(|| "the file to verify cannot be read".to_owned())?;
                self.artifact(&Artifact::File(path)).await
            }
            Subject::Digest(text) => {
                self.name.clone_from(text);
                let digest = Digest::parse(text)
                    .ok_or_else(|| Failure::internal("an invalid digest passed the settings"))?;
                self.artifact(&Artifact::Digest(digest)).await
            }
        }
    }

    /// A file or a digest: bundles that are named, else what GitHub has.
    async fn artifact(&mut self, artifact: &Artifact) -> Result<(), Failure> {
        if !self.settings.bundles.is_empty() {
            let candidates = self.files()?;
            return self.judge(artifact, &candidates).map(drop);
        }
        if !self.settings.look_in.contains(&Place::Github) {
            return Err(Failure::user("no place to search for signatures is given")
                .hint("set `bundles`, or add `github` to `look-in`"));
        }
        self.github(artifact).await.map(drop)
    }

    async fn image(&mut self, reference: &str, platform: Option<&str>) -> Result<(), Failure> {
        let place = |key: &str| self.context.provenance.place(key);
        let reference: Reference =
            reference.parse().map_err(|error| Failure::config(place("image")).caused_by(&error))?;
        let platform: Option<Platform> = platform
            .map(str::parse)
            .transpose()
            .map_err(|error| Failure::config(place("platform")).caused_by(&error))?;
        self.name = reference.to_string();
        let options = Options {
            patience: Duration::from_secs(self.settings.patience),
            ..Options::of(self.context, self.settings.registry_username.as_deref())
        };
        let what = format!("{reference} cannot be verified");
        let opened = Repository::open(self.context, &reference, Access::Pull, &options);
        let repository = opened.map_err(|error| error.into_failure(&*what))?;
        let read = async {
            let fetched = repository.manifest(&reference).await?;
            let child = match &platform {
                Some(platform) => Some(repository.image(&fetched, platform).await?.0),
                None => None,
            };
            Ok((fetched, child))
        };
        let (fetched, child) = match read.await {
            Ok(read) => read,
            Err(error) => return self.troubled(error, &what),
        };
        let whole = fetched.digest.clone();
        self.name = repository.pinned(&whole);
        let platform_digest = child.as_ref().map(ToString::to_string);
        for digest in [Some(whole.clone()), child.clone().filter(|child| *child != whole)]
            .into_iter()
            .flatten()
        {
            if self.attached(&repository, &digest, &what).await? {
                self.pinned = Some(Pinned { image: repository.pinned(&digest), platform_digest });
                return Ok(());
            }
        }
        if self.settings.bundles.is_empty() && self.settings.look_in.contains(&Place::Registry) {
            self.attested_within(&repository, &fetched, child.as_ref()).await?;
        }
        Ok(())
    }

    /// Whether something that belongs to this digest counts.
    pub(crate) async fn attached(
        &mut self,
        repository: &Repository,
        digest: &robot_oci::Digest,
        what: &str,
    ) -> Result<bool, Failure> {
        let known = Digest::parse(digest.as_str())
            .ok_or_else(|| Failure::evidence(format!("{digest} is not a SHA-256")))?;
        let artifact = Artifact::Digest(known);
        if !self.settings.bundles.is_empty() {
            let candidates = self.files()?;
            return self.judge(&artifact, &candidates);
        }
        if self.settings.look_in.contains(&Place::Registry) {
            let limit = BUNDLE_BYTES as u64;
            let is_bundle = |kind: &str| kind.starts_with(BUNDLE_LAYER);
            match repository.attached(digest, limit, is_bundle).await {
                Ok(found) if self.judge(&artifact, &self.candidates(&found))? => return Ok(true),
                Ok(found) => self.judgement.unseen += found.unseen,
                Err(error) => self.troubled(error, what)?,
            }
            let is_legacy = |kind: &str| kind == LEGACY_LAYER;
            match repository.attached_by_tag(digest, "sig", limit, is_legacy).await {
                Ok(found) if self.judge(&artifact, &self.candidates(&found))? => return Ok(true),
                Ok(found) => self.judgement.unseen += found.unseen,
                Err(error) => self.troubled(error, what)?,
            }
        }
        if self.settings.look_in.contains(&Place::Github) {
            return self.github(&artifact).await;
        }
        Ok(false)
    }

    /// Signatures in layers, and what could not be read as one.
    fn candidates(&self, found: &AttachedLayers) -> Vec<Candidate> {
        let layers = found.layers.iter().map(|layer| match layer.media_type == LEGACY_LAYER {
            true => Candidate::legacy(&layer.found, &layer.content, &layer.annotations),
            false => Candidate::bundle(&layer.found, &layer.content),
        });
        let broken = found.broken.iter();
        let broken = broken.map(|(found, error)| Candidate::unsupported(found, error.to_string()));
        layers.chain(broken).collect()
    }

    /// Whether an attestation that GitHub keeps counts. It keeps none for keys.
    async fn github(&mut self, artifact: &Artifact) -> Result<bool, Failure> {
        if matches!(self.settings.by, By::Key(_)) {
            return Ok(false);
        }
        let own = self.context.run.identity.repository.clone();
        let Some(repository) = self.settings.source.repository.clone().or(own) else {
            return Ok(false);
        };
        let patience = Duration::from_secs(self.settings.patience);
        let token = self.context.secret(&robot_oci::GITHUB_TOKEN);
        let github = GitHub::open_other(self.context, &repository, token, patience)?;
        let digest = artifact.digest().or_external(|| format!("{} cannot be read", self.name))?;
        match github.attestations(&digest.to_string()).await {
            Ok(bundles) => {
                let found = format!("GitHub, {repository}");
                let candidates: Vec<Candidate> = bundles
                    .iter()
                    .map(|bundle| match bundle {
                        Some(bundle) => Candidate::bundle(&found, bundle.as_bytes()),
                        None => Candidate::unsupported(&found, "the attestation has no bundle"),
                    })
                    .collect();
                self.judge(artifact, &candidates)
            }
            Err(error) => {
                let failure = Failure::external(format!(
                    "the request to GitHub for attestations of {repository} failed"
                ));
                self.trouble.get_or_insert(failure.caused_by(&error).hint(
                    "give the job `permissions: attestations: read`, or set `look-in: registry`",
                ));
                Ok(false)
            }
        }
    }

    /// Bundles in files: one, or one in each line.
    fn files(&self) -> Result<Vec<Candidate>, Failure> {
        let mut candidates = Vec::new();
        for path in &self.settings.bundles {
            let bytes = roots::read_up_to(path, BUNDLES_BYTES, self.context)?;
            candidates.extend(in_file(path, &bytes));
        }
        Ok(candidates)
    }

    /// Whether one of these counts; keeps why the others do not.
    fn judge(&mut self, artifact: &Artifact, candidates: &[Candidate]) -> Result<bool, Failure> {
        let judged = self
            .verifier
            .judge(artifact, candidates, self.policy, self.now)
            .or_external(|| format!("{} cannot be read", self.name))?;
        let Judgement { verified, rejected, unseen } = judged;
        self.judgement.rejected.extend(rejected);
        self.judgement.unseen += unseen;
        self.judgement.verified = verified;
        Ok(self.judgement.verified.is_some())
    }

    /// Goes on elsewhere; the first trouble is told where nothing counts.
    pub(crate) fn troubled(&mut self, error: Error, what: &str) -> Result<(), Failure> {
        if error.kind == robot_oci::ErrorKind::Interrupted {
            return Err(error.into_failure(what));
        }
        self.trouble.get_or_insert(error.into_failure(what));
        Ok(())
    }
}

/// A file with a bundle, or with one in each line, as `gh attestation download` writes it.
fn in_file(path: &Path, bytes: &[u8]) -> Vec<Candidate> {
    let name = path.display();
    let is_lines = path.extension().is_some_and(|kind| kind == "jsonl");
    if !is_lines {
        return vec![Candidate::bundle(name.to_string(), bytes)];
    }
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let filled = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    filled.map(|(at, line)| Candidate::bundle(format!("{name}:{}", at + 1), line)).collect()
}
