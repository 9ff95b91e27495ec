//! Reports in every form that a person or a machine reads: pure functions of the model.

mod annotations;
mod counted;
mod html;
mod markdown;
mod svg;
mod table;
mod text;
mod xml;

pub use annotations::{ANNOTATION_LIMIT, annotations};
pub use counted::counted;
pub use html::page;
pub use markdown::{Section, Sheet, comment, report as markdown};
pub use svg::{badge as badge_svg, timeline as timeline_svg};
pub use text::report as text;
pub use xml::xml;
