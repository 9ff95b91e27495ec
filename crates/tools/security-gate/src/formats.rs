//! Parsers of foreign files by their bytes alone, for fuzzing and measuring.

use crate::evidence::Scan;
use crate::ignore::{self, Ignores};
use crate::reports::{self, govulncheck::End};

/// A report of gosec.
///
/// # Errors
/// Why it proves nothing.
pub fn gosec(bytes: &[u8]) -> Result<Scan, String> {
    reports::gosec::read(bytes, None)
}

/// A stream of govulncheck, of which it is known that it is whole.
///
/// # Errors
/// Why it proves nothing.
pub fn govulncheck(source: impl std::io::Read) -> Result<Scan, String> {
    reports::govulncheck::read(source, End::Success)
}

/// A report of trivy.
///
/// # Errors
/// Why it proves nothing.
pub fn trivy(bytes: &[u8]) -> Result<Scan, String> {
    reports::trivy::read(bytes)
}

/// A SARIF report.
///
/// # Errors
/// Why it proves nothing.
pub fn sarif(bytes: &[u8]) -> Result<Scan, String> {
    reports::sarif::read(bytes)
}

/// An OpenVEX document; the number of entries that hold something back.
///
/// # Errors
/// Why it is none.
pub fn openvex(bytes: &[u8]) -> Result<usize, String> {
    let mut ignores = Ignores::default();
    ignore::parse_vex(bytes, &mut ignores)?;
    Ok(ignores.entries.len())
}

/// Our ignore file; the number of its entries.
///
/// # Errors
/// What is wrong with it.
pub fn ignore_file(text: &str) -> Result<usize, String> {
    ignore::parse_ours(text).map(|entries| entries.len())
}

/// A foreign ignore file, by its name; entries, and lines that are not understood.
pub fn foreign_ignore_file(name: &str, text: &str) -> (usize, usize) {
    let mut ignores = Ignores::default();
    ignore::parse_foreign(name, text, &mut ignores);
    (ignores.entries.len(), ignores.warnings.len())
}
