//! Renders reports in every output format, as pure functions of the model.

mod address;
mod annotations;
mod counted;
mod html;
mod markdown;
mod sarif;
mod series;
mod svg;
mod table;
mod text;
mod xml;

pub use annotations::{ANNOTATION_LIMIT, annotations};
pub use counted::counted;
pub use html::page;
pub use markdown::{Sheet, report as markdown};
pub use sarif::{Property, SarifLog, SarifResult, SarifRun, sarif};
pub use svg::badge as badge_svg;
pub use text::report as text;
pub use xml::xml;

use robot_model::{Figure, Unit};

/// Shown instead of a block that only a later version can render.
const UNKNOWN: &str = "(not shown: a later version of robot-actions wrote this block)";

/// A figure as text: `41 passed`, `coverage 81.2 %`.
fn figure(figure: &Figure) -> Option<String> {
    let value = figure.shown()?;
    Some(match figure.unit {
        Unit::Count => format!("{value} {}", figure.name),
        _ => format!("{} {value}", figure.name),
    })
}
