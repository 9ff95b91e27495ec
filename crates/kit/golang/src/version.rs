//! Go versions as `go version`, `go.mod` and toolchain names write them.
//!
//! Spec: <https://go.dev/doc/toolchain#version>.

use std::cmp::Ordering;

/// `1.22.3`, `1.21rc2`, `1.20`; ordered as the go command orders them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// 1.
    pub major: u32,
    /// 22.
    pub minor: u32,
    /// `None` for a language version such as `1.22`.
    pub patch: Option<u32>,
    /// `Some((kind, number))` with kind `beta` = 0, `rc` = 1.
    pre_release: Option<(u8, u32)>,
}

impl Version {
    /// Reads `1.22.3`, `go1.22.3`, `go1.26.8 X:jsonv2`, `1.21rc2`; `None` for anything else, such
    /// as `devel`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.split_whitespace().next()?;
        let text = text.strip_prefix("go").unwrap_or(text);
        let text = text.split(['-', '+']).next()?;
        let (numbers, pre_release) = match (text.find("rc"), text.find("beta")) {
            (Some(at), _) => (&text[..at], Some((1, text[at + 2..].parse().ok()?))),
            (_, Some(at)) => (&text[..at], Some((0, text[at + 4..].parse().ok()?))),
            _ => (text, None),
        };
        let mut parts = numbers.split('.').map(|part| part.parse::<u32>());
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        let patch = parts.next().transpose().ok()?;
        if parts.next().is_some() || (patch.is_some() && pre_release.is_some()) {
            return None;
        }
        Some(Self { major, minor, patch, pre_release })
    }

    /// The part that decides which language and tools there are: `(1, 22)`.
    pub const fn language(self) -> (u32, u32) {
        (self.major, self.minor)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // 1.21 < 1.21beta1 < 1.21rc1 < 1.21.0 < 1.21.1
        let key = |version: &Self| {
            let stage = match (version.pre_release, version.patch) {
                (Some((kind, number)), _) => (1 + u32::from(kind), number),
                (None, None) => (0, 0),
                (None, Some(patch)) => (3, patch),
            };
            (version.major, version.minor, stage)
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn order_is_that_of_the_go_command() {
        let names =
            ["1.20", "1.21", "1.21beta1", "1.21rc2", "1.21.0", "go1.21.1", "go1.26.8 X:jsonv2"];
        let versions: Vec<_> = names.iter().map(|name| Version::parse(name).unwrap()).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        assert_eq!(Version::parse("go1.22.3-custom").unwrap().language(), (1, 22));
        for wrong in ["", "devel", "1", "1.x", "1.2.3.4", "1.21.0rc1"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }
}
