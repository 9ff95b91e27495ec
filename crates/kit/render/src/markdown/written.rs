//! What all blocks are written with: a text within its budget, titles, and how much more there is.

use super::escape;

/// What became of a block.
#[derive(Default)]
pub(super) struct Written {
    /// Empty when nothing of it fits.
    pub(super) text: String,
    pub(super) is_cut: bool,
}

impl Written {
    pub(super) const NOTHING: Self = Self { text: String::new(), is_cut: true };
}

/// A title that stands alone.
pub(super) fn heading(title: &str) -> String {
    format!("**{}**\n", bold(title))
}

/// What may stand between `**`: without a word these would be a line across the page.
pub(super) fn bold(text: &str) -> String {
    let line = escape::line(text, super::LINE);
    if line.is_empty() { "…".to_owned() } else { line }
}

/// Bytes of [`remaining`].
pub(super) const MORE: usize = "\n… and 18446744073709551615 more\n".len();

/// How many more there are.
pub(super) fn remaining(more: u64) -> String {
    if more == 0 { String::new() } else { format!("\n… and {more} more\n") }
}
