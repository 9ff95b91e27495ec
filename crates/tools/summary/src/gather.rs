//! Finds results: in folders, in what this job left, in the artifacts of the run.

use crate::archive;
use crate::event::Subject;
use crate::input::Input;
use crate::results::File;
use robot_contract::{Context, Failure, ResultExt};
use robot_github::GitHub;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What was found, and what could not be had.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) files: Vec<File>,
    pub(crate) doubts: Vec<String>,
}

/// Whether the results lie in folders: those that are named, or that of this job.
pub(crate) fn folders(input: &Input, context: &Context) -> Option<Vec<PathBuf>> {
    if let Some(paths) = input.results.as_ref().filter(|paths| !paths.is_empty()) {
        return Some(paths.iter().map(|path| context.absolute(path)).collect());
    }
    // What a pull request's code left must not pass for the results of this job.
    let is_elsewhere = context.run.event.as_deref() == Some("workflow_run");
    let own = context.output_directory().ok().filter(|_| !is_elsewhere)?;
    let has_results = names(&own).any(|path| !path.ends_with("summary.result.json"));
    (has_results || !context.environment.is_github()).then(|| vec![own])
}

fn names(folder: &Path) -> impl Iterator<Item = PathBuf> {
    WalkDir::new(folder)
        .max_depth(8)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| archive::is_result(&path.to_string_lossy().replace('\\', "/")))
}

/// Reads results below folders, or single ones.
///
/// # Errors
/// A path that is not there; a file that cannot be read.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for root in paths {
        if !root.exists() {
            return Err(Failure::user(format!("{} is not there", root.display()))
                .hint("`results` are files, or folders with files `*.result.json`"));
        }
        for path in names(root) {
            let mut content = Vec::new();
            fs_err::File::open(&path)
                .and_then(|file| file.take(archive::RESULT + 1).read_to_end(&mut content))
                .or_external(|| "a result cannot be read".to_owned())?;
            let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let below = if below.is_empty() { path.to_string_lossy().into_owned() } else { below };
            if content.len() as u64 > archive::RESULT {
                gathered.doubts.push(format!("`{below}` is larger than is taken"));
                continue;
            }
            gathered.files.push(File { artifact: String::new(), path: below, content });
        }
    }
    Ok(gathered)
}

/// Fetches the artifacts of the run. What cannot be had is a doubt, not an error: the rest is told.
pub(crate) fn fetch(input: &Input, subject: &Subject, github: &GitHub) -> Gathered {
    let mut gathered = Gathered::default();
    let prefix = input.artifacts.as_deref().unwrap_or_default();
    let Some(run) = subject.run_id else {
        gathered.doubts.push("this is no run with artifacts".to_owned());
        return gathered;
    };
    let artifacts = match github.artifacts(run) {
        Ok(artifacts) => artifacts,
        Err(error) => {
            gathered.doubts.push(format!(
                "the artifacts cannot be listed: {error}; the job needs `permissions: actions: read`"
            ));
            return gathered;
        }
    };
    for artifact in artifacts.into_iter().filter(|artifact| artifact.name.starts_with(prefix)) {
        let name = &artifact.name;
        if artifact.expired {
            gathered.doubts.push(format!("artifact `{name}` has expired"));
            continue;
        }
        let content = github
            .artifact(artifact.id, archive::ARCHIVE)
            .map_err(|error| error.to_string())
            .and_then(|bytes| archive::results(&bytes));
        match content {
            Ok(files) if files.is_empty() => {
                gathered.doubts.push(format!("artifact `{name}` has no result"));
            }
            Ok(files) => gathered.files.extend(files.into_iter().map(|(path, content)| File {
                artifact: name.clone(),
                path,
                content,
            })),
            Err(reason) => gathered.doubts.push(format!("artifact `{name}`: {reason}")),
        }
    }
    gathered
}
