//! Keeps the end of texts of any length.

use std::collections::VecDeque;

/// Bytes kept from the end of the output of each unfinished or failed test, package or build.
const OUTPUT_CAP: usize = 64 * 1024;
/// Bytes kept from the end of text outside of events.
const STRAY_CAP: usize = 256 * 1024;
/// Bytes of a line that are shown, and kept of a line outside of events.
pub(super) const LINE_CAP: usize = 1024;

/// The end of a text, limited in bytes.
#[derive(Debug, Clone)]
pub struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
    cap: usize,
}

impl Default for Tail {
    fn default() -> Self {
        Self::within(OUTPUT_CAP)
    }
}

impl Tail {
    const fn within(cap: usize) -> Self {
        Self { lines: VecDeque::new(), bytes: 0, cap }
    }

    /// A smaller limit, for one of very many tests that run at the same time.
    pub const fn of_one_of_many() -> Self {
        Self::within(LINE_CAP)
    }

    /// The limit for lines that are not events.
    pub const fn of_stray_lines() -> Self {
        Self::within(STRAY_CAP)
    }

    /// Appends a piece of output. Go splits long lines at 1 KiB: a piece continues the previous one unless that
    /// ended with a line end.
    pub fn push(&mut self, piece: &str) {
        let piece = cut(piece, self.cap);
        match self.lines.back_mut() {
            Some(last) if !last.ends_with('\n') && last.len() < self.cap => last.push_str(piece),
            _ => self.lines.push_back(piece.to_owned()),
        }
        self.bytes += piece.len();
        while self.bytes > self.cap && self.lines.len() > 1 {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.len());
        }
    }

    /// Appends a line of any bytes, without its end.
    pub fn push_line(&mut self, line: &[u8]) {
        let kept = String::from_utf8_lossy(&line[..line.len().min(LINE_CAP)]);
        self.push(&shortened(&kept, line.len()));
        self.push("\n");
    }

    /// Appends the kept text of another.
    pub fn append(&mut self, other: &Self) {
        other.lines.iter().for_each(|line| self.push(line));
    }

    /// The line that has not ended yet, or else the last one.
    pub fn last_line(&self) -> &str {
        self.lines.back().map_or("", String::as_str)
    }

    /// The kept text.
    pub fn text(&self) -> String {
        self.lines.iter().map(String::as_str).collect()
    }
}

/// A line, cut to the length that is shown.
pub fn shown(line: &str) -> String {
    shortened(cut(line, LINE_CAP), line.len())
}

/// `kept`, with a note that it was longer.
fn shortened(kept: &str, length: usize) -> String {
    match length.saturating_sub(LINE_CAP) {
        0 => kept.to_owned(),
        more => format!("{kept} … {more} bytes more"),
    }
}

fn cut(text: &str, cap: usize) -> &str {
    &text[..text.floor_char_boundary(cap)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_many_lines_nor_long_ones_take_more_than_the_bound() {
        let mut stray = Tail::of_stray_lines();
        let long = vec![b'x'; 16 << 20];
        for _ in 0..2000 {
            stray.push_line(&long);
        }
        assert!(stray.text().len() < STRAY_CAP + 2 * LINE_CAP, "{}", stray.text().len());
        assert!(stray.text().ends_with(" bytes more\n"));

        let mut build = Tail::default();
        build.push(&"é".repeat(16 << 20));
        ["\n", "last\n"].iter().for_each(|piece| build.push(piece));
        assert!(build.text().len() <= OUTPUT_CAP + 16, "{}", build.text().len());
        assert_eq!(build.last_line(), "last\n");
    }

    #[test]
    fn pieces_of_a_line_are_one_line() {
        let mut tail = Tail::default();
        ["a", "b\n", "c\n"].iter().for_each(|piece| tail.push(piece));
        assert_eq!((tail.lines.len(), tail.text().as_str()), (2, "ab\nc\n"));
        assert_eq!(shown(&"y".repeat(3000)).len(), LINE_CAP + " … 1976 bytes more".len());
    }
}
