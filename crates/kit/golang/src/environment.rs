//! What `go env -json` prints.

use std::collections::BTreeMap;

/// The go command's view of its settings.
#[derive(Debug, Clone, Default)]
pub struct GoEnvironment(BTreeMap<String, String>);

impl GoEnvironment {
    /// Reads the JSON object that `go env -json` prints.
    ///
    /// # Errors
    /// Not such an object.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }

    /// A variable's value; empty when this Go does not know it.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
