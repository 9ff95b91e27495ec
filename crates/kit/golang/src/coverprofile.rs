//! Cover profiles: `mode:` and one `file:L.C,L.C statements count` a line.
//!
//! Source of the format: `golang.org/x/tools/cover`.

use std::collections::BTreeMap;
use thiserror::Error;

/// A file that is not a cover profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct ProfileError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// Blocks of one or several profiles of the same build, identical blocks merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    mode: Option<String>,
    /// `file:L.C,L.C` -> (statements, count).
    blocks: BTreeMap<String, (u64, u64)>,
}

impl Profile {
    /// Adds a profile's text; counts of identical blocks are added, in mode `set` joined.
    ///
    /// # Errors
    /// A line of another form; no mode line at the start.
    pub fn add(&mut self, text: &str) -> Result<(), ProfileError> {
        let mut seen_mode = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            let wrong = |reason| ProfileError { line: index + 1, reason };
            if line.is_empty() {
                continue;
            }
            if let Some(mode) = line.strip_prefix("mode: ") {
                seen_mode = true;
                // Different modes can only be joined as covered or not.
                match &self.mode {
                    Some(known) if known != mode => self.mode = Some("set".to_owned()),
                    Some(_) => {}
                    None => self.mode = Some(mode.to_owned()),
                }
                continue;
            }
            if !seen_mode {
                return Err(wrong("expected `mode: set|count|atomic`"));
            }
            // From the right, as a path may hold spaces and colons.
            let parsed = line.rsplit_once(' ').and_then(|(rest, count)| {
                let (block, statements) = rest.rsplit_once(' ')?;
                Some((block, statements.parse().ok()?, count.parse().ok()?))
            });
            let Some((block, statements, count)) = parsed else {
                return Err(wrong("expected `file:line.column,line.column statements count`"));
            };
            let known = self.blocks.entry(block.to_owned()).or_insert((statements, 0));
            if known.0 != statements {
                return Err(wrong("the same block has another number of statements"));
            }
            known.1 = known.1.saturating_add(count);
        }
        if seen_mode {
            Ok(())
        } else {
            Err(ProfileError { line: 1, reason: "the profile is empty" })
        }
    }

    /// `(covered, all)` statements.
    pub fn statements(&self) -> (u64, u64) {
        self.blocks.values().fold((0, 0), |(covered, all), (statements, count)| {
            (covered + if *count > 0 { *statements } else { 0 }, all + statements)
        })
    }

    /// The merged profile as text.
    pub fn write(&self) -> String {
        let mode = self.mode.as_deref().unwrap_or("set");
        let mut out = format!("mode: {mode}\n");
        for (block, (statements, count)) in &self.blocks {
            let count = if mode == "set" { (*count).min(1) } else { *count };
            out.push_str(&format!("{block} {statements} {count}\n"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_join_into_one_profile() {
        let mut profile = Profile::default();
        profile.add("mode: atomic\na b.go:1.2,3.4 2 1\na b.go:5.1,6.2 3 0\n").unwrap();
        profile.add("mode: atomic\na b.go:5.1,6.2 3 4\n").unwrap();
        assert_eq!(profile.statements(), (5, 5));
        assert_eq!(profile.write(), "mode: atomic\na b.go:1.2,3.4 2 1\na b.go:5.1,6.2 3 4\n");
        profile.add("mode: set\nc.go:1.1,2.2 1 0\n").unwrap();
        assert!(profile.write().starts_with("mode: set\na b.go:1.2,3.4 2 1\n"));
        assert_eq!(profile.statements(), (5, 6));
    }

    #[test]
    fn an_empty_truncated_or_foreign_profile_is_refused() {
        for text in ["", "a.go:1.1,2.2 1 1\n", "mode: set\na.go:1.1,2.2 1\n", "mode: set\nx\n"] {
            assert!(Profile::default().add(text).is_err(), "{text}");
        }
    }
}
