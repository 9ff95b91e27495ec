//! Finds results: in folders, in this job's results, in the artifacts of the run.

use crate::archive::{self, Budget};
use crate::doubt::Doubt;
use crate::event::{self, Subject};
use crate::input::Input;
use crate::results::File;
use robot_contract::Context;
use robot_github::{Artifact, GitHub};
use robot_model::RunIdentity;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Largest number of artifacts of a run; a matrix has at most 256 jobs.
const ARTIFACTS: usize = 300;

/// The results that were found, and the problems.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) files: Vec<File>,
    pub(crate) doubts: Vec<Doubt>,
}

/// Finds all results: in the configured paths, or else in this job's folder and the run's artifacts. A result that cannot be
/// read is a doubt, not an error, so that the rest is reported.
pub(crate) async fn gather(
    input: &Input,
    subject: &Subject,
    context: &Context,
    github: Option<&GitHub>,
) -> Gathered {
    let mut budget = Budget::default();
    let mut gathered = Gathered::default();
    if let Some(paths) = input.results.as_ref().filter(|paths| !paths.is_empty()) {
        for path in paths.iter().map(|path| context.absolute(path)) {
            gathered.read(&path, &mut budget);
        }
        return gathered;
    }
    let is_elsewhere = event::is_elsewhere(context);
    // Files of a pull request's code must not be mistaken for the results of this job.
    if let Some(own) = context.output_directory().ok().filter(|_| !is_elsewhere) {
        gathered.read(&own, &mut budget);
        gathered.files.retain(|file| !file.path.ends_with("summary.result.json"));
    }
    if let Some(github) = github {
        let own = std::mem::take(&mut gathered.files);
        gathered.fetch(input, subject, github, own.is_empty(), &mut budget).await;
        gathered.join(own, &context.run.identity, &input.artifacts);
    }
    gathered
}

impl Gathered {
    /// Reads results below a folder, or a single one.
    fn read(&mut self, root: &Path, budget: &mut Budget) {
        if !root.exists() {
            let root = root.display();
            self.doubts.push(Doubt::grave(format!(
                "{root} does not exist\nhint: set `results` to result files, or to folders with `*.result.json` files"
            )));
        }
        for path in names(root) {
            let limit = budget.result();
            let mut content = Vec::new();
            let read = fs_err::File::open(&path)
                .and_then(|file| file.take(limit + 1).read_to_end(&mut content));
            let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let below = if below.is_empty() { path.to_string_lossy().into_owned() } else { below };
            match read {
                Err(error) => self.doubts.push(Doubt::grave(format!("`{below}`: {error}"))),
                Ok(_) if content.len() as u64 > limit => {
                    self.doubts.push(Doubt::grave(format!("`{below}` is larger than the limit")));
                }
                Ok(_) => match budget.take(&content) {
                    Err(reason) => self.doubts.push(Doubt::grave(format!("`{below}` {reason}"))),
                    Ok(()) => {
                        self.files.push(File { artifact: String::new(), path: below, content });
                    }
                },
            }
        }
    }

    /// Downloads the artifacts of the run. If they are the only source, missing artifacts are a grave doubt.
    async fn fetch(
        &mut self,
        input: &Input,
        subject: &Subject,
        github: &GitHub,
        is_all: bool,
        budget: &mut Budget,
    ) {
        let Some(run) = subject.run_id else {
            self.doubts.push(Doubt::grave("this run has no artifacts"));
            return;
        };
        let artifacts = match github.artifacts(run).await {
            Ok(artifacts) => newest(artifacts, &input.artifacts),
            Err(error) => {
                let reason = format!(
                    "the artifacts cannot be listed: {error}\nhint: {}",
                    event::hint(&error)
                );
                let doubt = if is_all { Doubt::grave } else { Doubt::slight };
                self.doubts.push(doubt(reason));
                return;
            }
        };
        if artifacts.len() > ARTIFACTS {
            let all = artifacts.len();
            self.doubts
                .push(Doubt::grave(format!("only {ARTIFACTS} of {all} artifacts were read")));
        }
        for artifact in artifacts.into_iter().take(ARTIFACTS) {
            let name = artifact.name.clone();
            match content(&artifact, github, budget).await {
                Ok(files) if files.is_empty() => {
                    self.doubts.push(Doubt::grave(format!("artifact `{name}` contains no result")));
                }
                Ok(files) => self.files.extend(files.into_iter().map(|(path, content)| File {
                    artifact: name.clone(),
                    path,
                    content,
                })),
                Err(reason) => {
                    self.doubts.push(Doubt::grave(format!("artifact `{name}`: {reason}")));
                }
            }
        }
    }

    /// Adds this job's own files to those of the artifacts, which may include its own files or those of its earlier attempts.
    fn join(&mut self, mut own: Vec<File>, run: &RunIdentity, prefix: &str) {
        let known: HashSet<&[u8]> = own.iter().map(|file| &*file.content).collect();
        self.files.retain(|file| {
            let is_known = known.contains(&*file.content);
            !is_known && (known.is_empty() || !is_superseded(&file.content, run))
        });
        drop(known);
        // Among others it needs a name.
        if !self.files.is_empty() {
            let artifact = format!("{prefix}-{}", run.job.as_deref().unwrap_or("job"));
            own.iter_mut().for_each(|file| artifact.clone_into(&mut file.artifact));
        }
        self.files.append(&mut own);
    }
}

/// Whether a result belongs to an earlier attempt of a job that has newer results.
fn is_superseded(content: &[u8], own: &RunIdentity) -> bool {
    #[derive(Deserialize)]
    struct Origin {
        run: RunIdentity,
    }
    let origin = serde_json::from_slice::<Origin>(content);
    origin.is_ok_and(|Origin { run }| run.job == own.job && run.attempt < own.attempt)
}

/// The newest of several artifacts with the same name, which a second attempt creates.
fn newest(artifacts: Vec<Artifact>, prefix: &str) -> Vec<Artifact> {
    let mut by_name: BTreeMap<String, Artifact> = BTreeMap::new();
    for artifact in artifacts.into_iter().filter(|artifact| artifact.name.starts_with(prefix)) {
        let known = by_name.get(&artifact.name).map_or(0, |known| known.id);
        if artifact.id >= known {
            by_name.insert(artifact.name.clone(), artifact);
        }
    }
    by_name.into_values().collect()
}

async fn content(
    artifact: &Artifact,
    github: &GitHub,
    budget: &mut Budget,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    if artifact.expired {
        return Err("the artifact has expired".to_owned());
    }
    if artifact.size_in_bytes > budget.archive() {
        return Err("the artifact is larger than the limit".to_owned());
    }
    let bytes =
        github.artifact(artifact.id, budget.archive()).await.map_err(|error| error.to_string())?;
    archive::results(&bytes, budget)
}

fn names(folder: &Path) -> impl Iterator<Item = PathBuf> {
    WalkDir::new(folder)
        .max_depth(8)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| archive::is_result(&path.to_string_lossy().replace('\\', "/")))
}
