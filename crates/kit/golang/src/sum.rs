//! `go.sum` and `go.work.sum`: one `module version hash` per line.
//!
//! Spec: <https://go.dev/ref/mod#go-sum-files>. Modules that are replaced by a folder have no line. A missing
//! file is a valid file without lines.

use crate::LineError;
use std::collections::BTreeSet;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum<'a> {
    /// Module path.
    pub module: &'a str,
    /// Version, without `/go.mod`.
    pub version: &'a str,
    /// Whether the hash is that of the module's go.mod alone.
    pub is_go_mod: bool,
    /// Hash with its algorithm. The only one so far is `h1:`, base64 of a SHA-256.
    pub hash: &'a str,
}

/// Reads all lines in order, including repeated ones. Blank lines are ignored; line ends may be `\n` or `\r\n`.
///
/// # Errors
/// The first line that is not `module version algorithm:hash`.
pub fn parse(text: &str) -> Result<Vec<Sum<'_>>, LineError> {
    let mut sums = Vec::new();
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let mut words = line.split_whitespace();
        let Some(module) = words.next() else { continue };
        let (Some(version), Some(hash), None) = (words.next(), words.next(), words.next()) else {
            return Err(LineError::new(index + 1, "expected `module version hash`"));
        };
        // A stray byte order mark would make a different module with the same visible name.
        if !line.trim().bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
            return Err(LineError::new(index + 1, "expected printable ASCII"));
        }
        // `golang.org/x/mod/module.CheckPath` rejects this, so Go would ignore the line and check
        // nothing against it.
        if module.contains(['\\', ':']) {
            return Err(LineError::new(index + 1, "a Windows folder is not a module path"));
        }
        if !is_hash(hash) {
            return Err(LineError::new(index + 1, "expected a hash such as `h1:…=`"));
        }
        let bare = version.strip_suffix("/go.mod");
        let (version, is_go_mod) = (bare.unwrap_or(version), bare.is_some());
        if version.is_empty() {
            return Err(LineError::new(index + 1, "expected a version before `/go.mod`"));
        }
        sums.push(Sum { module, version, is_go_mod, hash });
    }
    Ok(sums)
}

/// The lines as a set, because order and repetition have no meaning in Go.
///
/// # Errors
/// As [`parse`].
pub fn parse_set(text: &str) -> Result<BTreeSet<Sum<'_>>, LineError> {
    parse(text).map(BTreeSet::from_iter)
}

/// Any algorithm name is allowed, because Go ignores unknown ones.
fn is_hash(word: &str) -> bool {
    word.split_once(':').is_some_and(|(algorithm, hash)| {
        !hash.is_empty()
            && !algorithm.is_empty()
            && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_kinds_of_line_are_read() {
        let text = "a v1 h1:x=\r\na v1/go.mod h1:y=\r\n\r\na v1 h1:x=\n";
        let sums = parse(text).unwrap();
        assert_eq!(sums.len(), 3);
        assert_eq!(sums[1], Sum { module: "a", version: "v1", is_go_mod: true, hash: "h1:y=" });
        assert!(!sums[0].is_go_mod);
        assert_eq!(parse_set(text).unwrap().len(), 2);
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn a_malformed_line_is_named() {
        for line in [
            "<<<<<<< HEAD",
            "a v1",
            "a v1 h1:x= more",
            "a v1 x=",
            "a v1 h1:",
            "=======",
            "a /go.mod h1:x=",
            "\u{feff}a v1 h1:x=",
            r"C:\Users\me\a v1.0.0 h1:x=",
            r"..\a v1.0.0 h1:x=",
        ] {
            let error = parse(&format!("a v1 h1:x=\n{line}\n")).unwrap_err();
            assert_eq!(error.line, 2, "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            lines in prop::collection::vec(("[a-z./]{1,9}", "v[0-9.]{1,5}", any::<bool>(), "[A-Za-z0-9+/]{1,9}="), 0..9),
            crlf in any::<bool>(),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let text: String = lines.iter().map(|(module, version, is_go_mod, hash)| {
                format!("{module} {version}{} h1:{hash}{end}", if *is_go_mod { "/go.mod" } else { "" })
            }).collect();
            let sums = parse(&text).unwrap();
            prop_assert_eq!(sums.len(), lines.len());
            for (sum, (module, version, is_go_mod, hash)) in sums.iter().zip(&lines) {
                prop_assert_eq!((sum.module, sum.version), (module.as_str(), version.as_str()));
                prop_assert_eq!(sum.is_go_mod, *is_go_mod);
                prop_assert_eq!(sum.hash, format!("h1:{hash}"));
            }
        }
    }
}
