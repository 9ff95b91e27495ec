//! Counts the statements of a repository's files from the profiles, without excluded ones.

use crate::cuts::{self, Cut, Cuts};
use crate::mismatch::Mismatch;
use crate::patch::Changed;
use crate::position;
use crate::source::{self, Ignore};
use robot_golang::coverprofile::Counted;
use robot_golang::syntax::{Statement, Syntax};
use robot_model::{CoverageRecord, Statements};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File<'a> {
    /// Path below the measured folder.
    pub(crate) path: String,
    /// Statements as in the first profile, without excluded ones.
    pub(crate) blocks: Cow<'a, [Counted]>,
    pub(crate) statements: Statements,
    /// Statements of the lines that the change adds.
    pub(crate) patch: Statements,
    /// Changed lines that no test covers, as ranges.
    pub(crate) uncovered: Vec<(u32, u32)>,
    /// Number of statements that comments exclude.
    pub(crate) ignored: u64,
    /// Ignore comments.
    pub(crate) ignores: Vec<Ignore>,
    /// Number of lines.
    pub(crate) length: u32,
    /// Whether a profile divides it into other blocks than the first one.
    pub(crate) is_cut_otherwise: bool,
}

impl File<'_> {
    /// Count of each line with statements.
    pub(crate) fn lines(&self) -> BTreeMap<u32, u32> {
        let mut lines = BTreeMap::new();
        for block in self.blocks.iter().filter(|block| block.statements > 0) {
            // Positions after a line directive may belong to a larger file.
            for line in block.range.start_line..=block.range.end_line.min(self.length) {
                let known = lines.entry(line).or_insert(block.count);
                *known = (*known).max(block.count);
            }
        }
        lines
    }
}

/// All files, by path.
#[derive(Debug, Default)]
pub(crate) struct Measured<'a> {
    pub(crate) files: Vec<File<'a>>,
    /// Changed files that are missing from the profiles; none of their statements is covered.
    pub(crate) unnamed: Vec<File<'a>>,
    pub(crate) generated: usize,
    /// Files that a profile divides into other blocks than the first one, as another Go version does.
    pub(crate) cut_otherwise: usize,
}

impl<'a> Measured<'a> {
    pub(crate) fn total(&self) -> Statements {
        self.files.iter().map(|file| file.statements).sum()
    }

    pub(crate) fn patch(&self) -> Statements {
        self.all().map(|file| file.patch).sum()
    }

    pub(crate) fn ignored(&self) -> u64 {
        self.files.iter().map(|file| file.ignored).sum()
    }

    /// Includes files that are missing from the profiles.
    pub(crate) fn all(&self) -> impl Iterator<Item = &File<'a>> {
        self.files.iter().chain(&self.unnamed)
    }

    /// The record for later runs.
    pub(crate) fn record(&self, commit: &str, time: u64) -> CoverageRecord {
        CoverageRecord {
            schema: robot_model::COVERAGE_SCHEMA.to_owned(),
            commit: commit.to_owned(),
            time,
            files: self.files.iter().map(|file| (file.path.clone(), file.statements)).collect(),
        }
    }
}

/// Measures every file of the profiles on several cores. `read` returns a file's text by its path.
///
/// # Errors
/// The first file that does not exist, or whose blocks do not match its code.
pub(crate) fn measure<'a>(
    cuts: &Cuts<'a>,
    changed: &Changed,
    read: impl Fn(&str) -> Option<Vec<u8>> + Sync,
) -> Result<Measured<'a>, Mismatch> {
    let all: Vec<(&String, &Vec<Cut<'a>>)> = cuts.files.iter().collect();
    let one = |(path, cuts): &(&String, &Vec<Cut<'a>>)| file(path, cuts, changed, &read);
    // Starting a thread costs as much as measuring some dozens of files.
    let cores = match all.len() {
        0..=64 => 1,
        _ => std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8)),
    };
    let mut shares = all.chunks(all.len().div_ceil(cores).max(64));
    let first = shares.next().unwrap_or_default();
    type Part<'a> = Result<Vec<Option<File<'a>>>, Mismatch>;
    let parts: Vec<Part<'a>> = std::thread::scope(|scope| {
        let others: Vec<_> =
            shares.map(|files| scope.spawn(move || files.iter().map(one).collect())).collect();
        let mut parts = vec![first.iter().map(one).collect()];
        for other in others {
            // A missing share must not go unnoticed.
            parts.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parts
    });
    let mut measured = Measured::default();
    for part in parts {
        for file in part? {
            match file {
                Some(file) => {
                    measured.cut_otherwise += usize::from(file.is_cut_otherwise);
                    measured.files.push(file);
                }
                None => measured.generated += 1,
            }
        }
    }
    Ok(measured)
}

/// `None` for a generated file.
fn file<'a>(
    path: &str,
    cuts: &[Cut<'a>],
    changed: &Changed,
    read: &impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Option<File<'a>>, Mismatch> {
    let name = cuts.first().map_or(path, |cut| cut.name);
    let text = read(path).ok_or_else(|| Mismatch::Absent(name.to_owned()))?;
    let changed = changed.get(path).map_or(&[][..], Vec::as_slice);
    let is_go = path.ends_with(".go");
    let says_something = is_go && source::says_something(&text);
    let is_known =
        cuts.iter().all(|cut| cut.is_sealed && cuts::is_same(cut.blocks, cuts[0].blocks));
    let syntax = match (changed.is_empty(), is_go && (says_something || !is_known)) {
        (false, _) => Syntax::with_lines(&text),
        (true, true) => Syntax::read(&text),
        (true, false) => Syntax::default(),
    };
    if says_something && source::is_generated(&text, &syntax) {
        return Ok(None);
    }
    if syntax.is_too_deep {
        return Err(Mismatch::TooDeep(path.to_owned()));
    }
    for cut in cuts.iter().filter(|cut| !cut.is_sealed) {
        let checked = match is_go {
            true => position::check(&text, &syntax, cut.blocks),
            false => position::check_foreign(&text, cut.blocks),
        };
        checked.map_err(|misfit| Mismatch::Other(path.to_owned(), misfit))?;
    }
    if is_go && !changed.is_empty() && has_directive(&text) {
        // Blocks after a line directive have other names, so changed lines cannot be looked up.
        let mut file = unnamed(path, &text, changed).unwrap_or_default();
        (file.blocks, file.is_cut_otherwise) = cuts::join(cuts, &syntax);
        file.statements = file.blocks.iter().map(share).sum();
        return Ok(Some(file));
    }
    let (blocks, is_cut_otherwise) = cuts::join(cuts, &syntax);
    let mut file = File { path: path.to_owned(), blocks, is_cut_otherwise, ..File::default() };
    if says_something {
        file.ignores = source::ignores(&text, &syntax);
    }
    file.take(&text, &syntax, changed);
    Ok(Some(file))
}

/// Whether line directives may give a line another name or number.
fn has_directive(text: &[u8]) -> bool {
    [&b"//line "[..], b"/*line "].iter().any(|it| memchr::memmem::find(text, it).is_some())
}

/// A changed file that is missing from the profiles: all its changed lines are uncovered. `None` for a generated file.
pub(crate) fn unnamed<'a>(
    path: &str,
    text: &[u8],
    changed: &[RangeInclusive<u32>],
) -> Option<File<'a>> {
    let syntax = Syntax::with_lines(text);
    if source::is_generated(text, &syntax) {
        return None;
    }
    let mut file = File { path: path.to_owned(), ..File::default() };
    file.ignores = source::ignores(text, &syntax);
    let touched = touched(&syntax.code_lines, changed);
    if syntax.is_too_deep {
        // If the nesting is too deep, every changed line counts as uncovered.
        file.patch.add(Statements { covered: 0, all: touched.len() as u64 });
        file.uncovered.extend(touched.iter().map(|line| (*line, *line)));
        join(&mut file.uncovered);
        return Some(file);
    }
    for statement in syntax.statements.iter().filter(|one| !one.is_bare) {
        file.changed(statement, &touched, false);
    }
    file.uncovered.sort_unstable();
    join(&mut file.uncovered);
    Some(file)
}

impl File<'_> {
    /// Counts the file's statements.
    fn take(&mut self, text: &[u8], syntax: &Syntax, changed: &[RangeInclusive<u32>]) {
        let lines = memchr::memchr_iter(b'\n', text).count() + 1;
        self.length = u32::try_from(lines).unwrap_or(u32::MAX);
        let touched = touched(&syntax.code_lines, changed);
        if self.ignores.is_empty() && touched.is_empty() {
            self.statements = self.blocks.iter().map(share).sum();
            return;
        }
        let mut left = &syntax.statements[..];
        for index in 0..self.blocks.len() {
            let block = self.blocks[index];
            let (start, end) = (position::start(block.range), position::end(block.range));
            left = &left[left.partition_point(|one| one.start < start)..];
            let inside;
            (inside, left) = left.split_at(left.partition_point(|one| one.start < end));
            if !self.ignores.is_empty() {
                let gone = source::left_out(&mut self.ignores, &block, inside);
                if gone > 0 {
                    self.ignored += u64::from(gone);
                    self.blocks.to_mut()[index].statements -= gone;
                }
            }
            self.statements.add(share(&self.blocks[index]));
            for statement in inside.iter().filter(|one| !touched.is_empty() && !one.is_bare) {
                self.changed(statement, &touched, block.count > 0);
            }
        }
        self.uncovered.sort_unstable();
        join(&mut self.uncovered);
    }

    /// Counts a statement if one of the lines belongs to its own text.
    fn changed(&mut self, statement: &Statement, touched: &[u32], is_covered: bool) {
        let lines = own(statement, touched);
        let is_gone = || self.ignores.iter().any(|one| one.covers(statement.start));
        if lines.is_empty() || is_gone() {
            return;
        }
        self.patch.add(Statements { covered: u64::from(is_covered), all: 1 });
        if !is_covered {
            self.uncovered.extend(lines.into_iter().map(|line| (line, line)));
        }
    }
}

fn share(block: &Counted) -> Statements {
    let all = u64::from(block.statements);
    Statements { covered: if block.count > 0 { all } else { 0 }, all }
}

/// Changed lines with code, in order.
fn touched(code: &[u32], changed: &[RangeInclusive<u32>]) -> Vec<u32> {
    let mut ranges = changed.iter().peekable();
    let is_changed = |line: &&u32| {
        while ranges.next_if(|range| range.end() < *line).is_some() {}
        ranges.peek().is_some_and(|range| range.contains(*line))
    };
    code.iter().filter(is_changed).copied().collect()
}

/// The lines that contain a statement's own text, without the statements nested in it.
fn own(statement: &Statement, lines: &[u32]) -> Vec<u32> {
    let within = |first: u32, last: u32| {
        let from = lines.partition_point(|line| *line < first);
        lines[from..].iter().take_while(move |line| **line <= last).copied()
    };
    let (first, last) = statement.tail;
    within(statement.start.line, statement.head_end).chain(within(first, last)).collect()
}

/// Joins adjacent ranges.
fn join(ranges: &mut Vec<(u32, u32)>) {
    ranges.dedup_by(|next, last| {
        let touches = next.0 <= last.1.saturating_add(1);
        if touches {
            last.1 = last.1.max(next.1);
        }
        touches
    });
}

#[cfg(test)]
mod tests;
