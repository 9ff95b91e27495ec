//! Quantities: `500m`, `64Mi`, `1e3`.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use std::fmt;

/// A text that is no quantity of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoQuantity(String);

impl fmt::Display for NoQuantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a quantity of bytes such as `64Mi`", self.0)
    }
}

impl std::error::Error for NoQuantity {}

/// Bytes of a quantity, rounded up.
///
/// # Errors
/// The text is no quantity, or it is below zero or more than 2^53.
pub fn bytes(text: &str) -> Result<u64, NoQuantity> {
    let wrong = || NoQuantity(text.chars().take(40).collect());
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let factor = match suffix {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        exponent => {
            let power = exponent.strip_prefix(['e', 'E']).ok_or_else(wrong)?;
            let power: i32 = power.parse().map_err(|_| wrong())?;
            10_f64.powi(power.clamp(-30, 30))
        }
    };
    let value = (number * factor).ceil();
    (0.0..=9_007_199_254_740_992.0).contains(&value).then_some(value as u64).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::bytes;
    use proptest::prelude::*;

    #[test]
    fn quantities_are_bytes() {
        for (text, expected) in [
            ("0", 0),
            ("128", 128),
            ("64Mi", 64 << 20),
            ("1.5Gi", 3 << 29),
            ("100M", 100_000_000),
            ("1e3", 1000),
            ("1500m", 2),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "Mi", "64 Mi", "-1", "64MiB", "1e", "9999Ti", "nan", "inf"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in any::<String>()) {
            let _ = bytes(&text);
        }
    }
}
