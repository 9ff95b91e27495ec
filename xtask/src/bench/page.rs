//! Figures as a page of docs/benchmarks.md.

use std::fmt::Write as _;
use std::time::Duration;

/// A table of figures with what was done.
pub(crate) struct Section {
    title: String,
    text: String,
    /// `>` before a heading: numbers, to the right.
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Section {
    pub(crate) fn new(title: &str, text: &str, headings: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            text: text.to_owned(),
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    pub(crate) fn markdown(&self) -> String {
        let mut page = format!("## {}\n\n{}\n\n", self.title, self.text);
        let headings: Vec<_> =
            self.headings.iter().map(|name| name.trim_start_matches('>')).collect();
        let rules: Vec<_> = self
            .headings
            .iter()
            .map(|name| if name.starts_with('>') { "--:" } else { "---" })
            .collect();
        let _ = writeln!(page, "| {} |\n| {} |", headings.join(" | "), rules.join(" | "));
        for row in &self.rows {
            let _ = writeln!(page, "| {} |", row.join(" | "));
        }
        for note in &self.notes {
            let _ = write!(page, "\n{note}\n");
        }
        page
    }
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
