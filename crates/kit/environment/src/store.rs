//! Keeping the document: read, change, write over what was read.

use robot_model::{ENVIRONMENT_SCHEMA, EnvironmentState};
use serde_json::Value;
use std::io;
use thiserror::Error;

/// Which version of the document was read. Two documents that differ have different ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub(crate) Option<String>);

/// Why the document could not be read or written.
#[derive(Debug, Error)]
pub enum Error {
    /// Somebody else wrote since.
    #[error("it was changed by somebody else at the same time")]
    Conflict,
    /// A later version of the program wrote it.
    #[error("it has the schema `{0}`, which this version of robot-actions does not know")]
    OtherSchema(String),
    /// It is not the document, or not of this environment.
    #[error("it is not sound: {0}")]
    Unsound(String),
    /// It could not be read or written.
    #[error("it cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// A place that keeps the document.
pub trait Store {
    /// The document; a new one where there is none.
    ///
    /// # Errors
    /// It is there and cannot be used.
    fn read(&self) -> Result<(EnvironmentState, Version), Error>;

    /// Writes it over the version that was read, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is another version by now.
    fn write(&self, state: &EnvironmentState, over: &Version) -> Result<Version, Error>;
}

/// Attempts to write against others.
const ATTEMPTS: u32 = 50;

/// Reads, changes and writes, and does so again when somebody else was faster. `change` says what it came
/// to; where it fails, nothing is written.
///
/// # Errors
/// The store's, or that of `change`.
pub fn change<T, E: From<Error>>(
    store: &dyn Store,
    mut change: impl FnMut(&mut EnvironmentState) -> Result<T, E>,
) -> Result<(T, EnvironmentState), E> {
    for _ in 0..ATTEMPTS {
        let (mut state, version) = store.read()?;
        let value = change(&mut state)?;
        match store.write(&state, &version) {
            Ok(_) => return Ok((value, state)),
            Err(Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Conflict.into())
}

/// Reads the document of an environment.
pub(crate) fn parse(
    bytes: &[u8],
    application: &str,
    environment: &str,
) -> Result<EnvironmentState, Error> {
    let unsound = |error: serde_json::Error| Error::Unsound(error.to_string());
    let value: Value = serde_json::from_slice(bytes).map_err(unsound)?;
    let schema = value["schema"].as_str().unwrap_or_default();
    if schema != ENVIRONMENT_SCHEMA {
        return Err(Error::OtherSchema(schema.chars().take(60).collect()));
    }
    let state: EnvironmentState = serde_json::from_value(value).map_err(unsound)?;
    if (state.application.as_str(), state.environment.as_str()) != (application, environment) {
        return Err(Error::Unsound(format!(
            "it belongs to {} in {}",
            state.application, state.environment
        )));
    }
    Ok(state)
}
