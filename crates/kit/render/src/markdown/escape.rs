//! Escapes text so that GitHub shows it literally: no Markdown, HTML, mention, reference, link, formula or emoji in
//! it has an effect.

/// GitHub links mentions, issues and URLs after it has decoded entities. An empty comment separates them and, unlike
/// a zero-width joiner, is not copied with the text.
const APART: &str = "<!-- -->";

/// The context of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Markdown,
    /// Inside of an HTML block, where a backslash would be visible.
    Html,
}

/// One line of Markdown of at most `limit` bytes; a cut is marked.
pub(super) fn line(text: &str, limit: usize) -> String {
    within(text, limit, Form::Markdown)
}

/// One line inside of HTML of at most `limit` bytes; a cut is marked.
pub(super) fn html(text: &str, limit: usize) -> String {
    within(text, limit, Form::Html)
}

/// Text for the start of a line: nothing in it makes the line a heading, a list or code.
pub(super) fn opening(text: &str, limit: usize) -> String {
    let mut out = line(text, limit.saturating_sub(1));
    let digits = out.len() - out.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if out.starts_with(['=', '-', '+', ':']) || out[digits..].starts_with(['.', ')']) {
        out.insert(digits, '\\');
    }
    out
}

/// Lines as in CommonMark, where a single carriage return also ends a line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// A line of output, without control characters that move the cursor or change the text direction.
pub(super) fn verbatim(line: &str) -> String {
    line.chars().map(|c| if is_unseen(c) && c != '\t' { ' ' } else { c }).collect()
}

fn within(text: &str, limit: usize, form: Form) -> String {
    const CUT: &str = "…";
    let text = text.trim();
    let mut out = String::new();
    // Up to here, the mark for a cut still fits.
    let mut safe = 0;
    for (at, c) in text.char_indices() {
        write(&mut out, c, &text[at + c.len_utf8()..], form);
        if out.len() > limit {
            out.truncate(safe);
            out += CUT;
            break;
        }
        if out.len() + CUT.len() <= limit {
            safe = out.len();
        }
    }
    out
}

fn write(out: &mut String, c: char, rest: &str, form: Form) {
    match c {
        '&' => *out += "&amp;",
        '<' => *out += "&lt;",
        '>' => *out += "&gt;",
        // GitHub finds formulas in Markdown and in the rendered HTML. It recommends an element to prevent this.
        '$' if form == Form::Html => *out += "<span>$</span>",
        '$' => *out += "<span>\\$</span>",
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' if form == Form::Markdown => {
            out.push('\\');
            out.push(c);
        }
        c if is_unseen(c) => out.push(' '),
        c => out.push(c),
    }
    let begins_link = match c {
        '@' | '#' => true,
        ':' => rest.starts_with("//") || is_emoji(rest),
        '.' => ends_with(out, "www."),
        '-' => ends_with(out, "gh-") && rest.starts_with(|c: char| c.is_ascii_digit()),
        _ => false,
    };
    if begins_link {
        *out += APART;
    }
}

fn ends_with(out: &str, word: &str) -> bool {
    let end = out.len().checked_sub(word.len()).and_then(|start| out.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Whether a name and a colon follow the colon; the second colon may be our own after the text.
fn is_emoji(rest: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let after = rest.trim_start_matches(name);
    after.len() < rest.len() && (after.is_empty() || after.starts_with(':'))
}

/// Control characters, and characters that change the text direction.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_is_marked_and_what_just_fits_is_whole() {
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abc…");
        assert_eq!(line("a|", 3), "a\\|");
        assert_eq!(html("a|b", 100), "a|b");
    }

    #[test]
    fn lines_end_where_commonmark_ends_them() {
        assert_eq!(lines("a\r\nb\rc\n\nd").collect::<Vec<_>>(), ["a", "b", "c", "", "d"]);
        assert_eq!(verbatim("a\u{1b}[2J\tb\u{202e}"), "a [2J\tb ");
    }

    proptest! {
        #[test]
        fn the_limit_holds(text: String, limit in 3_usize..80) {
            for cut in [line(&text, limit), html(&text, limit)] {
                prop_assert!(cut.len() <= limit, "{cut}");
                prop_assert!(!cut.contains(['\n', '\r']));
            }
        }
    }
}
