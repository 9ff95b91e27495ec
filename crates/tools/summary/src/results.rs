//! Groups the results of a run into parts: one for each robot, shard or cell.

use crate::part::{Part, Step};
use robot_model::{REPORT_SCHEMA, ResultDocument, Verdict};
use std::collections::BTreeMap;

/// A result that was found.
#[derive(Debug)]
pub(crate) struct File {
    /// Its artifact; empty for a folder.
    pub(crate) artifact: String,
    /// Path in the artifact or folder, with `/`.
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// The expected identity of a result of this run.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) repository: Option<String>,
    pub(crate) run_id: Option<u64>,
    pub(crate) head_sha: Option<String>,
}

/// A parsed file with its position in its part.
struct Read {
    path: String,
    stem: String,
    is_of_ci: bool,
    document: Result<ResultDocument, String>,
}

/// Groups results into parts. A file that is not a result, or belongs to another run, is reported in its part.
pub(crate) fn parts(files: Vec<File>, prefix: &str, expected: &Expected) -> Vec<Part> {
    let mut of_parts: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for File { artifact, path, content } in files {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        // `robot ci` writes the results of its steps to a folder beside its own result.
        let (folder, is_of_ci) = match folder.strip_suffix("ci") {
            Some(above) if above.is_empty() || above.ends_with('/') => {
                (above.trim_end_matches('/'), true)
            }
            _ => (folder, false),
        };
        let of_artifact =
            artifact.strip_prefix(prefix).unwrap_or(&artifact).trim_start_matches('-');
        let words = [of_artifact, folder].into_iter().filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("/");
        let stem = file.strip_suffix(".result.json").unwrap_or("result").to_owned();
        let document = read(&content, expected);
        of_parts.entry(name).or_default().push(Read { path, stem, is_of_ci, document });
    }
    let mut parts: Vec<Part> = of_parts.into_iter().map(|(name, read)| part(name, read)).collect();
    // Removes parts that contain only results of `summary` itself.
    parts.retain(|part| part.documents().next().is_some() || !part.broken.is_empty());
    parts.sort_by(|one, other| (other.verdict(), &one.name).cmp(&(one.verdict(), &other.name)));
    parts
}

/// Combines the files of one job's newest attempt.
fn part(name: String, files: Vec<Read>) -> Part {
    let attempt = |file: &Read| file.document.as_ref().ok().and_then(|one| one.run.attempt);
    let newest = files.iter().filter_map(attempt).max();
    let is_old = |file: &Read| attempt(file).is_some() && attempt(file) < newest;
    let mut part = Part { name, ..Part::default() };
    let mut is_started = false;
    let mut is_ended = false;
    for file in files {
        if is_old(&file) {
            continue;
        }
        let is_whole = file.stem == "ci" && !file.is_of_ci;
        (is_started, is_ended) = (is_started || file.is_of_ci, is_ended || is_whole);
        let Read { path, stem: name, is_of_ci, document } = file;
        match document {
            Ok(mut document) if document.tool != "summary" || is_whole => {
                part.broken.extend(unsound(&path, &mut document));
                if is_whole && part.whole.is_none() {
                    part.whole = Some(document);
                } else if is_whole {
                    // Two artifacts may result in the same name; neither must hide the other.
                    part.broken.push(format!("`{path}`: another result has the same name"));
                } else {
                    part.steps.push(Step { name, is_of_ci, document });
                }
            }
            Ok(_) => {}
            Err(reason) => part.broken.push(format!("`{path}`: {reason}")),
        }
    }
    if is_started && !is_ended {
        part.broken.push("`robot ci` did not finish: it wrote no result".to_owned());
    }
    let disagreements = part.disagreements();
    part.broken.extend(disagreements);
    part.steps.sort_by(|one, other| {
        (other.document.verdict, &one.name).cmp(&(one.document.verdict, &other.name))
    });
    part
}

fn read(content: &[u8], expected: &Expected) -> Result<ResultDocument, String> {
    let document: ResultDocument =
        serde_json::from_slice(content).map_err(|error| format!("not a valid result: {error}"))?;
    if document.schema != REPORT_SCHEMA {
        return Err(format!("unsupported schema: expected {REPORT_SCHEMA}"));
    }
    let run = &document.run;
    if expected.repository.is_some() && run.repository != expected.repository {
        return Err("it belongs to another repository".to_owned());
    }
    if expected.run_id.is_some() && run.run_id != expected.run_id {
        return Err("it belongs to another run".to_owned());
    }
    if expected.head_sha.is_some() && run.head_sha != expected.head_sha {
        return Err("it belongs to another commit".to_owned());
    }
    Ok(document)
}

/// Makes a passing result inconclusive if it contains a failure or another exit code.
fn unsound(path: &str, document: &mut ResultDocument) -> Option<String> {
    let verdict = document.verdict;
    let is_sound = document.exit_code == 0 && document.failure.is_none();
    if is_sound || !verdict.is_green() {
        return None;
    }
    document.verdict = Verdict::Inconclusive;
    Some(match &document.failure {
        Some(_) => format!("`{path}`: its verdict is {verdict}, but it contains a failure"),
        None => format!(
            "`{path}`: its verdict is {verdict}, but its exit code is {}",
            document.exit_code
        ),
    })
}
