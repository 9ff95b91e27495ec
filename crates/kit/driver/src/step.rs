//! What a pipeline hands to the child that runs one of its steps.

use robot_contract::{Assignment, Failure};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::PathBuf;

/// What `robot ci` hands to the child that runs one step.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepRequest {
    /// The tool.
    pub tool: String,
    /// Its verb, where it has several.
    pub verb: Option<String>,
    /// Resolved by the parent, so that every mistake is found before any step starts.
    pub assignment: Assignment,
    /// The folder to work in.
    pub directory: PathBuf,
    /// Where to write `result.json`.
    pub result: PathBuf,
    /// The process that waits for it; without it, nobody wants the result.
    pub parent: u32,
}

impl StepRequest {
    /// Bytes of a request that are read at most.
    const LIMIT: u64 = 4 * 1024 * 1024;

    /// Reads one request.
    ///
    /// # Errors
    /// Not a request: this verb is for `robot ci` only.
    pub fn read(input: impl Read) -> Result<Self, Failure> {
        serde_json::from_reader(input.take(Self::LIMIT)).map_err(|error| {
            Failure::user("only `robot ci` can start `robot step`")
                .caused_by(&error)
                .hint("run the tool by its name, for example `robot go-test`")
        })
    }
}
