//! Several profiles of one build as one.

use super::{Block, Entry, Mode, Range, entries};
use crate::LineError;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Blocks of one or several profiles of the same build, identical blocks merged.
///
/// Only profiles of one Go version may meet here: another version cuts the same file into other
/// blocks, and both would count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    mode: Option<Mode>,
    files: BTreeMap<String, BTreeMap<Range, Counts>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    statements: u64,
    count: u64,
}

impl Profile {
    /// Adds a profile's text. Counts of identical blocks are added, in mode `set` joined; profiles
    /// of different modes come to mode `set`.
    ///
    /// # Errors
    /// What [`entries`] refuses; a block that is known with another number of statements. What
    /// stood before the error has been added.
    pub fn add(&mut self, text: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), LineError> {
        for entry in entries(text.as_ref()) {
            let (line, entry) = entry?;
            match entry {
                Entry::Mode(mode) => self.join_mode(mode),
                Entry::Block(block) => self.add_block(&block).map_err(|()| {
                    let Block { file, range, .. } = block;
                    let reason = format!("`{file}:{range}` was read with other statements");
                    LineError::new(line, reason)
                })?,
            }
        }
        Ok(())
    }

    /// Different modes can only be joined as covered or not.
    fn join_mode(&mut self, mode: Mode) {
        self.mode = match self.mode {
            Some(known) if known != mode => Some(Mode::Set),
            _ => Some(mode),
        };
    }

    fn add_block(&mut self, block: &Block<'_>) -> Result<(), ()> {
        let Block { file, range, statements, count } = *block;
        let blocks = match self.files.get_mut(file) {
            Some(blocks) => blocks,
            None => self.files.entry(file.to_owned()).or_default(),
        };
        let known = blocks.entry(range).or_insert(Counts { statements, count: 0 });
        if known.statements != statements {
            return Err(());
        }
        known.count = known.count.saturating_add(count);
        Ok(())
    }

    /// `(covered, all)` statements.
    pub fn statements(&self) -> (u64, u64) {
        self.files.values().map(statements_of).fold((0, 0), sum)
    }

    /// `(covered, all)` statements of each package, by import path.
    pub fn packages(&self) -> BTreeMap<&str, (u64, u64)> {
        let mut packages = BTreeMap::new();
        for (file, blocks) in &self.files {
            let end = file.rfind(['/', '\\']).unwrap_or(0);
            let statements = packages.entry(&file[..end]).or_insert((0, 0));
            *statements = sum(*statements, statements_of(blocks));
        }
        packages
    }

    /// Files by the names that the profile has for them, each with its blocks in order of their
    /// place: range, statements, count.
    pub fn files(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = (Range, u64, u64)>)> {
        self.files.iter().map(|(name, blocks)| {
            let blocks = blocks.iter();
            (
                name.as_str(),
                blocks.map(|(range, Counts { statements, count })| (*range, *statements, *count)),
            )
        })
    }

    /// The merged profile as text: files in order of their names, blocks in order of their place.
    pub fn write(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_to(&mut text);
        text
    }

    /// As [`write`](Self::write), piece by piece.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write_to(&self, out: &mut impl Write) -> fmt::Result {
        let mode = self.mode.unwrap_or(Mode::Set);
        writeln!(out, "mode: {mode}")?;
        for (file, blocks) in &self.files {
            for (range, Counts { statements, count }) in blocks {
                let count = if mode == Mode::Set { (*count).min(1) } else { *count };
                writeln!(out, "{file}:{range} {statements} {count}")?;
            }
        }
        Ok(())
    }
}

fn statements_of(blocks: &BTreeMap<Range, Counts>) -> (u64, u64) {
    blocks.values().fold((0, 0), |total, Counts { statements, count }| {
        sum(total, (if *count > 0 { *statements } else { 0 }, *statements))
    })
}

/// Saturating, as the numbers come from a file.
fn sum(one: (u64, u64), other: (u64, u64)) -> (u64, u64) {
    (one.0.saturating_add(other.0), one.1.saturating_add(other.1))
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start_line, start_column, end_line, end_column } = self;
        write!(formatter, "{start_line}.{start_column},{end_line}.{end_column}")
    }
}
