//! Cover profiles: `mode: …`, then `file:L.C,L.C statements count` a line.
//!
//! Source of the format: `golang.org/x/tools/cover` and `cmd/cover`. Profiles of several runs may
//! have been concatenated, so mode lines may come again.

mod merge;

pub use merge::Profile;

use crate::LineError;
use std::fmt;

/// What the counts of a profile mean.
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

/// From where to where in a file a block goes; lines and columns (bytes) from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First line.
    pub start_line: u32,
    /// Column in it.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the block's last byte.
    pub end_column: u32,
}

/// Statements that run together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Import path of the package and file name: `example.com/robot/echo.go`. An absolute path for
    /// packages that were given as files.
    pub file: &'a str,
    /// Where.
    pub range: Range,
    /// How many statements; may be 0.
    pub statements: u64,
    /// How often they ran, see [`Mode`].
    pub count: u64,
}

/// One line of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// What the counts of the following lines mean.
    Mode(Mode),
    /// A block.
    Block(Block<'a>),
}

/// Reads a profile line by line, without copies: each with its number, from 1. Blank lines are
/// passed over. Ends after the first error.
///
/// # Errors
/// Each line that is of another form; a first line that names no mode; a text without any.
pub fn entries(text: &[u8]) -> impl Iterator<Item = Result<(usize, Entry<'_>), LineError>> {
    let mut lines = text.split(|byte| *byte == b'\n').enumerate();
    let mut seen_mode = false;
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let filled = lines.by_ref().find(|(_, line)| !line.trim_ascii().is_empty());
        let Some((index, line)) = filled else {
            is_over = true;
            return (!seen_mode).then(|| Err(LineError::new(1, "the profile is empty")));
        };
        let parsed = match entry(line) {
            Ok(Entry::Block(_)) if !seen_mode => Err("expected `mode: set|count|atomic`"),
            parsed => parsed,
        };
        seen_mode = true;
        is_over = parsed.is_err();
        let line = index + 1;
        Some(parsed.map(|entry| (line, entry)).map_err(|reason| LineError::new(line, reason)))
    })
}

fn entry(line: &[u8]) -> Result<Entry<'_>, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8")?.trim_end();
    if let Some(mode) = text.strip_prefix("mode: ") {
        let mode = Mode::of_name(mode).ok_or("expected `mode: set|count|atomic`")?;
        return Ok(Entry::Mode(mode));
    }
    block(text).map(Entry::Block).ok_or("expected `file:line.column,line.column statements count`")
}

/// From the right, as a path may hold spaces, colons and commas.
fn block(text: &str) -> Option<Block<'_>> {
    let (text, count) = text.rsplit_once(' ')?;
    let (text, statements) = text.rsplit_once(' ')?;
    let (file, range) = text.rsplit_once(':')?;
    let (start, end) = range.split_once(',')?;
    let (start_line, start_column) = start.split_once('.')?;
    let (end_line, end_column) = end.split_once('.')?;
    let range = Range {
        start_line: number(start_line)?.try_into().ok()?,
        start_column: number(start_column)?.try_into().ok()?,
        end_line: number(end_line)?.try_into().ok()?,
        end_column: number(end_column)?.try_into().ok()?,
    };
    let (statements, count) = (number(statements)?, number(count)?);
    (!file.is_empty()).then_some(Block { file, range, statements, count })
}

/// Digits alone: `parse` would take a sign.
fn number(digits: &str) -> Option<u64> {
    if digits.starts_with('+') { None } else { digits.parse().ok() }
}

#[cfg(test)]
mod tests;
