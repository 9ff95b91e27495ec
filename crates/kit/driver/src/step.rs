//! The request that a pipeline sends to the child that runs one of its steps.

use robot_contract::{Assignment, Failure};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The request that `robot ci` sends to the child that runs one step.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepRequest {
    /// The tool.
    pub tool: String,
    /// Its verb, where it has several.
    pub verb: Option<String>,
    /// The settings, resolved by the parent, so that mistakes are found before any step starts.
    pub assignment: Assignment,
    /// The folder to work in.
    pub directory: PathBuf,
    /// Where to write `result.json`.
    pub result: PathBuf,
    /// The parent process; when it ends, the step ends too.
    pub parent: u32,
}

impl StepRequest {
    /// Where the step says what takes long, for who waits for it.
    pub fn notices(result: &Path) -> PathBuf {
        result.with_extension("notices")
    }

    /// Largest request in bytes.
    const LIMIT: u64 = 4 * 1024 * 1024;

    /// Reads one request.
    ///
    /// # Errors
    /// It is not a request: only `robot ci` uses this verb.
    pub fn read(input: impl Read) -> Result<Self, Failure> {
        serde_json::from_reader(input.take(Self::LIMIT)).map_err(|error| {
            Failure::user("only `robot ci` can start `robot step`")
                .caused_by(&error)
                .hint("run the tool by its name, for example `robot go-test`")
        })
    }
}
