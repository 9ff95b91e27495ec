//! What a job leaves of its cells for `merge`: outcomes, and why, as a report tells them to people only.

use crate::cell::{CELLS, Cell};
use crate::outcome::CellOutcome;
use crate::trial::{Basis, Problem, Trial};
use robot_contract::{Context, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Names the format.
const SCHEMA: &str = "robot.cells/v1";
/// The file, in the folder of results.
const FILE: &str = "go-matrix/cells.json";
/// Bytes of one file, files, and levels of folders that are read at most.
const LIMIT: u64 = 16 << 20;
const FILES: usize = 300;
const DEPTH: usize = 4;
/// Characters of a problem's text that a job hands on.
const TEXT: usize = 8000;

/// Cells that one job tested.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CellResults {
    schema: String,
    commit: String,
    run: Option<u64>,
    /// The working folder in the repository, which tells its robots apart.
    folder: String,
    cells: Vec<CellResult>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CellResult {
    cell: String,
    outcome: CellOutcome,
    problems: Vec<Problem>,
    seconds: f64,
    reused: bool,
    /// The commit whose verdict was reused, where a job reached it.
    reused_from: Option<String>,
}

impl CellResults {
    /// Of the cells of this run.
    pub(crate) fn of(trials: &[Trial], context: &Context) -> Self {
        let result = |trial: &Trial| {
            let (reused, reused_from) = match &trial.basis {
                Basis::Kept { commit } => (true, commit.clone()),
                _ => (false, None),
            };
            let short = |problem: &Problem| Problem {
                text: problem.text.chars().take(TEXT).collect(),
                ..problem.clone()
            };
            CellResult {
                cell: trial.cell.name(),
                outcome: trial.outcome,
                problems: trial.problems.iter().map(short).collect(),
                seconds: trial.seconds,
                reused,
                reused_from,
            }
        };
        Self {
            schema: SCHEMA.to_owned(),
            commit: commit(context),
            run: context.run.identity.run_id,
            folder: folder(context),
            cells: trials.iter().map(result).collect(),
        }
    }

    /// Leaves them among the results of this run.
    pub(crate) fn leave(&self, results: &Path) -> io::Result<()> {
        write_atomically(&results.join(FILE), &serde_json::to_vec(self)?)
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// It is not such a file, and why.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let results: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if results.schema != SCHEMA {
            return Err("it is of another version of robot-actions".to_owned());
        }
        if results.cells.len() > CELLS {
            return Err(format!("it has more than {CELLS} cells"));
        }
        Ok(results)
    }

    fn trials(self) -> Result<Vec<Trial>, String> {
        let trial = |result: CellResult| {
            let cell = Cell::parse(&result.cell);
            Ok(Trial {
                cell: cell.ok_or_else(|| format!("`{}` is not a cell", result.cell))?,
                outcome: result.outcome,
                problems: result.problems,
                seconds: result.seconds,
                basis: match result.reused {
                    true => Basis::Kept { commit: result.reused_from },
                    false => Basis::Stopped,
                },
            })
        };
        self.cells.into_iter().map(trial).collect()
    }
}

/// All cells that jobs of this run left below a folder, and what does not count of what lies there.
pub(crate) fn gather(folder: &Path, context: &Context) -> (Vec<Trial>, Vec<String>) {
    let (mut trials, mut refused) = (Vec::new(), Vec::new());
    let mut files = Vec::new();
    find(folder, DEPTH, &mut files);
    files.sort();
    if files.len() > FILES {
        refused.push(format!("only the first {FILES} results are read"));
        files.truncate(FILES);
    }
    for file in files {
        match read(&file, context) {
            Ok(more) => trials.extend(more),
            Err(why) => {
                let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
                refused.push(format!("{name} does not count: {why}"));
            }
        }
    }
    (trials, refused)
}

fn read(file: &Path, context: &Context) -> Result<Vec<Trial>, String> {
    let mut bytes = Vec::new();
    let open = fs_err::File::open(file).map_err(|error| error.to_string())?;
    open.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("it is larger than {} MiB", LIMIT >> 20));
    }
    let results = CellResults::read(&bytes)?;
    if results.commit != commit(context) {
        return Err(format!("it belongs to commit {}", results.commit));
    }
    if results.run != context.run.identity.run_id {
        return Err("it belongs to another run".to_owned());
    }
    if results.folder != folder(context) {
        return Err(format!("it belongs to the robot in `{}`", results.folder));
    }
    results.trials()
}

/// Files of that name; links are not followed.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let file = folder.join(FILE);
    if file.is_file() {
        found.push(file);
    }
    if depth == 0 || found.len() > FILES {
        return;
    }
    let entries = fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    folders.iter().for_each(|below| find(below, depth - 1, found));
}

fn folder(context: &Context) -> String {
    context.folder_in_repository().display().to_string()
}

/// The commit that the run is about: jobs of one run have one.
fn commit(context: &Context) -> String {
    context.run.identity.merge_sha.clone().unwrap_or_else(|| context.commit().to_owned())
}
