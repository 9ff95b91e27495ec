use robot_model::{Align, Table};
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Style};

/// The table as aligned text; `markdown` chooses pipes, else plain columns. Cells must already be
/// escaped for the form.
pub(crate) fn set(table: &Table, markdown: bool, cell: impl Fn(&str) -> String) -> String {
    let mut builder = Builder::default();
    builder.push_record(table.columns.iter().map(|column| cell(&column.heading)));
    for row in &table.rows {
        builder.push_record(row.iter().map(|text| cell(text)));
    }
    let mut set = builder.build();
    if markdown {
        set.with(Style::markdown());
    } else {
        set.with(Style::blank());
    }
    for (index, column) in table.columns.iter().enumerate() {
        if column.align == Align::Right {
            set.modify(Columns::one(index), Alignment::right());
        }
    }
    set.to_string()
}
