//! Comments of a Go file that concern coverage: generated files and ignore comments.
//!
//! These forms are supported: `//coverage:ignore <reason>` (ours), `// coverage-ignore` of go-test-coverage,
//! `//+gocover:ignore:block` and `:file`; also as `/* … */`. After code they apply to that line, alone to the next line with
//! code. If a function or a block begins there, all of it is excluded; otherwise the statements that begin there.

use robot_golang::coverprofile::Counted;
use robot_golang::syntax::{Body, Comment, Position, Statement, Syntax};

/// An ignore comment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// Line of the comment, from 1.
    pub(crate) line: u32,
    /// The reason; if it is empty, the comment has no effect.
    pub(crate) reason: String,
    /// The range in which statements are excluded; empty if there is nothing to exclude.
    pub(crate) from: Position,
    pub(crate) to: Position,
    /// Number of statements that it excluded.
    pub(crate) left_out: u64,
}

const END: Position = Position { line: u32::MAX, column: u32::MAX };

/// <https://go.dev/s/generatedcode>
pub(crate) fn is_generated(text: &[u8], syntax: &Syntax) -> bool {
    syntax.comments.iter().take_while(|comment| comment.is_first).any(|comment| {
        let said = &text[comment.range.clone()];
        said.starts_with(b"// Code generated ")
            && said.trim_ascii_end().ends_with(b" DO NOT EDIT.")
            && comment.place.column == 1
    })
}

/// Whether the text may contain a relevant comment; most files have none.
pub(crate) fn says_something(text: &[u8]) -> bool {
    let says = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    says(b"// Code generated ")
        || says(b"coverage:ignore")
        || says(b"coverage-ignore")
        || says(b"gocover:ignore")
}

/// All ignore comments.
pub(crate) fn ignores(text: &[u8], syntax: &Syntax) -> Vec<Ignore> {
    let of = |comment: &Comment| {
        let said = String::from_utf8_lossy(&text[comment.range.clone()]);
        let (is_file, reason) = ignore(&said)?;
        let (from, to) = match is_file {
            true => (Position::default(), END),
            false => meant(comment, syntax),
        };
        let (line, reason) = (comment.place.line, reason.to_owned());
        Some(Ignore { line, reason, from, to, left_out: 0 })
    };
    syntax.comments.iter().filter_map(of).collect()
}

/// The range that a comment applies to.
fn meant(comment: &Comment, syntax: &Syntax) -> (Position, Position) {
    let begins = |line: u32| {
        // The largest element that begins there.
        let body = |body: &&Body| body.head.line == line || body.open.line == line;
        let block = syntax.bodies.iter().filter(body).max_by_key(|body| body.close);
        let statement = |one: &&Statement| one.start.line == line && !one.is_bare;
        let mut statements = syntax.statements.iter().filter(statement);
        match (block, statements.next()) {
            (Some(block), _) => Some((block.open, block.close)),
            (None, Some(first)) => {
                let last = statements.map(|one| one.end).max().unwrap_or(first.end);
                Some((first.start, last.max(first.end)))
            }
            (None, None) => None,
        }
    };
    let nothing = (comment.place, comment.place);
    if comment.is_trailing {
        let line = comment.place.line;
        // Inside of a multi-line statement.
        let around = |one: &&Statement| one.start.line < line && line <= one.head_end;
        return begins(line)
            .or_else(|| {
                let one = syntax.statements.iter().rfind(around)?;
                Some((one.start, one.end))
            })
            .unwrap_or(nothing);
    }
    // The next element: a declaration, a statement, or the end of the surrounding block.
    let here = comment.place;
    let next = syntax.statements.iter().map(|one| one.start).find(|start| *start > here);
    let head = |body: &Body| [body.head, body.open].into_iter().filter(|place| *place > here).min();
    let next = syntax.bodies.iter().filter_map(head).chain(next).min();
    let close = syntax.bodies.iter().map(|body| body.close).filter(|close| *close > here).min();
    match next {
        Some(next) if close.is_none_or(|close| next < close) => {
            begins(next.line).unwrap_or(nothing)
        }
        _ => nothing,
    }
}

impl Ignore {
    /// Whether an element that begins there is excluded, which needs a reason.
    pub(crate) fn covers(&self, place: Position) -> bool {
        !self.reason.is_empty() && self.from <= place && place < self.to
    }
}

/// Number of statements of a block that comments exclude. `inside` are the file's statements that begin in it. The counts in
/// `ignores` are updated.
pub(crate) fn left_out(ignores: &mut [Ignore], block: &Counted, inside: &[Statement]) -> u32 {
    let mut gone = 0;
    let all = inside.iter().filter(|statement| !statement.is_bare).count();
    for statement in inside.iter().filter(|statement| !statement.is_bare) {
        if let Some(ignore) = ignores.iter_mut().find(|ignore| ignore.covers(statement.start)) {
            ignore.left_out += 1;
            gone += 1;
        }
    }
    if all > 0 && gone as usize == all {
        return block.statements;
    }
    if all == 0 {
        // It has no known statements, as after a line directive.
        let start = crate::position::start(block.range);
        if let Some(ignore) = ignores.iter_mut().find(|ignore| ignore.covers(start)) {
            ignore.left_out += u64::from(block.statements);
            return block.statements;
        }
    }
    gone.min(block.statements)
}

/// Whether the comment excludes the whole file, and its reason.
fn ignore(comment: &str) -> Option<(bool, &str)> {
    let forms = [
        ("coverage:ignore-file", true),
        ("coverage:ignore", false),
        ("coverage-ignore", false),
        ("+gocover:ignore:file", true),
        ("+gocover:ignore:block", false),
    ];
    let inner = || comment.strip_prefix("/*")?.strip_suffix("*/");
    let text = comment.strip_prefix("//").or_else(inner)?.trim();
    let (rest, is_file) =
        forms.iter().find_map(|(form, is_file)| Some((text.strip_prefix(form)?, *is_file)))?;
    // `coverage-ignored` is a different word.
    let is_word = rest.is_empty() || rest.starts_with([' ', '\t', ':', '(']);
    is_word.then(|| (is_file, rest.trim_matches([' ', '\t', ':', '(', ')'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines of the statements that the comments of a text exclude.
    fn gone(text: &str) -> Vec<u32> {
        let syntax = Syntax::read(text.as_bytes());
        let ignores = ignores(text.as_bytes(), &syntax);
        let is_gone = |one: &&Statement| ignores.iter().any(|ignore| ignore.covers(one.start));
        syntax.statements.iter().filter(is_gone).map(|one| one.start.line).collect()
    }

    fn body(lines: &str) -> String {
        format!("package a\n\nfunc F() {{\n{lines}}}\n\nfunc G() {{\n\tx()\n}}\n")
    }

    #[test]
    fn behind_what_opens_a_block_it_means_the_block() {
        let text = body("\tif x { // coverage-ignore: never\n\t\ty()\n\t} else {\n\t\tz()\n\t}\n");
        assert_eq!(gone(&text), [5]);
        let text = body("\tif x {\n\t\ty()\n\t} else { //coverage:ignore never\n\t\tz()\n\t}\n");
        assert_eq!(gone(&text), [7]);
        let text = body(
            "\tswitch x {\n\tcase 1: //coverage:ignore never\n\t\ty()\n\tcase 2:\n\t\tz()\n\t}\n",
        );
        assert_eq!(gone(&text), [6]);
    }

    #[test]
    fn at_a_function_it_means_the_function() {
        for text in [
            "package a\n\nfunc F() { //coverage:ignore never\n\tx()\n}\n",
            "package a\n//coverage:ignore never\nfunc F() {\n\tx()\n}\n",
            "package a\n//coverage:ignore never\n// F is what it is.\n\nfunc F() {\n\tx()\n}\n",
            "package a\n// F is.\n/* coverage-ignore: never */\nfunc F(\n\ta int,\n) {\n\tx()\n}\n",
            "package a\nfunc F( //+gocover:ignore:block never\n\ta int,\n) {\n\tx()\n}\n",
        ] {
            let text = format!("{text}func G() {{\n\tx()\n}}\n");
            assert_eq!(gone(&text).len(), 1, "{text}");
            assert!(gone(&text)[0] < 9, "{text}");
        }
    }

    #[test]
    fn at_a_statement_it_means_the_statement() {
        assert_eq!(gone(&body("\ta()\n\tb() // coverage-ignore: never\n\tc()\n")), [5]);
        assert_eq!(gone(&body("\ta()\n\t// coverage-ignore: never\n\tb()\n\tc()\n")), [6]);
        assert_eq!(gone(&body("\ta(1,\n\t\t2) // coverage-ignore: never\n\tc()\n")), [4]);
        let literal = "\tgo func() { // coverage-ignore: never\n\t\ta()\n\t}()\n\tb()\n";
        assert_eq!(gone(&body(literal)), [5]);
        assert_eq!(gone(&body("\tif x {\n\t\t// coverage-ignore: never\n\t\treturn\n\t}\n")), [6]);
    }

    #[test]
    fn where_nothing_follows_nothing_is_meant() {
        assert_eq!(gone(&body("\ta()\n\t// coverage-ignore: never\n")), [0; 0]);
        assert_eq!(
            gone("package a\nvar x = 1 // coverage-ignore: never\nfunc F() {\n\tx()\n}\n"),
            [0; 0]
        );
        assert_eq!(gone(&body("\ta() // coverage-ignore\n")), [0; 0]);
    }

    #[test]
    fn a_whole_file_may_be_left_out() {
        let text = format!("//+gocover:ignore:file old\n{}", body("\ta()\n"));
        assert_eq!(gone(&text), [5, 9]);
    }

    #[test]
    fn what_only_looks_like_a_comment_or_a_brace_is_neither() {
        let text = "package a\nvar s = \"// coverage-ignore {\"\nvar r = `\n{ // coverage-ignore\n`\nvar c = '{'\n/* { // coverage-ignore */\nfunc F() { // coverage-ignored\n}\n";
        let syntax = Syntax::read(text.as_bytes());
        assert_eq!(ignores(text.as_bytes(), &syntax), []);
    }

    #[test]
    fn generated_files_say_so() {
        let generated = |text: &str| is_generated(text.as_bytes(), &Syntax::read(text.as_bytes()));
        assert!(generated("// Code generated by protoc. DO NOT EDIT.\npackage a\n"));
        assert!(!generated("package a\n// Code generated by hand. DO NOT EDIT.\n"));
        assert!(!generated("package a // Code generated by hand. DO NOT EDIT.\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let syntax = Syntax::read(&bytes);
            let ignores = ignores(&bytes, &syntax);
            prop_assert!(ignores.iter().all(|ignore| ignore.from <= ignore.to));
        }
    }
}
