//! Headline numbers of a report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A headline number. A number that could not be measured is omitted, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// Name shown to readers: `passed`, `coverage`.
    pub name: String,
    /// The value, in the unit.
    pub value: f64,
    /// Decides how the value is written.
    pub unit: Unit,
}

/// The unit of a [`Figure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// How many there are: a whole number.
    Count,
    /// A percentage, from 0 to 100.
    Percent,
    /// The change of a percentage, in percentage points.
    Points,
    /// A duration.
    Seconds,
    /// A size.
    Bytes,
}

impl Figure {
    /// How many there are.
    pub fn count(name: impl Into<String>, value: usize) -> Self {
        Self { name: name.into(), value: value as f64, unit: Unit::Count }
    }

    /// A percentage, from 0 to 100; `None` if there is no value.
    pub fn percent(name: impl Into<String>, value: Option<f64>) -> Option<Self> {
        Some(Self { name: name.into(), value: value?, unit: Unit::Percent })
    }

    /// The change of a percentage, in percentage points; `None` if nothing was compared.
    pub fn points(name: impl Into<String>, value: Option<f64>) -> Option<Self> {
        Some(Self { name: name.into(), value: value?, unit: Unit::Points })
    }

    /// The formatted value; `None` for an invalid one, which an untrusted document may contain.
    pub fn shown(&self) -> Option<String> {
        let value = self.value;
        let is_possible = match self.unit {
            Unit::Count => value.fract() == 0.0 && (0.0..1e15).contains(&value),
            Unit::Percent => (0.0..=100.0).contains(&value),
            Unit::Points => value.abs() <= 100.0,
            Unit::Seconds | Unit::Bytes => (0.0..1e15).contains(&value),
        };
        is_possible.then(|| match self.unit {
            Unit::Count => format!("{value:.0}"),
            Unit::Percent => format!("{value:.1} %"),
            // A change that rounds to zero is shown as none.
            Unit::Points if value.abs() < 0.05 => "±0".to_owned(),
            Unit::Points => format!("{value:+.1}"),
            Unit::Seconds => format!("{value:.1} s"),
            Unit::Bytes if value >= 1e6 => format!("{:.1} MB", value / 1e6),
            Unit::Bytes if value >= 1e3 => format!("{:.1} kB", value / 1e3),
            Unit::Bytes => format!("{value:.0} B"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Unit};

    #[test]
    fn a_value_is_shown_in_its_unit_if_it_can_be() {
        let shown = |value: f64, unit| Figure { name: String::new(), value, unit }.shown();
        for (value, unit, expected) in [
            (41.0, Unit::Count, "41"),
            (81.25, Unit::Percent, "81.2 %"),
            (-0.5, Unit::Points, "-0.5"),
            (0.01, Unit::Points, "±0"),
            (2.0, Unit::Seconds, "2.0 s"),
            (2.5e6, Unit::Bytes, "2.5 MB"),
            (12.0, Unit::Bytes, "12 B"),
        ] {
            assert_eq!(shown(value, unit).as_deref(), Some(expected));
        }
        for (value, unit) in [
            (-5.0, Unit::Count),
            (1.5, Unit::Count),
            (f64::NAN, Unit::Percent),
            (100.1, Unit::Percent),
            (1e300, Unit::Points),
            (-1.0, Unit::Seconds),
            (f64::INFINITY, Unit::Bytes),
        ] {
            assert_eq!(shown(value, unit), None, "{value} {unit:?}");
        }
    }
}
