//! Whether a profile can have been made from a file: blocks begin and end where code does.

use crate::source;
use robot_golang::coverprofile::{Counted, Range};

/// Where each line of a file begins.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|end| end + 1));
        Self { text, starts }
    }

    /// Without its end; `None` behind the last.
    fn line(&self, number: u32) -> Option<&'a [u8]> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end)
    }

    /// A block begins at a byte of code or right behind one, as behind `else` and the colon of a
    /// `case`; it ends within its line.
    fn fits(&self, range: Range) -> bool {
        let (Some(first), Some(last)) = (self.line(range.start_line), self.line(range.end_line))
        else {
            return false;
        };
        let (start, end) = (range.start_column as usize, range.end_column as usize);
        let Some(index) = start.checked_sub(1) else { return false };
        let is_code = |at: usize| first.get(at).is_some_and(|byte| !byte.is_ascii_whitespace());
        let begins = is_code(index) || index.checked_sub(1).is_some_and(is_code);
        begins && (1..=last.len() + 1).contains(&end)
    }
}

/// Why the blocks are not those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// No code begins on this line where the profile says.
    Elsewhere(u32),
    /// The function on this line has no block.
    CutOff(u32),
}

/// Checks all blocks of a file, which are in order.
pub(crate) fn check(text: &[u8], blocks: &[Counted]) -> Result<(), Misfit> {
    // Positions behind such a comment are those of another file.
    if memchr::memmem::find(text, b"//line ").is_some() {
        return Ok(());
    }
    let lines = Lines::new(text);
    if let Some(misfit) = blocks.iter().find(|block| !lines.fits(block.range)) {
        return Err(Misfit::Elsewhere(misfit.range.start_line));
    }
    let last = blocks.last().map_or(0, |block| block.range.end_line);
    // A quick look first; what is no function, as in a literal, is told apart by the second.
    let behind = usize::try_from(last).ok().and_then(|last| lines.starts.get(last));
    let rest = behind.map_or(&[][..], |start| &text[*start..]);
    if !rest.starts_with(b"func ") && memchr::memmem::find(rest, b"\nfunc ").is_none() {
        return Ok(());
    }
    match source::last_function(text) {
        Some(line) if line > last => Err(Misfit::CutOff(line)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package a\n\nfunc F(x int) int {\n\tswitch x {\n\tcase 1:\n\t\treturn 2\n\t}\n\tif x > 1 {\n\t\treturn 3\n\t} else if x > 0 {\n\t\treturn 4\n\t} else {\n\t\treturn 5\n\t}\n}\n\nfunc G() {}\n";

    fn check_all(text: &str, ranges: &[[u32; 4]]) -> Result<(), Misfit> {
        let block = |&[start_line, start_column, end_line, end_column]: &[u32; 4]| Counted {
            range: Range { start_line, start_column, end_line, end_column },
            statements: 1,
            count: 1,
        };
        check(text.as_bytes(), &ranges.iter().map(block).collect::<Vec<_>>())
    }

    /// As go1.26.8 cuts it.
    const BLOCKS: [[u32; 4]; 8] = [
        [3, 19, 4, 11],
        [5, 9, 6, 11],
        [8, 2, 8, 11],
        [8, 11, 10, 3],
        [10, 8, 10, 18],
        [10, 18, 12, 3],
        [12, 8, 14, 3],
        [17, 11, 17, 12],
    ];

    #[test]
    fn the_profile_of_a_file_fits_it() {
        assert_eq!(check_all(TEXT, &BLOCKS), Ok(()));
        assert_eq!(check_all(&TEXT.replace('\n', "\r\n"), &BLOCKS), Ok(()));
    }

    #[test]
    fn a_profile_of_other_text_does_not() {
        let shifted = format!("// New.\n{TEXT}");
        assert_eq!(check_all(&shifted, &BLOCKS), Err(Misfit::Elsewhere(3)));
        let longer = TEXT.replace("\treturn 2\n", "\tx++\n\t\treturn 2\n");
        assert_eq!(check_all(&longer, &BLOCKS), Err(Misfit::Elsewhere(5)));
        assert_eq!(check_all("package a\n", &BLOCKS), Err(Misfit::Elsewhere(3)));
        assert_eq!(check_all(TEXT, &BLOCKS[..7]), Err(Misfit::CutOff(17)));
        let mapped = format!("//line parser.y:1\n{TEXT}");
        assert_eq!(check_all(&mapped, &BLOCKS), Ok(()));
    }

    #[test]
    fn text_that_looks_like_a_function_is_none() {
        let literal = format!("{TEXT}\nconst code = `\nfunc H() {{\n}}\n`\n");
        assert_eq!(check_all(&literal, &BLOCKS), Ok(()));
        let assembly = format!("{TEXT}\nfunc add(a interface{{}}) int\n\nfunc _() {{}}\n");
        assert_eq!(check_all(&assembly, &BLOCKS), Ok(()));
    }
}
