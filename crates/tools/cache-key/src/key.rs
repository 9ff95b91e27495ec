//! Cache keys, as pure functions of the inputs that decide a cache's content.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The inputs of a build cache's content, from coarse to fine. Each except the last ends a fallback prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Components {
    /// Operating system, architecture and runner image.
    pub(crate) platform: String,
    /// `go1.26.8`.
    pub(crate) go: String,
    /// Everything that changes compiled objects, by name.
    pub(crate) flavour: BTreeMap<String, String>,
    /// Requirements, replacements and sums of all modules, by name.
    pub(crate) modules: BTreeMap<String, String>,
    /// The commit.
    pub(crate) commit: String,
}

/// A key and the prefixes of it to try instead, best first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ladder {
    pub(crate) key: String,
    pub(crate) restore_keys: Vec<String>,
}

impl Components {
    /// The key is unique per commit, because saved caches never change. It falls back to the same modules, then to the same
    /// flavour, then to the same Go version, but never to another Go version, whose objects are useless.
    pub(crate) fn build(&self) -> Ladder {
        let rungs = [
            format!("robot-build-v1-{}-{}", safe(&self.platform), safe(&self.go)),
            hash(&self.flavour),
            hash(&self.modules),
            safe(&self.commit),
        ];
        ladder(&rungs)
    }

    /// The module cache depends only on the modules.
    pub(crate) fn module(&self) -> Ladder {
        ladder(&[format!("robot-module-v1-{}", safe(&self.platform)), hash(&self.modules)])
    }

    /// The differences from the components of the restored cache, in words.
    pub(crate) fn differences(&self, found: &Self) -> Vec<String> {
        let mut words = Vec::new();
        let mut plain = |name: &str, ours: &str, theirs: &str| {
            if ours != theirs {
                words.push(format!("{name}: {theirs} → {ours}"));
            }
        };
        plain("platform", &self.platform, &found.platform);
        plain("Go", &self.go, &found.go);
        words.extend(changes("flavour", &self.flavour, &found.flavour));
        words.extend(changes("module", &self.modules, &found.modules));
        words
    }
}

fn changes(
    what: &str,
    ours: &BTreeMap<String, String>,
    theirs: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort();
    names.dedup();
    let show = |value: Option<&String>| {
        value.map_or("absent".to_owned(), |value| {
            if value.is_empty() { "unset".to_owned() } else { value.clone() }
        })
    };
    names
        .into_iter()
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .map(|name| format!("{what} {name}: {} → {}", show(theirs.get(name)), show(ours.get(name))))
        .collect()
}

fn ladder(rungs: &[String]) -> Ladder {
    let restore_keys = (1..rungs.len()).rev().map(|end| rungs[..end].join("-") + "-").collect();
    Ladder { key: rungs.join("-"), restore_keys }
}

fn hash(values: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in values {
        // Lengths come first, so that no two maps are written as the same bytes.
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value);
    }
    HEXLOWER.encode(&hasher.finalize()[..8])
}

/// GitHub refuses commas in keys and cuts at 512 characters.
fn safe(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    text.chars().map(allowed).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn components(modules: &[(&str, &str)], race: &str, commit: &str) -> Components {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Components {
            platform: "linux-amd64-ubuntu24".into(),
            go: "go1.26.8".into(),
            flavour: map(&[("race", race)]),
            modules: map(modules),
            commit: commit.into(),
        }
    }

    #[test]
    fn a_dependency_bump_falls_back_to_the_same_flavour() {
        let before = components(&[("example.com/a", "v1.0.0")], "true", "c1");
        let after = components(&[("example.com/a", "v1.1.0")], "true", "c2");
        let found = before.build().key;
        let ladder = after.build();
        assert!(!found.starts_with(&ladder.restore_keys[0]));
        assert!(found.starts_with(&ladder.restore_keys[1]));
        assert_eq!(after.differences(&before), ["module example.com/a: v1.0.0 → v1.1.0"]);
        let flavour = components(&[("example.com/a", "v1.1.0")], "", "c2");
        assert_eq!(flavour.differences(&after), ["flavour race: true → unset"]);
    }

    proptest! {
        /// A fallback that is not a prefix of the key could never be found.
        #[test]
        fn every_rung_is_a_true_prefix(go in ".{0,100}", commit in ".{0,100}", module in ".*", version in ".*") {
            let mut components = components(&[(module.as_str(), version.as_str())], "x", &commit);
            components.go = go;
            for ladder in [components.build(), components.module()] {
                prop_assert!(ladder.key.len() <= 512 && !ladder.key.contains([',', '\n', ' ']));
                for rung in &ladder.restore_keys {
                    prop_assert!(ladder.key.starts_with(rung.as_str()) && rung.len() < ladder.key.len() + 1);
                }
            }
        }

        /// Different modules never share a key.
        #[test]
        fn no_two_module_sets_share_a_hash(a in ".{0,8}", b in ".{0,8}", c in ".{0,8}", d in ".{0,8}") {
            let one = components(&[(a.as_str(), b.as_str())], "", "");
            let other = components(&[(c.as_str(), d.as_str())], "", "");
            prop_assert_eq!(one.modules == other.modules, one.module() == other.module());
        }
    }
}
