//! Checks whether a profile matches a file: its blocks must begin and end at code, must not overlap, and must contain every
//! statement of the file once.

use robot_golang::coverprofile::{Counted, Range};
use robot_golang::syntax::{Position, Statement, Syntax};

/// Offsets of the lines of a file.
struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|end| end + 1));
        Self { text, starts }
    }

    /// A line without its end; `None` after the last.
    fn line(&self, number: u32) -> Option<&'a [u8]> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end)
    }

    /// Whether a block may begin or end here: at a byte of code or directly after one (such as after `else` and the colon of a
    /// `case`). Since Go 1.27 it may also end at the beginning of the next line.
    fn fits(&self, range: Range) -> bool {
        let is_code = |line: &[u8], column: u32| {
            let byte = |at: usize| line.get(at).is_some_and(|byte| !byte.is_ascii_whitespace());
            let Some(at) = (column as usize).checked_sub(1) else { return false };
            byte(at) || at.checked_sub(1).is_some_and(byte)
        };
        let place = |line, column| self.line(line).is_some_and(|line| is_code(line, column));
        place(range.start_line, range.start_column)
            && (place(range.end_line, range.end_column)
                || range.end_column == 1 && self.line(range.end_line).is_some())
    }
}

/// Why the blocks do not match the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// No code begins or ends at the position of the block on this line.
    Elsewhere(u32),
    /// No block contains the statement on this line.
    CutOff(u32),
    /// The block on this line overlaps the previous one.
    Overlap(u32),
    /// The block on this line and the file have different statements.
    Statements(u32),
}

pub(crate) fn start(range: Range) -> Position {
    Position { line: range.start_line, column: range.start_column }
}

pub(crate) fn end(range: Range) -> Position {
    Position { line: range.end_line, column: range.end_column }
}

/// Checks all blocks of a file that is not Go and that a line directive names as the source of code.
pub(crate) fn check_foreign(text: &[u8], blocks: &[Counted]) -> Result<(), Misfit> {
    let lines = Lines::new(text).starts.len();
    let is_beyond = |line: u32| line as usize > lines || line == 0;
    let beyond =
        |block: &&Counted| is_beyond(block.range.start_line) || is_beyond(block.range.end_line);
    match blocks.iter().find(beyond) {
        Some(block) => Err(Misfit::Elsewhere(block.range.start_line)),
        None => Ok(()),
    }
}

/// Whether positions in the file may be mapped by line directives.
pub(crate) fn is_mapped(text: &[u8], syntax: &Syntax) -> bool {
    last_mapped(text, syntax).is_some()
}

/// Checks all blocks of a file, which must be sorted.
pub(crate) fn check(text: &[u8], syntax: &Syntax, blocks: &[Counted]) -> Result<(), Misfit> {
    match strictly(text, syntax, blocks) {
        // Before Go 1.27, positions after a line directive are the mapped ones.
        Err(misfit) => match last_mapped(text, syntax) {
            Some(last) => loosely(syntax, blocks, last),
            None => Err(misfit),
        },
        Ok(()) => Ok(()),
    }
}

fn strictly(text: &[u8], syntax: &Syntax, blocks: &[Counted]) -> Result<(), Misfit> {
    let lines = Lines::new(text);
    if let Some(misfit) = blocks.iter().find(|block| !lines.fits(block.range)) {
        return Err(Misfit::Elsewhere(misfit.range.start_line));
    }
    let overlap = blocks.windows(2).find(|pair| start(pair[1].range) < end(pair[0].range));
    if let Some(pair) = overlap {
        return Err(Misfit::Overlap(pair[1].range.start_line));
    }
    if let Some(block) = blocks.iter().find(|block| end(block.range) < start(block.range)) {
        return Err(Misfit::Elsewhere(block.range.start_line));
    }
    if let Some(block) = crossing(syntax, blocks) {
        return Err(Misfit::Statements(block.range.start_line));
    }
    statements(&syntax.statements, blocks)
}

/// Whether a block continues into another list of statements, which no block of Go does.
fn crossing<'a>(syntax: &Syntax, blocks: &'a [Counted]) -> Option<&'a Counted> {
    let mut bodies: Vec<(Position, Position)> =
        syntax.bodies.iter().map(|body| (body.open, body.head)).collect();
    bodies.sort_unstable();
    let mut bodies = bodies.into_iter().peekable();
    blocks.iter().find(|block| {
        let start = start(block.range);
        while bodies.next_if(|(open, head)| *open <= start || *head == start).is_some() {}
        bodies.peek().is_some_and(|(open, _)| *open < end(block.range))
    })
}

/// Checks that every statement is in exactly one block, and that each block has the number of statements that it states.
/// Since Go 1.27 a block is divided at comments and blank lines, and each part states the number of the whole block.
fn statements(statements: &[Statement], blocks: &[Counted]) -> Result<(), Misfit> {
    let mut left = statements.iter().peekable();
    // Statements since a block that states more of them, and bare ones, which may belong to the previous block.
    let (mut whole, mut found, mut bare) = (0, 0_u32, 0_u32);
    let mut open: Option<Range> = None;
    let settled = |whole: u32, found: u32, bare: u32| (found..=found + bare).contains(&whole);
    for block in blocks {
        bare += outside(&mut left, Some(start(block.range)))?;
        let is_part = open.is_some() && block.statements == whole && !settled(whole, found, bare);
        if !is_part {
            if let Some(open) = open.filter(|_| !settled(whole, found, bare)) {
                return Err(Misfit::Statements(open.start_line));
            }
            (whole, found, bare) = (block.statements, 0, 0);
            open = Some(block.range);
        }
        while let Some(statement) = left.next_if(|one| one.start < end(block.range)) {
            if statement.is_bare { bare += 1 } else { found += 1 }
        }
    }
    bare += outside(&mut left, None)?;
    match open.filter(|_| !settled(whole, found, bare)) {
        Some(open) => Err(Misfit::Statements(open.start_line)),
        None => Ok(()),
    }
}

/// Skips bare statements before a block, and one at its beginning; returns their number.
fn outside<'a>(
    left: &mut std::iter::Peekable<impl Iterator<Item = &'a Statement>>,
    before: Option<Position>,
) -> Result<u32, Misfit> {
    let mut bare = 0;
    while let Some(one) = left.next_if(|one| before.is_none_or(|before| one.start < before)) {
        if !one.is_bare {
            return Err(Misfit::CutOff(one.start.line));
        }
        bare += 1;
    }
    let is_at = |one: &&&Statement| one.is_bare && before == Some(one.start);
    Ok(bare + u32::from(left.peek().filter(is_at).is_some()))
}

/// The checks that are possible with mapped positions: no line is beyond the last possible one, and there are not more
/// statements than in the file.
fn loosely(syntax: &Syntax, blocks: &[Counted], last: u32) -> Result<(), Misfit> {
    let beyond = |block: &&Counted| block.range.start_line.max(block.range.end_line) > last;
    if let Some(block) = blocks.iter().find(beyond) {
        return Err(Misfit::Elsewhere(block.range.start_line));
    }
    let told: u64 = blocks.iter().map(|block| u64::from(block.statements)).sum();
    match blocks.last() {
        Some(block) if told > syntax.statements.len() as u64 => {
            Err(Misfit::Statements(block.range.start_line))
        }
        None if !syntax.statements.is_empty() => {
            Err(Misfit::CutOff(syntax.statements[0].start.line))
        }
        _ => Ok(()),
    }
}

/// The last line that a mapped position can have; `None` without line directives.
/// <https://pkg.go.dev/cmd/compile#hdr-Line_Directives>
fn last_mapped(text: &[u8], syntax: &Syntax) -> Option<u32> {
    let lines = u32::try_from(memchr::memchr_iter(b'\n', text).count() + 1).ok()?;
    let of = |comment: &robot_golang::syntax::Comment| {
        let said = std::str::from_utf8(text.get(comment.range.clone())?).ok()?;
        let is_at_start = comment.place.column == 1;
        let said = match said.strip_prefix("//line ") {
            Some(said) if is_at_start => said,
            Some(_) => return None,
            None => said.strip_prefix("/*line ")?.strip_suffix("*/")?,
        };
        // `file:line` or `file:line:column`, of which the first number is the larger end.
        let numbers = said.trim_end().rsplit(':').map_while(|part| part.parse::<u32>().ok());
        numbers.take(2).max()
    };
    let given = syntax.comments.iter().filter_map(of).max()?;
    Some(given.saturating_add(lines))
}

#[cfg(test)]
mod tests;
