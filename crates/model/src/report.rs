//! The report of a tool, as a closed set of blocks.

use crate::{Figure, Finding, Series, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The report of a tool, independent of any output format. Renderers are pure functions of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Title and verdict to show, if they are not those of the step that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
    /// One line: what was decided, with the number that matters most.
    pub headline: String,
    /// Headline numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// In reading order: what failed first, then what the owner may want to know.
    #[serde(default)]
    pub blocks: Vec<Block>,
}

/// Title and verdict of a report about something other than its own step, such as a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heading {
    /// What it is of.
    pub title: String,
    /// Verdict of the whole.
    pub verdict: Verdict,
}

impl Report {
    /// A report with only a headline.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// Appends a block, unless it is empty.
    pub fn push(&mut self, block: Block) {
        if !block.is_empty() {
            self.blocks.push(block);
        }
    }

    /// All findings in order, including those of sections.
    pub fn findings(&self) -> Box<dyn Iterator<Item = &Finding> + '_> {
        Box::new(self.blocks.iter().flat_map(|block| match block {
            Block::Section(section) => section.report.findings(),
            Block::Findings { findings, .. } => Box::new(findings.iter()),
            _ => Box::new(std::iter::empty()),
        }))
    }

    /// Changes every block, including those of sections, and removes blocks that are then empty.
    pub fn change(&mut self, change: &mut dyn FnMut(&mut Block)) {
        self.blocks.retain_mut(|block| {
            match block {
                Block::Section(section) => section.report.change(change),
                _ => change(block),
            }
            !block.is_empty()
        });
    }

    /// Changes every finding, including those of sections, and removes those for which `change` returns false.
    pub fn change_findings(&mut self, change: &mut dyn FnMut(&mut Finding) -> bool) {
        self.change(&mut |block| {
            if let Block::Findings { findings, .. } = block {
                findings.retain_mut(&mut *change);
            }
        });
    }
}

/// The kinds of blocks of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    /// Plain text; never interpreted as Markdown or HTML.
    Text {
        /// Paragraphs, separated by line ends.
        text: String,
    },
    /// Rows and columns.
    Table(Table),
    /// Findings, most important first.
    Findings {
        /// What they have in common.
        title: String,
        /// The findings.
        findings: Vec<Finding>,
    },
    /// What ran when.
    Timeline(Timeline),
    /// One value per label.
    Chart(Chart),
    /// Values over time.
    Series(Series),
    /// The report of a part, folded where the reader can open it.
    Section(Section),
    /// A kind of block that a later version wrote. Renderers show a note instead.
    #[serde(other)]
    Unknown,
}

impl Block {
    /// A paragraph of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Findings under a title.
    pub fn findings(title: impl Into<String>, findings: impl IntoIterator<Item = Finding>) -> Self {
        Self::Findings { title: title.into(), findings: findings.into_iter().collect() }
    }

    /// Whether the block is empty.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text { text } => text.is_empty(),
            Self::Table(table) => table.rows.is_empty(),
            Self::Findings { findings, .. } => findings.is_empty(),
            Self::Timeline(timeline) => timeline.bars.is_empty(),
            Self::Chart(chart) => chart.points.is_empty(),
            Self::Series(series) => series.lines.iter().all(|line| line.points.is_empty()),
            // A section always shows its verdict.
            Self::Section(_) | Self::Unknown => false,
        }
    }
}

/// A part with a verdict and a report of its own: a step of a pipeline, a shard, a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// What it is of.
    pub title: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Its report.
    pub report: Report,
}

/// Alignment of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Heading, with the unit where there is one: `wall (s)`.
    pub heading: String,
    /// Alignment of its cells.
    pub align: Align,
}

/// Rows of plain-text cells; each row is as long as `columns`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// What the table shows.
    pub title: String,
    /// The heads.
    pub columns: Vec<Column>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
    /// Number of rows that were left out.
    #[serde(default)]
    pub omitted: u64,
}

impl Table {
    /// An empty table. A heading that starts with `>` is a column of numbers, set to the right.
    pub fn new<'a>(title: impl Into<String>, headings: impl IntoIterator<Item = &'a str>) -> Self {
        let columns = headings
            .into_iter()
            .map(|heading| match heading.strip_prefix('>') {
                Some(number) => Column { heading: number.to_owned(), align: Align::Right },
                None => Column { heading: heading.to_owned(), align: Align::Left },
            })
            .collect();
        Self { title: title.into(), columns, rows: Vec::new(), omitted: 0 }
    }

    /// Appends a row, padded or cut to the number of columns.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }
}

/// What ran when, from one monotonic clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// What the timeline shows.
    pub title: String,
    /// In order of start.
    pub bars: Vec<TimelineBar>,
}

/// One bar of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineBar {
    /// What ran.
    pub label: String,
    /// Seconds since the timeline's zero.
    pub start: f64,
    /// Seconds since the timeline's zero, at least `start`.
    pub end: f64,
    /// How it ended.
    pub verdict: crate::Verdict,
}

/// One value per label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// What the chart shows.
    pub title: String,
    /// Unit of the values.
    pub unit: String,
    /// In the order shown.
    pub points: Vec<ChartPoint>,
}

/// One point of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChartPoint {
    /// What was measured.
    pub label: String,
    /// In the chart's unit.
    pub value: f64,
}
