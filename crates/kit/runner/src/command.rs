//! Workflow commands: lines on standard output that the runner interprets.

use robot_model::{Finding, Level};
use std::fmt::Write as _;

/// Number of characters of an annotation's message that GitHub keeps.
pub const MESSAGE_LIMIT: usize = 4096;

/// One annotation line, without a line end.
pub fn annotation(finding: &Finding) -> String {
    let mut line = match finding.level {
        Level::Notice => "::notice ".to_owned(),
        Level::Warning => "::warning ".to_owned(),
        Level::Error => "::error ".to_owned(),
    };
    if let Some(location) = &finding.location {
        let _ = write!(line, "file={},", escape_property(location.path.as_str()));
        if let Some(number) = location.line {
            let _ = write!(line, "line={number},");
        }
        if let Some(number) = location.end_line {
            let _ = write!(line, "endLine={number},");
        }
        if let Some(column) = location.column {
            let _ = write!(line, "col={column},");
        }
    }
    let _ = write!(line, "title={}::", escape_property(&finding.title));
    let message = if finding.detail.is_empty() { &finding.title } else { &finding.detail };
    let end = message.char_indices().nth(MESSAGE_LIMIT).map_or(message.len(), |(at, _)| at);
    line.push_str(&escape_data(&message[..end]));
    line
}

/// Opens a collapsible group of log lines.
pub fn group(title: &str) -> String {
    format!("::group::{}", escape_data(title))
}

/// Closes the group.
pub const fn end_group() -> &'static str {
    "::endgroup::"
}

/// Masks `secret` in all later log lines. A value of several lines is masked line by line, because the runner
/// reads one line at a time.
pub fn mask(secret: &str) -> Vec<String> {
    secret
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("::add-mask::{}", escape_data(line)))
        .collect()
}

/// Makes the runner ignore commands in the following output (of code under test), until [`resume_commands`]
/// with the same random token.
pub fn stop_commands(token: &str) -> String {
    format!("::stop-commands::{token}")
}

/// Ends [`stop_commands`].
pub fn resume_commands(token: &str) -> String {
    format!("::{token}::")
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use robot_model::{Location, RepoPath};

    fn finding(title: &str, detail: &str) -> Finding {
        let path = RepoPath::new("a,b:c.go").unwrap();
        let place = Location { end_line: Some(5), ..Location::line(path, 3) };
        Finding::error("test-failed", title).detail(detail).at(place)
    }

    #[test]
    fn an_annotation_carries_place_title_and_message() {
        assert_eq!(
            annotation(&finding("TestA: 50%", "got 1\nwant 2")),
            "::error file=a%2Cb%3Ac.go,line=3,endLine=5,title=TestA%3A 50%25::got 1%0Awant 2"
        );
    }

    proptest! {
        /// Whatever a test prints, the runner sees one line and one command.
        #[test]
        fn an_annotation_is_always_one_line(title in any::<String>(), detail in any::<String>()) {
            let line = annotation(&finding(&title, &detail));
            prop_assert!(!line.contains(['\n', '\r']));
            let properties = &line["::error ".len()..];
            let title_end = properties.find("::").unwrap();
            let expected = format!("title={}", escape_property(&title));
            prop_assert!(properties[..title_end].ends_with(&expected));
        }
    }
}
