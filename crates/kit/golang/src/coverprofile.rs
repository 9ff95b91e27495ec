//! Cover profiles: `mode: …`, then `file:L.C,L.C statements count` a line.
//!
//! Source of the format: `golang.org/x/tools/cover` and `cmd/cover`. Because profiles of several runs may be
//! concatenated, mode lines may repeat.

mod merge;

pub use merge::{Counted, Profile, ReadError, overlay};

use crate::LineError;
use std::fmt;

/// The meaning of the counts in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 1 for what ran, 0 for what did not.
    Set,
    /// How often it ran.
    Count,
    /// How often it ran, exact under concurrency.
    Atomic,
}

impl Mode {
    /// The mode of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "set" => Some(Self::Set),
            "count" => Some(Self::Count),
            "atomic" => Some(Self::Atomic),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Set => "set",
            Self::Count => "count",
            Self::Atomic => "atomic",
        })
    }
}

/// The range of a block in a file; lines and columns (bytes) start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First line.
    pub start_line: u32,
    /// Column in it.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the block's last byte.
    pub end_column: u32,
}

/// A block of statements that run together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Import path of the package and file name: `example.com/robot/echo.go`. An absolute path for
    /// packages that were given as files.
    pub file: &'a [u8],
    /// Its range.
    pub range: Range,
    /// How many statements; may be 0.
    pub statements: u32,
    /// How often they ran, see [`Mode`]; saturates at 2³².
    pub count: u32,
}

/// One line of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// The meaning of the counts in the following lines.
    Mode(Mode),
    /// A block.
    Block(Block<'a>),
}

/// Reads one line, without its end. `None` for a blank line.
///
/// # Errors
/// The line has another form.
pub fn entry(line: &[u8]) -> Result<Option<Entry<'_>>, LineError> {
    let line = line.trim_ascii_end();
    if line.is_empty() {
        return Ok(None);
    }
    if let Some(mode) = line.strip_prefix(b"mode: ") {
        let mode = std::str::from_utf8(mode).ok().and_then(Mode::of_name);
        return match mode {
            Some(mode) => Ok(Some(Entry::Mode(mode))),
            None => Err(LineError::new(1, "expected `mode: set|count|atomic`")),
        };
    }
    match block(line) {
        Some(block) => Ok(Some(Entry::Block(block))),
        None => Err(LineError::new(1, "expected `file:line.column,line.column statements count`")),
    }
}

/// Reads from the right, because a path may contain spaces, colons and commas.
fn block(line: &[u8]) -> Option<Block<'_>> {
    let mut left = line;
    let count = u32::try_from(number(&mut left, b' ')?).unwrap_or(u32::MAX);
    let statements = number(&mut left, b' ')?.try_into().ok()?;
    let end_column = number(&mut left, b'.')?.try_into().ok()?;
    let end_line = number(&mut left, b',')?.try_into().ok()?;
    let start_column = number(&mut left, b'.')?.try_into().ok()?;
    let start_line = number(&mut left, b':')?.try_into().ok()?;
    let range = Range { start_line, start_column, end_line, end_column };
    (!left.is_empty()).then_some(Block { file: left, range, statements, count })
}

/// Takes the digits at the end of `text`, and the byte before them.
fn number(text: &mut &[u8], before: u8) -> Option<u64> {
    let (mut value, mut place) = (0_u64, 1_u64);
    let mut at = text.len();
    loop {
        at = at.checked_sub(1)?;
        let byte = text[at];
        if byte.is_ascii_digit() {
            value = value.checked_add(u64::from(byte - b'0').checked_mul(place)?)?;
            place = place.saturating_mul(10);
        } else {
            let is_number = byte == before && at + 1 < text.len();
            *text = &text[..at];
            return is_number.then_some(value);
        }
    }
}

#[cfg(test)]
mod tests;
