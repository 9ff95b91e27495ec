//! Regular expressions for identities: always of the whole text, and never of everybody's.

use regex::{Regex, RegexBuilder};
use std::fmt;

/// Longest pattern, bytes.
const LONGEST: usize = 1024;
/// Bytes that a compiled pattern may take.
const COMPILED: usize = 1 << 20;

/// Identities of nobody in particular: what fits one of them fits anybody.
const ANYBODY: [&str; 5] = [
    "",
    "x",
    "anybody@example.com",
    "https://example.com/anybody",
    "https://github.com/anybody-8c1f/anything-8c1f/.github/workflows/any.yml@refs/heads/any",
];

/// A regular expression that must fit a whole text.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// Why a text is no pattern for an identity.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// It is longer than a pattern may be.
    #[error("the pattern is longer than {LONGEST} bytes")]
    TooLong,
    /// It is not a regular expression.
    #[error("not a regular expression: {0}")]
    Invalid(#[source] Box<regex::Error>),
}

impl Pattern {
    /// The pattern of `text`, in the syntax of <https://docs.rs/regex/latest/regex/#syntax>. It is anchored
    /// at both ends, whether it says so or not.
    ///
    /// # Errors
    /// It is too long, or not a regular expression.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > LONGEST {
            return Err(PatternError::TooLong);
        }
        let compile = |text: &str| {
            let regex = RegexBuilder::new(text).size_limit(COMPILED).build();
            regex.map_err(|error| PatternError::Invalid(Box::new(error)))
        };
        // By itself first: `a)|(?:b` is none, and would open the group around it.
        compile(text)?;
        Ok(Self { text: text.to_owned(), regex: compile(&format!(r"\A(?:{text})\z"))? })
    }

    /// Whether it fits the whole of `text`.
    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Whether it fits identities of anybody: `.*`, or every workflow of GitHub.
    pub fn fits_anybody(&self) -> bool {
        ANYBODY.iter().any(|identity| self.fits(identity))
    }
}

/// A pattern that fits this text alone.
pub fn literal(text: &str) -> String {
    regex::escape(text)
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_identities_alone() {
        let pattern =
            Pattern::new(r"https://github\.com/acme/robot/.+@refs/tags/v[0-9.]+").unwrap();
        assert!(
            pattern.fits("https://github.com/acme/robot/.github/workflows/a.yml@refs/tags/v1.2")
        );
        for wrong in [
            "https://github.com/acme/robot/.github/workflows/a.yml@refs/tags/v1.2-evil",
            "https://evil.example/https://github.com/acme/robot/a.yml@refs/tags/v1",
            "https://github.com/acme/robot/a.yml@refs/tags/v1\n",
        ] {
            assert!(!pattern.fits(wrong), "{wrong}");
        }
        // Alternatives are anchored as a whole.
        let either = Pattern::new("a|b").unwrap();
        assert!(either.fits("a") && either.fits("b"));
        assert!(!either.fits("ax") && !either.fits("xb"));
        let lines = Pattern::new("(?m)^a$").unwrap();
        assert!(lines.fits("a") && !lines.fits("a\nb") && !lines.fits("b\na"));
    }

    #[test]
    fn what_would_leave_the_anchors_is_no_pattern() {
        for wrong in ["a)|(?:b", "(?x) a # b", "(", "a{1000000}", &"a".repeat(LONGEST + 1)] {
            let is_open = Pattern::new(wrong).is_ok_and(|pattern| pattern.fits("bx"));
            assert!(!is_open, "{wrong}");
        }
        assert!(Pattern::new("a)|(?:b").is_err());
    }

    #[test]
    fn patterns_for_anybody_are_known() {
        for wide in [
            ".*",
            ".+",
            "^.*$",
            "(?s).*",
            "https://.*",
            r".*@.*",
            r"https://github\.com/.*",
            "",
            "|a",
        ] {
            assert!(Pattern::new(wide).unwrap().fits_anybody(), "{wide}");
        }
        for narrow in [r"https://github\.com/acme/.*", r".*@acme\.example"] {
            assert!(!Pattern::new(narrow).unwrap().fits_anybody(), "{narrow}");
        }
    }
}
