//! `go.sum` and `go.work.sum`: one `module version hash` a line.
//!
//! Spec: <https://go.dev/ref/mod#go-sum-files>.

use thiserror::Error;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum<'a> {
    /// Module path.
    pub module: &'a str,
    /// Version, without `/go.mod`.
    pub version: &'a str,
    /// Whether the hash is that of the module's go.mod alone.
    pub is_go_mod: bool,
    /// `h1:…`.
    pub hash: &'a str,
}

/// A line that is not `module version hash`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: expected `module version hash`")]
pub struct SumError {
    /// From 1.
    pub line: usize,
}

/// Reads all lines; blank ones are passed over.
///
/// # Errors
/// The first line that is not `module version hash`.
pub fn parse(text: &str) -> Result<Vec<Sum<'_>>, SumError> {
    let filled = |line: &(usize, &str)| !line.1.trim().is_empty();
    text.lines()
        .enumerate()
        .filter(filled)
        .map(|(index, line)| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            &[module, version, hash] => {
                let bare = version.strip_suffix("/go.mod");
                let is_go_mod = bare.is_some();
                Ok(Sum { module, version: bare.unwrap_or(version), is_go_mod, hash })
            }
            _ => Err(SumError { line: index + 1 }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_line_are_read_and_a_merge_conflict_is_refused() {
        let sums = parse("a v1 h1:x=\r\na v1/go.mod h1:y=\r\n\r\n").unwrap();
        assert_eq!(sums.len(), 2);
        assert!(sums[1].is_go_mod && sums[1].version == "v1" && !sums[0].is_go_mod);
        assert_eq!(parse("a v1 h1:x=\n<<<<<<< HEAD\n").unwrap_err().line, 2);
    }
}
