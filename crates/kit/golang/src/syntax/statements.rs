//! Positions of statements, as `cmd/cover` counts them.

use super::lexer::{Comment, Kind, Lexer, Token};

/// Line and column (bytes), from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// One statement that `cmd/cover` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Its first byte.
    pub start: Position,
    /// Last line of its own text: where it ends, or where the first block in it begins.
    pub head_end: u32,
    /// Lines of its own text after the last function literal in it; empty (first greater than last) without one.
    pub tail: (u32, u32),
    /// Position after its last byte, including blocks.
    pub end: Position,
    /// Whether it is a label or only braces: there is nothing to run, and it is counted with the preceding
    /// statement, if there is one.
    pub is_bare: bool,
}

/// A list of statements of a function, a block or a `case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    /// For the body of a function, its declaration; after `else`, the end of the word; for a `case`, the word; else
    /// `open`.
    pub head: Position,
    /// Its brace or colon.
    pub open: Position,
    /// Its last brace, or the next `case`.
    pub close: Position,
}

/// The structure of a file.
#[derive(Debug, Default)]
pub struct Syntax {
    /// Statements in order of position, without those of functions called `_`, which are not compiled.
    pub statements: Vec<Statement>,
    /// Lists in the order in which they end.
    pub bodies: Vec<Body>,
    /// Comments in order.
    pub comments: Vec<Comment>,
    /// Functions with a body that are not called `_`, from brace to brace, including function literals outside of
    /// functions.
    pub functions: Vec<(Position, Position)>,
    /// Lines with code, in order; empty unless requested.
    pub code_lines: Vec<u32>,
    /// Whether blocks or labels are nested too deeply: then the statements in them are missing.
    pub is_too_deep: bool,
}

/// Deepest nesting of blocks; deeper blocks are skipped.
const DEPTH: usize = 200;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The end of a statement.
    Semicolon,
    /// The brace that opens the body.
    Body,
    /// The colon behind a `case`.
    Colon,
}

struct Parser<'a> {
    text: &'a [u8],
    lexer: Lexer<'a>,
    token: Token,
    /// The previous token.
    previous: Kind,
    previous_end: Position,
    syntax: Syntax,
    depth: usize,
    is_counting: bool,
    wants_lines: bool,
    /// Blocks in a statement's own text: the line of the first brace and of the last closing brace.
    literals: Option<(u32, u32)>,
}

impl Syntax {
    /// Reads a file's text.
    pub fn read(text: &[u8]) -> Self {
        Self::parse(text, false)
    }

    /// As [`read`](Self::read), with [`code_lines`](Self::code_lines).
    pub fn with_lines(text: &[u8]) -> Self {
        Self::parse(text, true)
    }

    fn parse(text: &[u8], wants_lines: bool) -> Self {
        let mut lexer = Lexer::new(text);
        let token = lexer.next();
        let mut parser = Parser {
            text,
            lexer,
            token,
            previous: Kind::Semicolon,
            previous_end: Position { line: 1, column: 1 },
            syntax: Self::default(),
            depth: 0,
            is_counting: true,
            wants_lines,
            literals: None,
        };
        parser.file();
        let mut syntax = parser.syntax;
        syntax.comments = parser.lexer.comments;
        // A label is found before the statements after it, literals after their statement.
        if !syntax.statements.is_sorted_by_key(|statement| statement.start) {
            syntax.statements.sort_by_key(|statement| statement.start);
        }
        syntax
    }
}

impl Parser<'_> {
    fn advance(&mut self) {
        if self.wants_lines && !self.token.is_implied {
            let lines = &mut self.syntax.code_lines;
            let first = lines.last().map_or(0, |last| last + 1).max(self.token.place.line);
            lines.extend(first..=self.token.end.line);
        }
        (self.previous, self.previous_end) = (self.token.kind, self.token.end);
        self.token = self.lexer.next();
    }

    fn at(&self, kind: Kind) -> bool {
        self.token.kind == kind
    }

    fn take(&mut self, kind: Kind) -> bool {
        let is_here = self.at(kind);
        if is_here {
            self.advance();
        }
        is_here
    }

    fn file(&mut self) {
        while !self.at(Kind::End) {
            let start = self.token.start;
            if self.at(Kind::Func) {
                self.function();
            } else {
                self.expression(Until::Semicolon);
            }
            while matches!(self.token.kind, Kind::Semicolon) {
                self.advance();
            }
            if self.token.start == start && !self.at(Kind::End) {
                // What belongs nowhere.
                self.advance();
            }
        }
    }

    fn function(&mut self) {
        let head = self.token.place;
        self.advance();
        if self.at(Kind::Open) {
            self.group();
        }
        let is_blank = self.at(Kind::Name)
            && self.text.get(self.token.start) == Some(&b'_')
            && self.token.end.column == self.token.place.column + 1;
        self.take(Kind::Name);
        if self.at(Kind::OpenBracket) {
            self.group();
        }
        self.signature();
        if self.at(Kind::OpenBrace) {
            self.is_counting = !is_blank;
            let open = self.token.place;
            self.body(head);
            if self.is_counting {
                self.syntax.functions.push((open, self.previous_end));
            }
            self.is_counting = true;
        }
    }

    /// Parameters and results, after the name.
    fn signature(&mut self) {
        if self.at(Kind::Open) {
            self.group();
        }
        match self.token.kind {
            Kind::Open => self.group(),
            Kind::Name
            | Kind::Star
            | Kind::OpenBracket
            | Kind::Map
            | Kind::Chan
            | Kind::Arrow
            | Kind::Func
            | Kind::Struct
            | Kind::Interface => self.type_of(),
            _ => {}
        }
    }

    fn type_of(&mut self) {
        loop {
            match self.token.kind {
                Kind::Star | Kind::Arrow | Kind::Chan => self.advance(),
                Kind::OpenBracket => self.group(),
                Kind::Map => {
                    self.advance();
                    if self.at(Kind::OpenBracket) {
                        self.group();
                    }
                }
                Kind::Func => {
                    self.advance();
                    if self.depth < DEPTH {
                        self.depth += 1;
                        self.signature();
                        self.depth -= 1;
                    } else {
                        self.syntax.is_too_deep = true;
                    }
                    return;
                }
                Kind::Struct | Kind::Interface => {
                    self.advance();
                    if self.at(Kind::OpenBrace) {
                        self.group();
                    }
                    return;
                }
                Kind::Open => return self.group(),
                Kind::Name => {
                    self.advance();
                    while self.take(Kind::Dot) {
                        self.take(Kind::Name);
                    }
                    if self.at(Kind::OpenBracket) {
                        self.group();
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// Brackets of any kind with their contents, which contain no statements.
    fn group(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.token.kind {
                Kind::Open | Kind::OpenBracket | Kind::OpenBrace => depth += 1,
                Kind::Close | Kind::CloseBracket | Kind::CloseBrace => {
                    depth = depth.saturating_sub(1);
                }
                Kind::End => return,
                _ => {}
            }
            self.advance();
            if depth == 0 {
                return;
            }
        }
    }

    /// Braces with statements between them.
    fn body(&mut self, head: Position) {
        let open = self.token.place;
        if self.depth >= DEPTH {
            self.syntax.is_too_deep = true;
            return self.group();
        }
        self.depth += 1;
        self.advance();
        let mut clause: Option<(Position, Position)> = None;
        while !matches!(self.token.kind, Kind::CloseBrace | Kind::End) {
            let start = self.token.start;
            if matches!(self.token.kind, Kind::Case | Kind::Default) {
                self.end_clause(&mut clause);
                let head = self.token.place;
                self.advance();
                self.expression(Until::Colon);
                clause = Some((head, self.token.place));
                self.take(Kind::Colon);
            } else {
                self.statement();
                let is_end = self.take(Kind::Semicolon);
                if !is_end && self.token.start == start {
                    // What belongs nowhere.
                    self.advance();
                }
            }
        }
        self.end_clause(&mut clause);
        let close = self.token.place;
        self.take(Kind::CloseBrace);
        self.syntax.bodies.push(Body { head, open, close });
        self.depth -= 1;
    }

    fn end_clause(&mut self, clause: &mut Option<(Position, Position)>) {
        if let Some((head, open)) = clause.take() {
            self.syntax.bodies.push(Body { head, open, close: self.token.place });
        }
    }

    /// One statement, without the semicolon after it.
    fn statement(&mut self) {
        let start = self.token.place;
        let outer = self.literals.take();
        match self.token.kind {
            Kind::Semicolon if self.token.is_implied => {}
            Kind::Semicolon => {
                let index = self.count(start);
                self.ended(index, self.token.end);
            }
            Kind::OpenBrace => {
                let index = self.count(start);
                self.mark_bare(index);
                self.body(start);
                self.ended(index, self.previous_end);
            }
            Kind::If => self.conditional(),
            Kind::For | Kind::Switch | Kind::Select => {
                let index = self.count(start);
                self.advance();
                self.expression(Until::Body);
                self.ended_head(index);
                if self.at(Kind::OpenBrace) {
                    self.body(self.token.place);
                }
                self.ended(index, self.previous_end);
            }
            _ => {
                let index = self.count(start);
                self.expression(Until::Semicolon);
                if self.at(Kind::Colon) && self.previous == Kind::Name {
                    self.advance();
                    self.labelled(index);
                } else {
                    self.ended_head(index);
                    self.ended(index, self.previous_end);
                }
            }
        }
        self.literals = outer;
    }

    /// The statement after a label. A labelled loop or `switch` begins at the label.
    fn labelled(&mut self, index: usize) {
        let is_control = matches!(self.token.kind, Kind::For | Kind::Switch | Kind::Select);
        if matches!(self.token.kind, Kind::CloseBrace) {
            self.mark_bare(index);
            return;
        }
        let behind = self.syntax.statements.len();
        if self.depth >= DEPTH {
            // A label of a label is read as part of one statement.
            self.syntax.is_too_deep = true;
            self.mark_bare(index);
            return self.expression(Until::Semicolon);
        }
        self.depth += 1;
        if !is_control {
            self.mark_bare(index);
            self.statement();
            self.depth -= 1;
            return;
        }
        self.statement();
        self.depth -= 1;
        if self.is_counting && behind < self.syntax.statements.len() {
            let control = self.syntax.statements.remove(behind);
            if let Some(label) = self.syntax.statements.get_mut(index) {
                *label = Statement { start: label.start, ..control };
            }
        }
    }

    fn mark_bare(&mut self, index: usize) {
        self.ended_head(index);
        self.ended(index, self.previous_end);
        if let Some(label) = self.syntax.statements.get_mut(index).filter(|_| self.is_counting) {
            label.is_bare = true;
        }
    }

    /// `if` and all its `else`.
    fn conditional(&mut self) {
        let mut chain = Vec::new();
        loop {
            self.literals = None;
            let index = self.count(self.token.place);
            chain.push(index);
            self.advance();
            self.expression(Until::Body);
            self.ended_head(index);
            if self.at(Kind::OpenBrace) {
                self.body(self.token.place);
            }
            if !self.take(Kind::Else) {
                break;
            }
            if !self.at(Kind::If) {
                if self.at(Kind::OpenBrace) {
                    // The block of an `else` begins directly after the word.
                    self.body(self.previous_end);
                }
                break;
            }
        }
        for index in chain {
            self.ended(index, self.previous_end);
        }
    }

    /// Adds a statement; returns its index.
    fn count(&mut self, start: Position) -> usize {
        let index = self.syntax.statements.len();
        if self.is_counting {
            let tail = (1, 0);
            let (head_end, end) = (start.line, start);
            self.syntax.statements.push(Statement { start, head_end, tail, end, is_bare: false });
        }
        index
    }

    /// Ends the statement's own text, except for its body.
    fn ended_head(&mut self, index: usize) {
        let (line, literals) = (self.previous_end.line, self.literals);
        let statement = self.syntax.statements.get_mut(index).filter(|_| self.is_counting);
        let Some(statement) = statement else { return };
        match literals {
            Some((first, last)) => {
                statement.head_end = first;
                statement.tail = (last, line);
            }
            None => statement.head_end = line.max(statement.start.line),
        }
    }

    fn ended(&mut self, index: usize, end: Position) {
        if let Some(statement) = self.syntax.statements.get_mut(index).filter(|_| self.is_counting)
        {
            statement.end = end;
        }
    }

    /// Reads text up to its end, with the function literals in it, without consuming the end.
    fn expression(&mut self, until: Until) {
        let mut depth = 0_usize;
        // A label is a name at the very start.
        let mut is_first = until == Until::Semicolon && self.depth > 0;
        loop {
            match self.token.kind {
                Kind::End => return,
                Kind::Semicolon if depth == 0 && until != Until::Body => return,
                Kind::Colon if depth == 0 && (until == Until::Colon || is_first) => return,
                Kind::OpenBrace if depth == 0 && until == Until::Body => return,
                Kind::Close | Kind::CloseBracket | Kind::CloseBrace if depth == 0 => return,
                Kind::Open | Kind::OpenBracket | Kind::OpenBrace => {
                    let is_type = self.at(Kind::OpenBracket) && !self.previous.ends_operand();
                    if is_type {
                        self.type_of();
                        depth += usize::from(self.take(Kind::OpenBrace));
                        continue;
                    }
                    depth += 1;
                }
                Kind::Close | Kind::CloseBracket | Kind::CloseBrace => depth -= 1,
                Kind::Func => {
                    self.literal();
                    is_first = false;
                    continue;
                }
                Kind::Map | Kind::Chan | Kind::Struct | Kind::Interface => {
                    self.type_of();
                    depth += usize::from(self.take(Kind::OpenBrace));
                    continue;
                }
                _ => {}
            }
            is_first &= self.at(Kind::Name) && self.previous != Kind::Name;
            self.advance();
        }
    }

    /// A function literal, or a function's type.
    fn literal(&mut self) {
        let head = self.token.place;
        let is_type = self.previous == Kind::CloseBracket;
        self.advance();
        self.signature();
        if is_type || !self.at(Kind::OpenBrace) {
            return;
        }
        let open = self.token.place;
        let outer = self.literals.take();
        self.body(head);
        if self.depth == 0 {
            self.syntax.functions.push((open, self.previous_end));
        }
        let first = outer.map_or(open.line, |(first, _)| first);
        self.literals = Some((first, self.previous_end.line));
    }
}
