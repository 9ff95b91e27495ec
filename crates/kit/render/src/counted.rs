//! Counts with their nouns.

/// A count with its noun: `1 test`, `2 tests`. The plural must end in `s`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "test")), ["0 tests", "1 test", "2 tests"]);
    }
}
