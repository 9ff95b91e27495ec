//! The invisible line that identifies our comment.

/// The run that wrote the comment, and the key of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The report's key.
    pub(crate) key: String,
    /// Run and attempt, whose numbers increase.
    pub(crate) order: (u64, u64),
}

const HEAD: &str = "<!-- robot-actions:report";

impl Marker {
    pub(crate) fn line(&self) -> String {
        let (run, attempt) = self.order;
        format!("{HEAD} key={} run={run} attempt={attempt} -->", self.key)
    }

    /// Reads the first line of a comment.
    pub(crate) fn of(body: &str) -> Option<Self> {
        let line = body.lines().next()?.trim();
        let words = line.strip_prefix(HEAD)?.strip_suffix("-->")?;
        let value = |name: &str| {
            let of_name =
                |word: &'_ str| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
            words.split_whitespace().find_map(of_name)
        };
        let number = |name| value(name)?.parse().ok();
        Some(Self { key: value("key")?, order: (number("run")?, number("attempt")?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_marker_is_none() {
        for other in [
            "",
            "text",
            "<!-- robot-actions:report -->",
            "<!-- robot-actions:report key=a run=x attempt=1 -->",
            "text\n<!-- robot-actions:report key=a run=1 attempt=1 -->",
        ] {
            assert_eq!(Marker::of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_found(key in "[a-zA-Z0-9._-]{1,20}", run: u64, attempt: u64, text: String) {
            let marker = Marker { key, order: (run, attempt) };
            // GitHub returns line ends of both kinds, as browsers send them.
            for end in ["\n", "\r\n"] {
                let body = format!("{}{end}{text}", marker.line());
                prop_assert_eq!(Marker::of(&body), Some(marker.clone()));
            }
        }

        #[test]
        fn any_text_is_read(text: String) {
            let _ = Marker::of(&text);
        }
    }
}
