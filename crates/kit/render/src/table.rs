//! A table as text.

use robot_model::{Align, Table};
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Style};

/// Largest number of rows, columns and characters per cell. Each cell is padded to the widest of its column, so
/// without limits a small table could become a large text.
const ROWS: usize = 500;
const COLUMNS: usize = 30;
const CELL: usize = 200;

/// The table as aligned text, and the number of rows that were left out.
pub(crate) fn set(table: &Table, cell: impl Fn(&str) -> String) -> (String, u64) {
    let cell = |text: &String| cell(text).chars().take(CELL).collect::<String>();
    let mut builder = Builder::default();
    builder.push_record(table.columns.iter().take(COLUMNS).map(|column| cell(&column.heading)));
    for row in table.rows.iter().take(ROWS) {
        builder.push_record(row.iter().take(COLUMNS).map(cell));
    }
    let mut set = builder.build();
    set.with(Style::blank());
    for (index, column) in table.columns.iter().take(COLUMNS).enumerate() {
        if column.align == Align::Right {
            set.modify(Columns::one(index), Alignment::right());
        }
    }
    let more = table.rows.len().saturating_sub(ROWS) as u64;
    (set.to_string(), table.omitted.saturating_add(more))
}
