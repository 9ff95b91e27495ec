//! Secrets, which are read from the environment and never printed.

use std::fmt;

/// A secret that a tool reads from the environment, never from a flag or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// Name of the action's input: `token`.
    pub input: &'static str,
    /// The variable that the wrapper maps it to: `GITHUB_TOKEN`.
    pub variable: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Expression that GitHub evaluates if the input is empty: `github.token`.
    pub default: Option<&'static str>,
}

/// The text of a secret. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// A secret that did not come by [`Context::secret`](crate::Context::secret), such as one of a
    /// credential helper.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, to be sent to its service.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}
