//! Helpers of all blocks: text within a budget, titles, and the number of remaining entries.

use super::escape;

/// A rendered block.
#[derive(Default)]
pub(super) struct Written {
    /// Empty if nothing of it fits.
    pub(super) text: String,
    pub(super) is_cut: bool,
}

impl Written {
    pub(super) const NOTHING: Self = Self { text: String::new(), is_cut: true };
}

/// A title on its own line.
pub(super) fn heading(title: &str) -> String {
    format!("**{}**\n", bold(title))
}

/// Text between `**`. If it were empty, the marks would become a horizontal rule.
pub(super) fn bold(text: &str) -> String {
    let line = escape::line(text, super::LINE);
    if line.is_empty() { "…".to_owned() } else { line }
}

/// Largest length of [`remaining`] in bytes.
pub(super) const MORE: usize = "\n… and 18446744073709551615 more\n".len();

/// The number of remaining entries, as a line.
pub(super) fn remaining(more: u64) -> String {
    if more == 0 { String::new() } else { format!("\n… and {more} more\n") }
}
