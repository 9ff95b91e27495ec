//! Merges several profiles of one build.

use super::{Block, Entry, Mode, Range, entry};
use crate::LineError;
use crate::syntax::{Position, Statement};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::io::{self, Read};

/// Longest line that is read. A path and six numbers are much shorter.
const LINE: usize = 64 << 10;
const CHUNK: usize = 1 << 20;

/// Blocks of one or several profiles of the same build, identical blocks merged.
///
/// [`add`](Self::add) is only for profiles of one Go version: another version divides the same file into other
/// blocks, and both would count. Use [`overlay`] for those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    mode: Option<Mode>,
    files: BTreeMap<String, Blocks>,
}

/// A block, and how often it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Its range.
    pub range: Range,
    /// How many statements; may be 0.
    pub statements: u32,
    /// How often they ran, see [`Mode`].
    pub count: u32,
}

/// Blocks of one file. Go writes them mostly in order. Blocks in order are kept sorted; others are appended and
/// sorted later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Blocks {
    all: Vec<Counted>,
    sorted: usize,
}

impl Blocks {
    /// Adds a block; returns false if its number of statements contradicts the known one.
    fn add(&mut self, block: Counted) -> bool {
        if self.sorted == self.all.len()
            && self.all.last().is_none_or(|last| last.range < block.range)
        {
            self.all.push(block);
            self.sorted += 1;
            return true;
        }
        match self.all[..self.sorted].binary_search_by_key(&block.range, |known| known.range) {
            Ok(index) => {
                let known = &mut self.all[index];
                known.count = known.count.saturating_add(block.count);
                known.statements == block.statements
            }
            Err(_) => {
                self.all.push(block);
                self.all.len() < 2 * self.sorted + 64 || self.sort()
            }
        }
    }

    /// Sorts the blocks; returns false if two blocks contradict each other.
    fn sort(&mut self) -> bool {
        let mut agree = true;
        if self.sorted < self.all.len() {
            self.all.sort_by_key(|block| block.range);
            self.all.dedup_by(|next, known| {
                let is_same = next.range == known.range;
                if is_same {
                    agree &= next.statements == known.statements;
                    known.count = known.count.saturating_add(next.count);
                }
                is_same
            });
            self.sorted = self.all.len();
        }
        agree
    }
}

/// Why a profile could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not a valid profile.
    #[error(transparent)]
    Line(#[from] LineError),
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Profile {
    /// Adds a profile's text. Counts of identical blocks are added up, or combined in mode `set`. Profiles of
    /// different modes result in mode `set`.
    ///
    /// # Errors
    /// [`entry`] rejects a line; the mode line is missing; the last line has no line end, as in a file that was cut
    /// off; a block is known with another number of statements. After an error the profile is incomplete.
    pub fn add(&mut self, text: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), LineError> {
        self.read(text.as_ref()).map_err(|error| match error {
            ReadError::Line(error) => error,
            ReadError::Io(error) => LineError::new(1, error.to_string()),
        })
    }

    /// As [`add`](Self::add), from a file, piece by piece.
    ///
    /// # Errors
    /// As [`add`](Self::add), or `source` fails.
    pub fn read(&mut self, mut source: impl Read) -> Result<(), ReadError> {
        let mut reading = Reading::default();
        let mut buffer = vec![0; CHUNK];
        let mut filled = 0;
        loop {
            let read = source.read(&mut buffer[filled..])?;
            let is_end = read == 0;
            filled += read;
            let end = match memchr::memrchr(b'\n', &buffer[..filled]) {
                _ if is_end => filled,
                Some(end) => end + 1,
                None if filled > LINE => {
                    return Err(LineError::new(reading.line + 1, "the line is too long").into());
                }
                None => continue,
            };
            reading.lines(&buffer[..end], self)?;
            if is_end && filled > 0 {
                return Err(LineError::new(
                    reading.line,
                    "the last line has no line end: the file was cut off",
                )
                .into());
            }
            buffer.copy_within(end..filled, 0);
            filled -= end;
            if is_end {
                break;
            }
        }
        reading.finish(self)?;
        Ok(())
    }

    /// Different modes can only be combined as covered or not.
    fn join_mode(&mut self, mode: Mode) {
        self.mode = match self.mode {
            Some(known) if known != mode => Some(Mode::Set),
            _ => Some(mode),
        };
    }

    /// Adds blocks of one file from another format.
    ///
    /// # Errors
    /// A block is known with another number of statements.
    pub fn add_blocks(
        &mut self,
        mode: Mode,
        file: &str,
        blocks: impl IntoIterator<Item = Counted>,
    ) -> Result<(), Range> {
        self.join_mode(mode);
        if !self.files.contains_key(file) {
            self.files.insert(file.to_owned(), Blocks::default());
        }
        let Some(known) = self.files.get_mut(file) else { return Ok(()) };
        for block in blocks {
            if !known.add(block) {
                return Err(block.range);
            }
        }
        if known.sort() { Ok(()) } else { Err(known.all[0].range) }
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

    /// Files by their names in the profile, each with its blocks in order of position.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[Counted])> {
        self.files.iter().map(|(name, blocks)| (name.as_str(), blocks.all.as_slice()))
    }

    /// The merged profile as text: files sorted by name, blocks by position.
    pub fn write(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_to(&mut text);
        text
    }

    /// As [`write`](Self::write), piece by piece.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_to(&self, out: &mut impl Write) -> fmt::Result {
        let mode = self.mode.unwrap_or(Mode::Set);
        writeln!(out, "mode: {mode}")?;
        for (file, blocks) in &self.files {
            for Counted { range, statements, count } in &blocks.all {
                let count = if mode == Mode::Set { (*count).min(1) } else { *count };
                writeln!(out, "{file}:{range} {statements} {count}")?;
            }
        }
        Ok(())
    }
}

/// The state of reading one text. The blocks of the current file are kept separately, so that its name is
/// looked up once instead of for each line.
#[derive(Default)]
struct Reading {
    line: usize,
    seen_mode: bool,
    file: String,
    blocks: Blocks,
}

impl Reading {
    fn lines(&mut self, text: &[u8], profile: &mut Profile) -> Result<(), LineError> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            self.line += 1;
            let parsed = entry(line).map_err(|error| LineError::new(self.line, error.reason))?;
            match parsed {
                Some(Entry::Mode(mode)) => {
                    self.seen_mode = true;
                    profile.join_mode(mode);
                }
                Some(Entry::Block(block)) => self.block(&block, profile)?,
                None => {}
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block<'_>, profile: &mut Profile) -> Result<(), LineError> {
        let Block { file, range, statements, count } = *block;
        if !self.seen_mode {
            return Err(LineError::new(self.line, "expected `mode: set|count|atomic`"));
        }
        if self.file.as_bytes() != file {
            self.put_back(profile)?;
            let name = std::str::from_utf8(file);
            name.map_err(|_| LineError::new(self.line, "not UTF-8"))?.clone_into(&mut self.file);
            self.blocks = profile.files.remove(&self.file).unwrap_or_default();
        }
        if self.blocks.add(Counted { range, statements, count }) {
            return Ok(());
        }
        let reason =
            format!("`{}:{range}` appears again with another number of statements", self.file);
        Err(LineError::new(self.line, reason))
    }

    fn put_back(&mut self, profile: &mut Profile) -> Result<(), LineError> {
        if self.file.is_empty() {
            return Ok(());
        }
        let mut blocks = std::mem::take(&mut self.blocks);
        let agree = blocks.sort();
        blocks.all.shrink_to_fit();
        profile.files.insert(std::mem::take(&mut self.file), blocks);
        if agree {
            return Ok(());
        }
        Err(LineError::new(
            self.line,
            "a block before this line appears again with another number of statements",
        ))
    }

    fn finish(mut self, profile: &mut Profile) -> Result<(), LineError> {
        self.put_back(profile)?;
        if self.seen_mode { Ok(()) } else { Err(LineError::new(1, "the profile is empty")) }
    }
}

/// Adds the coverage of another division of the same file into blocks, as by another Go version. The blocks here
/// stay, so that there is one denominator. A block here also counts as run if every statement in it is in a
/// block there that ran. Blocks without statements are ignored. Both lists must be sorted.
pub fn overlay(ours: &mut [Counted], theirs: &[Counted], statements: &[Statement]) {
    let mut statements = statements.iter().filter(|statement| !statement.is_bare).peekable();
    let mut theirs = theirs.iter().peekable();
    for our in ours {
        let (start, end) = places(our.range);
        while statements.next_if(|statement| statement.start < start).is_some() {}
        let mut least: Option<u32> = None;
        while let Some(statement) = statements.next_if(|statement| statement.start < end) {
            while theirs.next_if(|their| places(their.range).1 <= statement.start).is_some() {}
            let there = theirs.peek().filter(|their| places(their.range).0 <= statement.start);
            let count = there.map_or(0, |their| their.count);
            least = Some(least.map_or(count, |least| least.min(count)));
        }
        our.count = our.count.max(least.unwrap_or(0));
    }
}

fn places(range: Range) -> (Position, Position) {
    let place = |line, column| Position { line, column };
    (place(range.start_line, range.start_column), place(range.end_line, range.end_column))
}

fn statements_of(blocks: &Blocks) -> (u64, u64) {
    blocks.all.iter().fold((0, 0), |total, Counted { statements, count, .. }| {
        let all = u64::from(*statements);
        sum(total, (if *count > 0 { all } else { 0 }, all))
    })
}

/// Saturates, because the numbers come from a file.
fn sum(one: (u64, u64), other: (u64, u64)) -> (u64, u64) {
    (one.0.saturating_add(other.0), one.1.saturating_add(other.1))
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start_line, start_column, end_line, end_column } = self;
        write!(formatter, "{start_line}.{start_column},{end_line}.{end_column}")
    }
}
