//! Results of a run, put together: one part for each robot, shard or cell.

use robot_model::{REPORT_SCHEMA, ResultDocument, Verdict};
use std::collections::BTreeMap;

/// A result that was found.
#[derive(Debug)]
pub(crate) struct File {
    /// The artifact it was in; empty for a folder.
    pub(crate) artifact: String,
    /// Below that, with `/`.
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// What must hold of a result for it to be of this run.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) run_id: Option<u64>,
    pub(crate) head_sha: Option<String>,
}

/// All that one job left.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// `echo-robot`; empty when there is only one.
    pub(crate) name: String,
    /// What `robot ci` says of all steps; `None` when it broke off, or single tools ran.
    pub(crate) whole: Option<ResultDocument>,
    /// Each step and what it says.
    pub(crate) steps: Vec<(String, ResultDocument)>,
    /// Why some of it cannot be used.
    pub(crate) broken: Vec<String>,
}

impl Part {
    /// The worst of all that is there: a whole that says otherwise than its steps is not believed.
    pub(crate) fn verdict(&self) -> Verdict {
        let documents = self.whole.iter().chain(self.steps.iter().map(|(_, document)| document));
        let verdicts = documents.map(|document| document.verdict);
        let verdict = Verdict::of_all(verdicts);
        let is_whole = self.broken.is_empty() && (self.whole.is_some() || !self.steps.is_empty());
        if is_whole { verdict } else { verdict.max(Verdict::Inconclusive) }
    }
}

/// Sorts results into parts. A file that is no result, or of another run, is told in its part.
pub(crate) fn parts(files: Vec<File>, prefix: &str, expected: &Expected) -> Vec<Part> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for File { artifact, path, content } in files {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        // `robot ci` leaves its steps' results in a folder beside its own.
        let (folder, is_step) = match folder.strip_suffix("ci") {
            Some(above) if above.is_empty() || above.ends_with('/') => {
                (above.trim_end_matches('/'), true)
            }
            _ => (folder, false),
        };
        let of_artifact =
            artifact.strip_prefix(prefix).unwrap_or(&artifact).trim_start_matches('-');
        let words = [of_artifact, folder].into_iter().filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("/");
        let part = parts.entry(name.clone()).or_default();
        part.name = name;
        let stem = file.strip_suffix(".result.json").unwrap_or("result").to_owned();
        match read(&content, expected) {
            Ok(document) if stem == "ci" && !is_step => part.whole = Some(document),
            Ok(document) if document.tool != "summary" => part.steps.push((stem, document)),
            Ok(_) => {}
            Err(reason) => part.broken.push(format!("`{path}`: {reason}")),
        }
    }
    let mut parts: Vec<Part> = parts.into_values().collect();
    for part in &mut parts {
        part.steps.sort_by(|(one, a), (other, b)| (b.verdict, one).cmp(&(a.verdict, other)));
    }
    parts.sort_by(|one, other| (other.verdict(), &one.name).cmp(&(one.verdict(), &other.name)));
    parts
}

fn read(content: &[u8], expected: &Expected) -> Result<ResultDocument, String> {
    let document: ResultDocument =
        serde_json::from_slice(content).map_err(|error| format!("it is no result: {error}"))?;
    if document.schema != REPORT_SCHEMA {
        return Err(format!("its schema is not {REPORT_SCHEMA}"));
    }
    let run = &document.run;
    if expected.run_id.is_some() && run.run_id != expected.run_id {
        return Err("it is of another run".to_owned());
    }
    if expected.head_sha.is_some() && run.head_sha != expected.head_sha {
        return Err("it is of another commit".to_owned());
    }
    Ok(document)
}
