//! Tokens: <https://go.dev/ref/spec#Lexical_elements>.

use super::Position;
use std::ops::Range;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it begins.
    pub place: Position,
    /// Its bytes in the text, including `//` or `/*`.
    pub range: Range<usize>,
    /// Whether code precedes it on its line.
    pub is_trailing: bool,
    /// Whether no code precedes it in the file.
    pub is_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Literal,
    /// Semicolon, written or implied by a line end.
    Semicolon,
    OpenBrace,
    CloseBrace,
    /// `(`.
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Colon,
    Dot,
    Star,
    Arrow,
    Increment,
    Operator,
    Break,
    Continue,
    Fallthrough,
    Return,
    Case,
    Default,
    Chan,
    Else,
    For,
    Func,
    If,
    Interface,
    Map,
    Select,
    Struct,
    Switch,
    /// Any other keyword.
    Word,
    End,
}

impl Kind {
    /// Whether a line end after it implies a semicolon. Tokens after an operand are also read differently.
    fn ends_line(self) -> bool {
        self.ends_operand()
            || matches!(
                self,
                Self::Increment | Self::Break | Self::Continue | Self::Fallthrough | Self::Return
            )
    }

    pub(super) fn ends_operand(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Literal | Self::Close | Self::CloseBracket | Self::CloseBrace
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Position,
    /// Position after its last byte; for an implied semicolon, the position of the semicolon.
    pub(super) end: Position,
    /// Offset in the text.
    pub(super) start: usize,
    /// Whether it is an implied semicolon.
    pub(super) is_implied: bool,
}

pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    /// Offset of the line's first byte.
    line_start: usize,
    last: Option<(Kind, u32)>,
    pub(super) comments: Vec<Comment>,
}

/// Bytes of words and numbers, in addition to non-ASCII bytes.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte == b'_' as usize || byte >= 0x80;
        byte += 1;
    }
    table
};

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line: 1, line_start: 0, last: None, comments: Vec::new() }
    }

    #[inline]
    fn place(&self) -> Position {
        let column = u32::try_from(self.at - self.line_start + 1).unwrap_or(u32::MAX);
        Position { line: self.line, column }
    }

    pub(super) fn next(&mut self) -> Token {
        if self.skip() {
            return self.token(Kind::Semicolon, 0, true);
        }
        let Some(&byte) = self.text.get(self.at) else {
            // A file may end without a line end.
            let is_open = self.last.is_some_and(|(kind, _)| kind.ends_line());
            return self.token(if is_open { Kind::Semicolon } else { Kind::End }, 0, true);
        };
        let follows = |wanted: u8| self.text.get(self.at + 1) == Some(&wanted);
        let (kind, length) = match byte {
            b'(' => (Kind::Open, 1),
            b')' => (Kind::Close, 1),
            b'{' => (Kind::OpenBrace, 1),
            b'}' => (Kind::CloseBrace, 1),
            b'[' => (Kind::OpenBracket, 1),
            b']' => (Kind::CloseBracket, 1),
            b';' => (Kind::Semicolon, 1),
            b':' if follows(b'=') => (Kind::Operator, 2),
            b':' => (Kind::Colon, 1),
            b'*' if !follows(b'=') => (Kind::Star, 1),
            b'<' if follows(b'-') => (Kind::Arrow, 2),
            b'+' if follows(b'+') => (Kind::Increment, 2),
            b'-' if follows(b'-') => (Kind::Increment, 2),
            b'"' | b'\'' | b'`' => (Kind::Literal, quoted(&self.text[self.at..])),
            b'.' if self.text.get(self.at + 1).is_some_and(u8::is_ascii_digit) => {
                (Kind::Literal, 1 + word(&self.text[self.at + 1..]))
            }
            b'.' => (Kind::Dot, 1),
            b'0'..=b'9' => (Kind::Literal, word(&self.text[self.at..])),
            byte if WORD[usize::from(byte)] => {
                let length = word(&self.text[self.at..]);
                (keyword(&self.text[self.at..self.at + length]), length)
            }
            _ => (Kind::Operator, 1),
        };
        self.token(kind, length, false)
    }

    fn token(&mut self, kind: Kind, length: usize, is_implied: bool) -> Token {
        let (place, start) = (self.place(), self.at);
        self.at += length;
        if kind == Kind::Literal && self.text[start] == b'`' {
            self.count_lines(start);
        }
        self.last = Some((kind, self.line));
        Token { kind, place, end: self.place(), start, is_implied }
    }

    /// Skips blanks and comments; returns whether a line end implied a semicolon.
    fn skip(&mut self) -> bool {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\n' => {
                    if self.last.is_some_and(|(kind, _)| kind.ends_line()) {
                        return true;
                    }
                    self.at += 1;
                    (self.line, self.line_start) = (self.line.saturating_add(1), self.at);
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' if self.text.get(self.at + 1) == Some(&b'/') => {
                    let rest = &self.text[self.at..];
                    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.comment(length);
                }
                b'/' if self.text.get(self.at + 1) == Some(&b'*') => {
                    let start = self.at;
                    let rest = &self.text[start + 2..];
                    let length = memchr::memmem::find(rest, b"*/").map_or(rest.len(), |at| at + 2);
                    let ends_line = self.last.is_some_and(|(kind, _)| kind.ends_line())
                        && memchr::memchr(b'\n', &rest[..length]).is_some();
                    if ends_line {
                        // Treated as a line end; the comment is skipped after the semicolon.
                        return true;
                    }
                    self.comment(length + 2);
                    self.count_lines(start);
                }
                _ => return false,
            }
        }
        false
    }

    fn comment(&mut self, length: usize) {
        let code = self.last.filter(|(kind, _)| *kind != Kind::End);
        self.comments.push(Comment {
            place: self.place(),
            range: self.at..self.at + length,
            is_trailing: code.is_some_and(|(_, line)| line == self.line),
            is_first: code.is_none(),
        });
        self.at += length;
    }

    fn count_lines(&mut self, start: usize) {
        for end in memchr::memchr_iter(b'\n', &self.text[start..self.at]) {
            self.line = self.line.saturating_add(1);
            self.line_start = start + end + 1;
        }
    }
}

fn word(text: &[u8]) -> usize {
    let is_end = |byte: &u8| !WORD[usize::from(*byte)];
    text.iter().position(is_end).unwrap_or(text.len())
}

/// Length of the literal at the start of `text`; up to the end of the line or text if it is not closed.
fn quoted(text: &[u8]) -> usize {
    if text[0] == b'`' {
        return memchr::memchr(b'`', &text[1..]).map_or(text.len(), |end| end + 2);
    }
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' if text.get(at + 1) != Some(&b'\n') => at += 1,
            b'\n' => return at,
            byte if byte == text[0] => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

fn keyword(word: &[u8]) -> Kind {
    if !(2..=11).contains(&word.len()) || !word[0].is_ascii_lowercase() {
        return Kind::Name;
    }
    match word {
        b"break" => Kind::Break,
        b"case" => Kind::Case,
        b"chan" => Kind::Chan,
        b"continue" => Kind::Continue,
        b"default" => Kind::Default,
        b"else" => Kind::Else,
        b"fallthrough" => Kind::Fallthrough,
        b"for" => Kind::For,
        b"func" => Kind::Func,
        b"if" => Kind::If,
        b"interface" => Kind::Interface,
        b"map" => Kind::Map,
        b"return" => Kind::Return,
        b"select" => Kind::Select,
        b"struct" => Kind::Struct,
        b"switch" => Kind::Switch,
        b"const" | b"defer" | b"go" | b"goto" | b"import" | b"package" | b"range" | b"type"
        | b"var" => Kind::Word,
        _ => Kind::Name,
    }
}
