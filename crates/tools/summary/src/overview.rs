//! The table of all robots, and the numbers in it.

use crate::compose::cause;
use crate::part::Part;
use robot_model::Table;
use serde_json::Value;

/// Parts that the table shows.
const ROWS: usize = 100;

/// The numbers of a part as they are shown, and those that cannot be.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    cells: [String; 4],
    pub(crate) impossible: Vec<String>,
}

impl Numbers {
    /// Reads them. A number that is none, or that cannot be, is never shown as one.
    pub(crate) fn of(part: &Part) -> Self {
        let mut numbers = Self::default();
        let percent = |value: &Value| {
            let percent = value.as_f64().filter(|percent| (0.0..=100.0).contains(percent))?;
            Some(format!("{percent:.1} %"))
        };
        let points = |value: &Value| {
            let points = value.as_f64().filter(|points| points.abs() <= 100.0)?;
            Some(format!("{points:+.1}"))
        };
        let count = |value: &Value| value.as_u64().map(|count| count.to_string());
        numbers.cells = [
            numbers.read(part, "go-test", "passed", count),
            numbers.read(part, "go-test", "failed", count),
            numbers.read(part, "coverage-gate", "total", percent),
            numbers.read(part, "coverage-gate", "change", points),
        ];
        numbers
    }

    fn read(
        &mut self,
        part: &Part,
        tool: &str,
        key: &str,
        show: impl Fn(&Value) -> Option<String>,
    ) -> String {
        let mut documents = part.steps.iter().map(|step| &step.document);
        let document = documents.find(|document| document.tool == tool);
        let value = document.map_or(&Value::Null, |document| &document.outputs[key]);
        if value.is_null() {
            return String::new();
        }
        show(value).unwrap_or_else(|| {
            self.impossible.push(format!("`{key}` of {tool} is a number that cannot be"));
            "n/a".to_owned()
        })
    }
}

pub(crate) fn table(parts: &[Part]) -> Table {
    let headings = ["", "robot", "why", ">passed", ">failed", ">coverage", ">change"];
    let mut table = Table::new("Robots", headings);
    for part in parts.iter().take(ROWS) {
        let name = if part.name.is_empty() { "robot" } else { &part.name };
        let why = cause(part).filter(|_| !part.verdict().is_green()).unwrap_or_default();
        let words = [part.verdict().mark().to_owned(), name.to_owned(), why];
        table.row(words.into_iter().chain(Numbers::of(part).cells));
    }
    table.omitted = parts.len().saturating_sub(ROWS) as u64;
    table
}
