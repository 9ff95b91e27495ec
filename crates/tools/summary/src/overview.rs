//! The table of all robots and its figures.

use crate::part::Part;
use robot_model::{Figure, Table, Unit};

/// Largest number of parts in the table.
const ROWS: usize = 100;
/// Largest number of figures, because an untrusted result may have any.
const FIGURES: usize = 8;

/// Figures with the same name. Counts are added up; others stay separate.
struct Named<'a> {
    name: &'a str,
    figures: Vec<&'a Figure>,
}

/// Figures by name, in order of appearance.
fn by_name<'a>(figures: impl Iterator<Item = &'a Figure>) -> Vec<Named<'a>> {
    let mut all: Vec<Named<'_>> = Vec::new();
    for figure in figures {
        match all.iter().position(|named| named.name == figure.name) {
            Some(known) => all[known].figures.push(figure),
            None if all.len() < FIGURES => {
                all.push(Named { name: &figure.name, figures: vec![figure] });
            }
            None => {}
        }
    }
    all
}

impl Named<'_> {
    /// Their sum, if they can be added up.
    fn sum(&self) -> Option<Figure> {
        let can_be_added =
            |figure: &&Figure| figure.unit == Unit::Count && figure.shown().is_some();
        let value = self.figures.iter().map(|figure| figure.value).sum();
        let sum = Figure { name: self.name.to_owned(), value, unit: Unit::Count };
        self.figures.iter().all(can_be_added).then_some(sum)
    }

    /// The text in the table. An invalid number is never shown as a number.
    fn cell(&self) -> String {
        if let Some(sum) = self.sum() {
            return sum.shown().unwrap_or_default();
        }
        let shown = |figure: &&Figure| figure.shown().unwrap_or_else(|| "n/a".to_owned());
        self.figures.iter().take(4).map(shown).collect::<Vec<_>>().join(" / ")
    }
}

/// Findings about invalid numbers of a part.
pub(crate) fn impossible(part: &Part) -> Vec<String> {
    let impossible = part.figures().filter(|figure| figure.shown().is_none());
    let told = |figure: &Figure| format!("`{}` has an invalid value", figure.name);
    impossible.take(FIGURES).map(told).collect()
}

/// The headline numbers of all parts; for several parts, only those that can be added up.
pub(crate) fn sums(parts: &[Part]) -> Vec<Figure> {
    if let [part] = parts {
        return part.figures().take(FIGURES).cloned().collect();
    }
    by_name(parts.iter().flat_map(Part::figures)).iter().filter_map(Named::sum).collect()
}

pub(crate) fn table(parts: &[Part]) -> Table {
    let columns = by_name(parts.iter().flat_map(Part::figures));
    let names: Vec<String> = columns.iter().map(|named| format!(">{}", named.name)).collect();
    let headings = ["", "robot", "why"].into_iter().chain(names.iter().map(String::as_str));
    let mut table = Table::new("Robots", headings);
    for part in parts.iter().take(ROWS) {
        let name = if part.name.is_empty() { "robot" } else { &part.name };
        let why = part.cause().filter(|_| !part.verdict().is_green()).unwrap_or_default();
        let words = [part.verdict().mark().to_owned(), name.to_owned(), why];
        let own = by_name(part.figures());
        let cells = columns.iter().map(|column| {
            let named = own.iter().find(|named| named.name == column.name);
            named.map_or(String::new(), Named::cell)
        });
        table.row(words.into_iter().chain(cells));
    }
    table.omitted = parts.len().saturating_sub(ROWS) as u64;
    table
}
