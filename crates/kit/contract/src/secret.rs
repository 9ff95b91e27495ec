//! Secrets: taken from the environment, and never shown.

use std::fmt;

/// A secret that a tool takes: from the environment only, never from a flag or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// Name of the action's input: `token`.
    pub input: &'static str,
    /// The variable that the wrapper maps it to: `GITHUB_TOKEN`.
    pub variable: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// What GitHub fills in where the input is empty, an expression: `github.token`.
    pub default: Option<&'static str>,
}

/// A secret's text. It is not printed, not even by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for the one who sends it to its service.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}
