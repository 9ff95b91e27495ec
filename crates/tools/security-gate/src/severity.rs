//! Severities as scanners and settings write them.

pub use robot_model::Severity;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

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
    let words = [
        (Severity::Unknown, "No scanner says"),
        (Severity::Low, "CVSS below 4"),
        (Severity::Medium, "CVSS 4.0 to 6.9"),
        (Severity::High, "CVSS 7.0 to 8.9"),
        (Severity::Critical, "CVSS 9.0 and above"),
    ];
    let words = words.map(|(severity, help)| PossibleValue::new(severity.word()).help(help));
    PossibleValuesParser::new(words).map(|word| of_word(&word))
}
