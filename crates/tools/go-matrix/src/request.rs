//! What users write for Go versions, and the releases that it means.

use robot_golang::version::Version;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One or several Go versions as settings name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Request {
    /// The newest release.
    Stable,
    /// The newest release of the language version before.
    OldStable,
    /// The newest release of a language version: `1.22`.
    Language(u32, u32),
    /// A release: `1.22.3`, `1.27rc1`.
    Release(Version),
    /// The newest release of each language version from one to another: `1.19-1.22`.
    Range((u32, u32), (u32, u32)),
}

impl FromStr for Request {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a Go version: expected 1.22, 1.22.3, stable, oldstable or 1.19-1.22"
            )
        };
        let language = |text: &str| {
            let (major, minor) = text.strip_prefix("go").unwrap_or(text).split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        match text {
            "stable" => return Ok(Self::Stable),
            "oldstable" => return Ok(Self::OldStable),
            _ => {}
        }
        if let Some((from, to)) = text.split_once('-') {
            let (from, to) = language(from).zip(language(to)).ok_or_else(wrong)?;
            return if from <= to { Ok(Self::Range(from, to)) } else { Err(wrong()) };
        }
        if let Some((major, minor)) = language(text) {
            return Ok(Self::Language(major, minor));
        }
        Version::parse(text).map(Self::Release).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Request {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Request> for String {
    fn from(request: Request) -> Self {
        request.to_string()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stable => formatter.write_str("stable"),
            Self::OldStable => formatter.write_str("oldstable"),
            Self::Language(major, minor) => write!(formatter, "{major}.{minor}"),
            Self::Release(version) => version.fmt(formatter),
            Self::Range(from, to) => {
                write!(formatter, "{}.{}-{}.{}", from.0, from.1, to.0, to.1)
            }
        }
    }
}

impl Request {
    /// Whether it needs to be known which releases there are.
    pub(crate) const fn needs_list(self) -> bool {
        !matches!(self, Self::Release(_))
    }

    /// The releases that it means, oldest first; none where there is no such release. `known` are all there
    /// are.
    pub(crate) fn releases(self, known: &[Version]) -> Vec<Version> {
        let released = || known.iter().copied().filter(|version| version.pre_release.is_none());
        let newest = |language| released().filter(|it| it.language() == language).max();
        let mut languages: Vec<(u32, u32)> = released().map(Version::language).collect();
        languages.sort_unstable();
        languages.dedup();
        let nth_last = |n: usize| languages.iter().rev().nth(n).copied().and_then(newest);
        match self {
            Self::Stable => nth_last(0).into_iter().collect(),
            Self::OldStable => nth_last(1).into_iter().collect(),
            Self::Language(major, minor) => newest((major, minor)).into_iter().collect(),
            Self::Release(version) => vec![version],
            Self::Range(from, to) => {
                let within = languages.iter().filter(|it| (from..=to).contains(*it));
                within.filter_map(|language| newest(*language)).collect()
            }
        }
    }
}

/// Whether Go's makers still mend it: the two newest language versions. <https://go.dev/doc/devel/release#policy>
pub(crate) fn is_supported(version: Version, known: &[Version]) -> bool {
    let newest = known.iter().filter(|it| it.pre_release.is_none()).map(|it| it.language()).max();
    newest.is_none_or(|(major, minor)| version.language() >= (major, minor.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(texts: &[&str]) -> Vec<Version> {
        texts.iter().map(|text| Version::parse(text).unwrap()).collect()
    }

    fn meant(request: &str) -> Vec<String> {
        let known =
            versions(&["1.19.2", "1.19.13", "1.20", "1.20.14", "1.21.0", "1.22.12", "1.23rc1"]);
        let request: Request = request.parse().unwrap();
        request.releases(&known).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_request_means_the_newest_releases() {
        assert_eq!(meant("stable"), ["1.22.12"]);
        assert_eq!(meant("oldstable"), ["1.21.0"]);
        assert_eq!(meant("1.19"), ["1.19.13"]);
        assert_eq!(meant("1.19-1.21"), ["1.19.13", "1.20.14", "1.21.0"]);
        assert_eq!(meant("1.20.3"), ["1.20.3"]);
        assert_eq!(meant("1.23rc1"), ["1.23rc1"]);
        assert_eq!(meant("1.99"), [""; 0]);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for wrong in ["", "newest", "1.x", "1.22-", "1.22-1.19", "-1.22", "latest"] {
            assert!(wrong.parse::<Request>().is_err(), "{wrong}");
        }
        for right in ["1.22", "1.22.3", "1.19-1.22", "stable", "oldstable"] {
            assert_eq!(right.parse::<Request>().unwrap().to_string(), right);
        }
    }

    #[test]
    fn two_language_versions_are_supported() {
        let known = versions(&["1.25.3", "1.26.1", "1.27rc1"]);
        let supported: Vec<bool> =
            known.iter().map(|version| is_supported(*version, &known)).collect();
        assert_eq!(supported, [true, true, true]);
        assert!(!is_supported(Version::parse("1.24.9").unwrap(), &known));
    }
}
