//! The key of a verdict: its subject, and its inputs by name.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Largest number of changed inputs that are named.
const TOLD: usize = 3;
/// Prefix of the hash of an input whose text is not stored.
const HASH: &str = "sha256:";

/// The subject of a verdict, and its inputs by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub(crate) subject: String,
    pub(crate) inputs: BTreeMap<String, String>,
}

impl Key {
    /// The key of a subject, such as a cell or a package, without inputs. The shelf adds the version of robot-actions and
    /// the verb.
    pub fn of(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), inputs: BTreeMap::new() }
    }

    /// The same inputs for another subject.
    #[must_use]
    pub fn about(&self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), inputs: self.inputs.clone() }
    }

    /// Adds an input whose text is stored, such as a version, so that a change shows both values.
    pub fn text(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.inputs.insert(name.into(), text.into());
    }

    /// Adds an input of which only the hash is stored, such as the bytes of a file or the value of a variable.
    pub fn content(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let hash = HEXLOWER.encode(&Sha256::digest(bytes)[..16]);
        self.inputs.insert(name.into(), format!("{HASH}{hash}"));
    }

    /// Adds inputs that were already hashed: a digest by name.
    pub fn digests<'a>(&mut self, digests: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let named = digests.into_iter().map(|(name, hash)| (name.into(), format!("{HASH}{hash}")));
        self.inputs.extend(named);
    }
}

/// A hash of all inputs together.
pub(crate) fn digest(inputs: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    for text in inputs.iter().flat_map(|(name, value)| [name, value]) {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    HEXLOWER.encode(&hasher.finalize()[..16])
}

/// The differences, by name; empty if there are none.
pub(crate) fn difference(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> String {
    let mut told = Vec::new();
    for (name, value) in now {
        match before.get(name) {
            Some(old) if old == value => {}
            Some(old) if old.starts_with(HASH) || value.starts_with(HASH) => {
                told.push(format!("{name} changed"));
            }
            Some(old) => told.push(format!("{name} changed from {old} to {value}")),
            None => told.push(format!("{name} is new")),
        }
    }
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    told.extend(gone.map(|name| format!("{name} was removed")));
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    match more {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn inputs_that_changed_are_named() {
        let before = inputs(&[("a", "1"), ("b", "sha256:1"), ("c", "1")]);
        assert_eq!(difference(&before, &before), "");
        let now = inputs(&[("a", "2"), ("b", "sha256:2"), ("d", "1")]);
        assert_eq!(
            difference(&before, &now),
            "a changed from 1 to 2, b changed, d is new and 1 more"
        );
    }

    #[test]
    fn where_a_name_ends_counts() {
        let digests = [inputs(&[("a", "bc")]), inputs(&[("ab", "c")]), inputs(&[])];
        assert_ne!(digest(&digests[0]), digest(&digests[1]));
        assert_ne!(digest(&digests[0]), digest(&digests[2]));
        let mut key = Key::of("x");
        key.content("variable HOME", "/root");
        assert!(!key.inputs["variable HOME"].contains("root"));
    }
}
