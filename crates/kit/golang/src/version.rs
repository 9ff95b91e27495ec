//! Go versions as `go version`, `go.mod` and toolchain names write them.
//!
//! Spec: <https://go.dev/doc/toolchain#version>; the order is that of the go command.

use std::fmt;

/// `1.22.3`, `1.21rc2`, `1.20`; ordered as the go command orders them:
/// `1.20rc1 < 1.20 = 1.20.0 < 1.21 < 1.21rc1 < 1.21.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1.
    pub major: u32,
    /// 22.
    pub minor: u32,
    /// `None` for a language version such as `1.22` and for a pre-release. Before 1.21, a version without a patch is
    /// the release `.0`.
    pub patch: Option<u32>,
    /// Set for `1.21rc2`, never together with a patch.
    pub pre_release: Option<PreRelease>,
}

/// `beta1`, `rc2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreRelease {
    /// The stage.
    pub stage: Stage,
    /// Counted from 1.
    pub number: Option<u32>,
}

/// The stage of a pre-release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `alpha`.
    Alpha,
    /// `beta`.
    Beta,
    /// `rc`.
    Candidate,
}

/// The first version whose language version differs from its first release.
const FIRST_WITH_PATCH_ZERO: u32 = 21;

impl Version {
    /// Reads `1.22.3`, `go1.22.3`, `go1.26.8 X:jsonv2`, `go1.22.3-custom`, `1.21rc2`, `1`; `None`
    /// for anything else, such as `devel` or `default`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("go").unwrap_or(text);
        let text = text.split([' ', '\t', '-']).next()?;
        let (major, rest) = number(text)?;
        if rest.is_empty() {
            return Some(Self { major, minor: 0, patch: Some(0), pre_release: None });
        }
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let version = Self { major, minor, patch: None, pre_release: None };
        if rest.is_empty() {
            let patch = (minor < FIRST_WITH_PATCH_ZERO).then_some(0);
            return Some(Self { patch, ..version });
        }
        if let Some(rest) = rest.strip_prefix('.') {
            let (patch, rest) = number(rest)?;
            return rest.is_empty().then_some(Self { patch: Some(patch), ..version });
        }
        Some(Self { pre_release: Some(PreRelease::parse(rest)?), ..version })
    }

    /// The language version, which decides language and standard library: `(1, 22)`.
    pub const fn language(self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// Whether it names a language rather than a release: `1.22`, not `1.22.0`.
    pub const fn is_language(self) -> bool {
        self.patch.is_none() && self.pre_release.is_none()
    }

    /// The name for `GOTOOLCHAIN`, such as `go1.22.3` or `go1.20`; `None` for a language version from 1.21 on, which
    /// has no toolchain: go rejects `go1.22`.
    pub fn toolchain(self) -> Option<String> {
        (!self.is_language()).then(|| format!("go{self}"))
    }
}

impl PreRelease {
    fn parse(text: &str) -> Option<Self> {
        let stages = [("alpha", Stage::Alpha), ("beta", Stage::Beta), ("rc", Stage::Candidate)];
        let (rest, stage) =
            stages.iter().find_map(|(name, stage)| Some((text.strip_prefix(name)?, *stage)))?;
        if rest.is_empty() {
            return Some(Self { stage, number: None });
        }
        let (count, rest) = number(rest)?;
        rest.is_empty().then_some(Self { stage, number: Some(count) })
    }
}

/// Reads a decimal number without leading zeros; returns it and the rest.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)?;
        match (self.patch, self.pre_release) {
            // The release has this name.
            (Some(0), _) if self.minor < FIRST_WITH_PATCH_ZERO => Ok(()),
            (Some(patch), _) => write!(formatter, ".{patch}"),
            (None, Some(PreRelease { stage, number })) => {
                formatter.write_str(match stage {
                    Stage::Alpha => "alpha",
                    Stage::Beta => "beta",
                    Stage::Candidate => "rc",
                })?;
                number.map_or(Ok(()), |number| write!(formatter, "{number}"))
            }
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn order_is_that_of_the_go_command() {
        let names = [
            "1",
            "1.19.13",
            "1.20beta1",
            "1.20rc1",
            "1.20",
            "1.20.1",
            "1.21",
            "1.21alpha1",
            "1.21beta1",
            "1.21rc2",
            "1.21rc10",
            "1.21.0",
            "go1.21.1",
            "go1.26.8 X:jsonv2",
            "2.0",
        ];
        let versions: Vec<_> = names.iter().map(|name| version(name)).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        assert_eq!(version("1.20"), version("go1.20.0"));
        assert_ne!(version("1.21"), version("1.21.0"));
    }

    #[test]
    fn names_of_custom_toolchains_are_read_and_others_are_not() {
        assert_eq!(version("go1.22.3-custom").language(), (1, 22));
        for wrong in [
            "",
            "go",
            "devel",
            "default",
            "local",
            "1.x",
            "1.2.3.4",
            "1.21.0rc1",
            "01.2",
            "1.21.",
            "1.21c1",
            "+1.2",
            "1.99999999999",
        ] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn toolchains_exist_of_releases_only() {
        let toolchain = |text| version(text).toolchain();
        assert_eq!(toolchain("1.22"), None);
        assert_eq!(toolchain("1.22.0").as_deref(), Some("go1.22.0"));
        assert_eq!(toolchain("1.20").as_deref(), Some("go1.20"));
        assert_eq!(toolchain("1.21rc2").as_deref(), Some("go1.21rc2"));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "(1|2)(\\.[0-9]{1,2}((\\.|rc|beta|alpha)[0-9]{1,2})?)?") {
            if let Some(version) = Version::parse(&text) {
                prop_assert_eq!(Version::parse(&version.to_string()), Some(version));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Version::parse(&text);
        }
    }
}
