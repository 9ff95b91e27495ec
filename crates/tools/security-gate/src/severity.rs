//! Severities as scanners and settings write them.

pub use robot_model::Severity;

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A word as scanners write it: `HIGH`, `moderate`.
pub(crate) fn of_word(word: &str) -> Severity {
    match word.to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" | "important" => Severity::High,
        "medium" | "moderate" => Severity::Medium,
        "low" | "negligible" => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// Takes the words of settings.
pub(crate) fn parser() -> impl TypedValueParser<Value = Severity> {
    let words =
        [Severity::Unknown, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    PossibleValuesParser::new(words.map(Severity::word)).map(|word| of_word(&word))
}
