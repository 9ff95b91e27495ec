//! Finds the effects of a text when GitHub renders it, with a GFM parser.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use std::collections::BTreeSet;

/// All effects of a page other than showing text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Targets of links.
    pub links: BTreeSet<String>,
    /// Headings, as text.
    pub headings: Vec<String>,
    /// Tags of raw HTML.
    pub tags: BTreeSet<String>,
    /// Mentions, issues, URLs and emojis that GitHub creates from text.
    pub references: Vec<String>,
    /// Everything else: `image`, `block_quote`, `math`, …
    pub others: BTreeSet<&'static str>,
}

/// Reads a page as GitHub does.
pub fn effects(page: &str) -> Effects {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    let arena = Arena::new();
    let mut effects = Effects::default();
    let root = parse_document(&arena, page, &options);
    let mut text = String::new();
    effects.read(root, &mut text);
    effects.references_in(&text);
    effects
}

/// Stands for everything that parts two texts on a page.
const APART: char = '\u{0}';

impl Effects {
    /// `text` is what GitHub looks for references in.
    fn read<'a>(&mut self, node: &'a AstNode<'a>, text: &mut String) {
        let value = node.data().value.clone();
        match value {
            NodeValue::Text(more) => *text += &more,
            NodeValue::HtmlInline(html) => self.html(&html, text),
            NodeValue::HtmlBlock(block) => self.html(&block.literal, text),
            NodeValue::Link(link) => {
                self.links.insert(link.url.clone());
            }
            NodeValue::Heading(_) => self.headings.push(plain(node)),
            NodeValue::Document
            | NodeValue::Paragraph
            | NodeValue::Strong
            | NodeValue::List(_)
            | NodeValue::Item(_)
            | NodeValue::Table(_)
            | NodeValue::TableRow(_)
            | NodeValue::TableCell
            | NodeValue::SoftBreak
            | NodeValue::CodeBlock(_) => {}
            other => {
                self.others.insert(other.xml_node_name());
            }
        }
        node.children().for_each(|child| self.read(child, text));
        if !matches!(node.data().value, NodeValue::Text(_)) {
            text.push(APART);
        }
    }

    fn html(&mut self, html: &str, text: &mut String) {
        let mut rest = html;
        while let Some((before, after)) = rest.split_once('<') {
            let (tag, after) = match after.strip_prefix("!--") {
                Some(comment) => ("!--", comment.split_once("-->").unwrap_or_default().1),
                None => after.split_once('>').unwrap_or((after, "")),
            };
            self.tags.insert(tag.to_owned());
            *text += before;
            text.push(APART);
            rest = after;
        }
        *text += rest;
    }

    fn references_in(&mut self, text: &str) {
        let text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        for (at, _) in text.char_indices() {
            let word: String = text[at..].chars().take_while(|c| !c.is_whitespace()).collect();
            let word = word.split(APART).next().unwrap_or_default();
            if is_reference(word) {
                self.references.push(word.to_owned());
            }
        }
    }
}

fn is_reference(word: &str) -> bool {
    let small = word.to_ascii_lowercase();
    let then = |mark: &str, wanted: fn(char) -> bool| {
        small.strip_prefix(mark).is_some_and(|rest| rest.starts_with(wanted))
    };
    let emoji =
        small.strip_prefix(':').and_then(|rest| rest.split_once(':')).is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
        });
    then("@", |c| c.is_ascii_alphanumeric())
        || then("#", |c| c.is_ascii_digit())
        || then("gh-", |c| c.is_ascii_digit())
        || small.starts_with("://")
        || then("www.", |_| true)
        || emoji
        // A formula, in case the parser leaves it to a later stage.
        || (small.starts_with('$') && small[1..].contains('$'))
}

fn plain<'a>(node: &'a AstNode<'a>) -> String {
    node.descendants()
        .filter_map(|one| match &one.data().value {
            NodeValue::Text(text) => Some(text.to_string()),
            _ => None,
        })
        .collect()
}

/// Texts that do something on a page, should they get onto it as they are.
pub const HOSTILE: [&str; 44] = [
    "@org/team",
    "a@b.example",
    "#1",
    "acme/robot#2",
    "GH-3",
    "https://evil.example.com",
    "www.evil.example.com",
    "<https://evil.example.com>",
    "[x](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    "[x]: https://evil.example.com\n\n[x]",
    "<img src=x>",
    "<!--",
    "-->",
    "</summary>",
    "\n</details>\n\n# forged",
    "# forged",
    "\n# forged\n",
    "\r# forged\r@org/team\r![x](y)",
    "x\n===",
    "x\n---",
    "\n---\n",
    "- x",
    "+ x",
    "* x",
    "1. x",
    "2) x",
    "- [ ] x",
    "> x",
    "> [!NOTE]\n> x",
    "|a|\n|-|\n|b|",
    "a\n:-",
    "```\n# x\n```",
    "~~~\n# x",
    "`x`",
    "    x",
    "\tx",
    "**x** _x_ ~~x~~",
    "$x$ $$x$$ $`x`$",
    ":rocket: :+1:",
    "[^1] x[^1]\n\n[^1]: x",
    "\\",
    "&lt;img src=x&gt; &#64;org/team &commat;org/team",
    "\u{202e}x\u{0}\u{b}\u{c}\u{85}\u{2028}# forged",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_has_effects_and_what_is_harmless_has_none() {
        // These do something beside other text only, or make a list, a table or code, as ours do.
        let alone = ["-->", "\\", "    x", "\tx", "- x", "+ x", "* x", "1. x", "2) x", "a\n:-"];
        let blocks = ["```\n# x\n```", "~~~\n# x", "|a|\n|-|\n|b|"];
        for text in HOSTILE {
            let found = effects(text);
            let is_harmless = alone.contains(&text) || blocks.contains(&text);
            let is_harmless = is_harmless || text.starts_with('\u{202e}');
            assert_eq!(found == Effects::default(), is_harmless, "{text:?}: {found:?}");
        }
        assert_eq!(
            effects("# a\n\nb"),
            Effects { headings: vec!["a".into()], ..Effects::default() }
        );
    }
}
