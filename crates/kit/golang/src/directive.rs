//! The grammar that `go.mod` and `go.work` share: directives, one per line or in blocks.
//!
//! Spec: <https://go.dev/ref/mod#go-mod-file-lexical> and `golang.org/x/mod/modfile`. This module does not
//! interpret directives, so that it reads those of every Go version.

use crate::LineError;
use std::fmt;

/// One directive with its arguments: `require example.com/m v1.2.3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directive {
    /// `require`, `replace`, `use`, ….
    pub name: String,
    /// Words without their quotes; `=>`, `[`, `,` and `]` are separate words.
    pub arguments: Vec<String>,
    /// Text after `//` at the end of the line, trimmed; empty without one.
    pub comment: String,
    /// Text of the comment lines directly above, one per line.
    pub comment_above: String,
    /// From 1.
    pub line: usize,
}

/// Largest go.mod or go.work, in bytes; the largest known ones have a tenth of it.
const LIMIT: usize = 2 << 20;

/// A go.mod or go.work file as its directives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleFile {
    /// In the order of the file, blocks flattened.
    pub directives: Vec<Directive>,
}

impl ModuleFile {
    /// Reads a file's text; line ends may be `\n` or `\r\n`.
    ///
    /// # Errors
    /// More than 2 MiB; a block or quote that is not closed, a `/*` comment, unexpected words.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        if text.len() > LIMIT {
            let reason = format!("the file is larger than {} MiB", LIMIT >> 20);
            return Err(LineError::new(1, reason));
        }
        let mut directives = Vec::new();
        let mut block: Option<(String, usize)> = None;
        let mut above = String::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, text) in text.lines().enumerate() {
            let line = index + 1;
            let (tokens, comment) = words(text).map_err(|reason| LineError::new(line, reason))?;
            if tokens.is_empty() {
                match comment {
                    Some(comment) => {
                        if !above.is_empty() {
                            above.push('\n');
                        }
                        above.push_str(comment);
                    }
                    None => above.clear(),
                }
                continue;
            }
            let comment_above = std::mem::take(&mut above);
            let shape = Shape::of(&tokens, block.is_some());
            let mut words = tokens.into_iter().map(|token| token.text);
            let name = match (shape, &block) {
                (Shape::Wrong(reason), _) => return Err(LineError::new(line, reason)),
                (Shape::Empty, _) => continue,
                (Shape::Opening, _) => {
                    block = words.next().map(|name| (name, line));
                    continue;
                }
                (Shape::Closing, _) => {
                    block = None;
                    continue;
                }
                (Shape::Directive, Some((name, _))) => name.clone(),
                (Shape::Directive, None) => words.next().unwrap_or_default(),
            };
            let arguments = words.collect();
            let comment = comment.unwrap_or_default().to_owned();
            directives.push(Directive { name, arguments, comment, comment_above, line });
        }
        match block {
            Some((name, line)) => {
                Err(LineError::new(line, format!("the `{name}` block is not closed")))
            }
            None => Ok(Self { directives }),
        }
    }

    /// The first argument of the first directive of a name: `module`, `go`, `toolchain`.
    pub fn single(&self, name: &str) -> Option<&str> {
        self.all(name).find_map(|directive| directive.arguments.first()).map(String::as_str)
    }

    /// All directives of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(move |directive| directive.name == name)
    }
}

impl Directive {
    pub(crate) fn wrong(&self, reason: impl fmt::Display) -> LineError {
        LineError::new(self.line, format!("`{}`: {reason}", self.name))
    }

    /// The only argument.
    pub(crate) fn only(&self) -> Result<&str, LineError> {
        match self.arguments.as_slice() {
            [argument] => Ok(argument),
            _ => Err(self.wrong("expected exactly one argument")),
        }
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        self.arguments.iter().try_for_each(|argument| write!(formatter, " {argument}"))
    }
}

struct Token {
    text: String,
    is_quoted: bool,
}

impl Token {
    /// The word, or a placeholder for a quoted word, which is never punctuation.
    fn bare(&self) -> &str {
        if self.is_quoted { "\"" } else { &self.text }
    }
}

/// The kind of a line with words.
enum Shape {
    Directive,
    Opening,
    Closing,
    /// An empty block on one line.
    Empty,
    Wrong(&'static str),
}

impl Shape {
    fn of(tokens: &[Token], in_block: bool) -> Self {
        // A quoted parenthesis is an ordinary word.
        let words: Vec<&str> = tokens.iter().map(Token::bare).collect();
        match (in_block, words.as_slice()) {
            (true, [")"]) => Self::Closing,
            (true, [")", ..]) => Self::Wrong("unexpected text after the closing parenthesis"),
            (true, _) => Self::Directive,
            // This includes the marks of a merge conflict.
            (false, [name, ..]) if !name.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                Self::Wrong("expected a directive")
            }
            (false, [_, "(", ")"]) => Self::Empty,
            (false, [_, "("]) => Self::Opening,
            (false, [_, .., "("]) => Self::Wrong("expected one word before `(`"),
            (false, _) => Self::Directive,
        }
    }
}

/// Words of a line and its comment.
fn words(line: &str) -> Result<(Vec<Token>, Option<&str>), &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, Some(comment.trim())));
        }
        if rest.starts_with("/*") {
            return Err("only `//` comments are allowed");
        }
        let text;
        (text, rest) = match first {
            '"' => interpreted(&rest[1..])?,
            '`' => {
                let (raw, rest) =
                    rest[1..].split_once('`').ok_or("a quoted string is not closed")?;
                (raw.to_owned(), rest)
            }
            '(' | ')' | '[' | ']' | '{' | '}' | ',' => (first.to_string(), &rest[1..]),
            _ => {
                let end = end_of_word(rest);
                // A byte order mark or a control character would make a different word that looks
                // the same. Go rejects them too.
                if rest[..end].contains(|c: char| c.is_control() || c == '\u{feff}') {
                    return Err("unprintable character");
                }
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(Token { text, is_quoted: matches!(first, '"' | '`') });
        rest = rest.trim_start();
    }
    Ok((words, None))
}

/// A word ends at a space, at punctuation or where a comment touches it.
fn end_of_word(text: &str) -> usize {
    let is_end = |(at, c): &(usize, char)| {
        c.is_whitespace()
            || "()[]{},".contains(*c)
            || text[*at..].starts_with("//")
            || text[*at..].starts_with("/*")
    };
    text.char_indices().find(is_end).map_or(text.len(), |(at, _)| at)
}

/// Parses an interpreted string after its opening quote; returns it and the rest. Escapes are Go's.
fn interpreted(text: &str) -> Result<(String, &str), &'static str> {
    const WRONG: &str = "a quoted string has an invalid escape sequence";
    let mut word = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(['"', '\\']).ok_or("a quoted string is not closed")?;
        word.push_str(&rest[..end]);
        if rest.as_bytes()[end] == b'"' {
            return Ok((word, &rest[end + 1..]));
        }
        let escape = &rest[end + 1..];
        let kind = escape.chars().next().ok_or("a quoted string is not closed")?;
        let (character, length) = match kind {
            'n' => ('\n', 1),
            't' => ('\t', 1),
            'r' => ('\r', 1),
            'a' => ('\u{7}', 1),
            'b' => ('\u{8}', 1),
            'f' => ('\u{c}', 1),
            'v' => ('\u{b}', 1),
            '"' | '\\' => (kind, 1),
            'x' | 'u' | 'U' => {
                let digits = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let number = escape.get(1..=digits).ok_or(WRONG)?;
                if !number.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(WRONG);
                }
                let number = u32::from_str_radix(number, 16).map_err(|_| WRONG)?;
                // `\x80` and above are bytes in Go, not characters; no path can contain them.
                let limit = if kind == 'x' { 0x80 } else { u32::MAX };
                let character = char::from_u32(number).filter(|_| number < limit);
                (character.ok_or(WRONG)?, digits + 1)
            }
            _ => return Err(WRONG),
        };
        word.push(character);
        rest = &escape[length..];
    }
}
