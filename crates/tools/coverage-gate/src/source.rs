//! What a Go file says about its own coverage: that it was generated, and what is to be left out.
//!
//! Forms that are understood: `//coverage:ignore <reason>` (ours), `// coverage-ignore` of
//! go-test-coverage, `//+gocover:ignore:block` and `:file`. At the end of a line that opens a block
//! they mean that block; alone on a line they mean the next one.

/// A comment that leaves something out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// Line of the comment, from 1.
    pub(crate) line: u32,
    /// Empty when none is given: then it does not count.
    pub(crate) reason: String,
    /// From where to where statements are left out; lines and columns from 1.
    pub(crate) from: (u32, u32),
    pub(crate) to: (u32, u32),
}

/// What matters of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// <https://go.dev/s/generatedcode>
    pub(crate) is_generated: bool,
    pub(crate) ignores: Vec<Ignore>,
}

const END: (u32, u32) = (u32::MAX, u32::MAX);

#[derive(Debug)]
struct Comment {
    line: u32,
    text: String,
    /// Code stands before it on its line.
    is_trailing: bool,
    /// No code stands before it in the file.
    is_first: bool,
}

/// What a file is made of.
#[derive(Debug, Default)]
struct Lexed {
    comments: Vec<Comment>,
    braces: Vec<Braces>,
    /// Line of the last function that has a body.
    function: Option<u32>,
}

/// A pair of braces: line and column of each.
type Braces = ((u32, u32), (u32, u32));

/// Reads a file's text. Text that is not Go gives what can be made of it.
pub(crate) fn scan(text: &[u8]) -> Source {
    let mut source = Source::default();
    // Most files hold none of the words: they are not looked at byte by byte.
    let says = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    if !says(b"ignore") && !says(b"// Code generated ") {
        return source;
    }
    let Lexed { comments, braces, .. } = lex(text);
    for comment in &comments {
        let marker = comment.text.trim_end();
        source.is_generated |= marker.starts_with("// Code generated ")
            && marker.ends_with(" DO NOT EDIT.")
            && comment.is_first;
        let Some((is_file, reason)) = ignore(marker) else { continue };
        let line = if comment.is_trailing { comment.line } else { comment.line + 1 };
        let block =
            braces.iter().filter(|(open, _)| open.0 == line).max_by_key(|(_, close)| *close);
        let (from, to) = match (is_file, block) {
            (true, _) => ((0, 0), END),
            (false, Some((open, close))) => (*open, *close),
            (false, None) => ((line, 0), (line, u32::MAX)),
        };
        source.ignores.push(Ignore { line: comment.line, reason: reason.to_owned(), from, to });
    }
    source
}

/// Line of the last function with a body, from 1; functions called `_` are not compiled.
pub(crate) fn last_function(text: &[u8]) -> Option<u32> {
    lex(text).function
}

impl Ignore {
    /// Whether a block that begins there is left out: only with a reason.
    pub(crate) fn leaves_out(&self, line: u32, column: u32) -> bool {
        !self.reason.is_empty() && self.from <= (line, column) && (line, column) <= self.to
    }
}

/// Whether the comment leaves out the whole file, and its reason.
fn ignore(comment: &str) -> Option<(bool, &str)> {
    let forms = [
        ("coverage:ignore-file", true),
        ("coverage:ignore", false),
        ("coverage-ignore", false),
        ("+gocover:ignore:file", true),
        ("+gocover:ignore:block", false),
    ];
    let text = comment.strip_prefix("//")?.trim_start();
    let (rest, is_file) =
        forms.iter().find_map(|(form, is_file)| Some((text.strip_prefix(form)?, *is_file)))?;
    // `coverage-ignored` is another word.
    let is_word = rest.is_empty() || rest.starts_with([' ', '\t', ':', '(']);
    is_word.then(|| (is_file, rest.trim_matches([' ', '\t', ':', '(', ')'])))
}

fn lex(text: &[u8]) -> Lexed {
    let mut lexed = Lexed::default();
    let mut open = Vec::new();
    let (mut line, mut start, mut at) = (1_u32, 0, 0);
    let (mut has_code, mut seen_code) = (false, false);
    // A function whose body may come, and parentheses that are open: those of its parameters.
    let (mut function, mut parentheses) = (None, 0_u32);
    while let Some(&byte) = text.get(at) {
        let column = u32::try_from(at - start + 1).unwrap_or(u32::MAX);
        if column == 1 && byte.is_ascii_alphabetic() && open.is_empty() && parentheses == 0 {
            // Another declaration: the one before had no body.
            function = None;
        }
        match (byte, text.get(at + 1)) {
            (b'\n', _) => {
                line += 1;
                start = at + 1;
                has_code = false;
            }
            (b'/', Some(b'/')) => {
                let length = text[at..].iter().position(|byte| *byte == b'\n');
                let end = length.map_or(text.len(), |length| at + length);
                let said = String::from_utf8_lossy(&text[at..end]).into_owned();
                let comment =
                    Comment { line, text: said, is_trailing: has_code, is_first: !seen_code };
                lexed.comments.push(comment);
                at = end;
                continue;
            }
            (b'/', Some(b'*')) => {
                let end = find(&text[at + 2..], b"*/").map_or(text.len(), |end| at + 2 + end + 2);
                let skipped = &text[at..end];
                count_lines(skipped, at, &mut line, &mut start);
                at = end;
                continue;
            }
            (b'"' | b'\'' | b'`', _) => {
                let end = at + quoted(&text[at..]);
                count_lines(&text[at..end], at, &mut line, &mut start);
                (has_code, seen_code) = (true, true);
                at = end;
                continue;
            }
            (b'{', _) => {
                if open.is_empty() && parentheses == 0 {
                    lexed.function = function.take().or(lexed.function);
                }
                open.push((line, column));
                has_code = true;
            }
            (b'}', _) => {
                if let Some(opened) = open.pop() {
                    lexed.braces.push((opened, (line, column)));
                }
                has_code = true;
            }
            (b'(', _) => parentheses += 1,
            (b')', _) => parentheses = parentheses.saturating_sub(1),
            (b'f', _) if column == 1 && open.is_empty() => {
                parentheses = 0;
                let rest = text[at..].strip_prefix(b"func ");
                function = rest.filter(|rest| !rest.starts_with(b"_(")).map(|_| line);
                has_code = true;
            }
            (byte, _) => has_code |= !byte.is_ascii_whitespace(),
        }
        seen_code |= has_code;
        at += 1;
    }
    lexed
}

/// Length of the literal that `text` begins with; up to the end of the line or text when it has
/// none.
fn quoted(text: &[u8]) -> usize {
    let quote = text[0];
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' if quote != b'`' => at += 1,
            b'\n' if quote != b'`' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

fn count_lines(skipped: &[u8], at: usize, line: &mut u32, start: &mut usize) {
    for (index, _) in skipped.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        *line += 1;
        *start = at + index + 1;
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_comment_at_a_block_means_the_block() {
        let text = b"package a\n\nfunc F() { //coverage:ignore only on Windows\n\tif x {\n\t\ty()\n\t}\n}\n";
        let source = scan(text);
        assert_eq!(
            source.ignores,
            [Ignore { line: 3, reason: "only on Windows".into(), from: (3, 10), to: (7, 1) }]
        );
    }

    #[test]
    fn the_last_function_with_a_body_is_found() {
        let text = "package a\nfunc F(a struct{}) (b int,\n) {\n}\ntype T struct{\n}\nfunc stub(a interface{}) int\nvar f = func() {}\n";
        assert_eq!(last_function(text.as_bytes()), Some(2));
        assert_eq!(last_function(b"package a\nvar s = `\nfunc F() {}`\n"), None);
    }

    #[test]
    fn alone_on_its_line_it_means_the_next() {
        let text = b"package a\n// coverage-ignore: never called\nfunc F() {\n}\nvar x = 1 // coverage-ignore\n";
        let source = scan(text);
        assert_eq!((source.ignores[0].from, source.ignores[0].to), ((3, 10), (4, 1)));
        assert_eq!(source.ignores[0].reason, "never called");
        // Without a block: its line. Without a reason it is kept, so that it can be told.
        assert_eq!((source.ignores[1].from, source.ignores[1].to), ((5, 0), (5, u32::MAX)));
        assert_eq!(source.ignores[1].reason, "");
    }

    #[test]
    fn what_only_looks_like_a_comment_or_a_brace_is_neither() {
        let text = b"package a\nvar s = \"// coverage-ignore {\"\nvar r = `\n{ // coverage-ignore\n`\nvar c = '{'\n/* { // coverage-ignore */\nfunc F() { // coverage-ignored\n}\n";
        let source = scan(text);
        assert!(source.ignores.is_empty() && !source.is_generated, "{source:?}");
    }

    #[test]
    fn generated_files_say_so() {
        assert!(scan(b"// Code generated by protoc. DO NOT EDIT.\npackage a\n").is_generated);
        assert!(!scan(b"package a\n// Code generated by hand. DO NOT EDIT.\n").is_generated);
        assert!(!scan(b"package a // Code generated by hand. DO NOT EDIT.\n").is_generated);
        assert_eq!(scan(b"//+gocover:ignore:file old\npackage a\n").ignores[0].to, END);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let source = scan(&bytes);
            prop_assert!(source.ignores.iter().all(|ignore| ignore.from <= ignore.to));
        }
    }
}
