//! Text that every XML parser accepts.

use std::borrow::Cow;

/// Replaces each character that XML 1.0 does not allow, even escaped, by `U+FFFD`
/// (<https://www.w3.org/TR/xml/#charsets>). File names and output of tests may contain such characters.
pub fn xml(text: &str) -> Cow<'_, str> {
    let is_allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(is_allowed) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|character| if is_allowed(character) { character } else { '\u{FFFD}' })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_forbids_is_replaced_and_nothing_else() {
        let allowed = "\t\n\r é\u{FFFD}\u{10FFFF}";
        assert_eq!(super::xml(allowed), allowed);
        assert_eq!(super::xml("a\0\u{1b}\u{FFFE}\u{FFFF}b"), "a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}b");
    }
}
