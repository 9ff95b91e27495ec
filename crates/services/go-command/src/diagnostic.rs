//! What a failed go command said, as findings.

use robot_model::{Finding, Level, Location};

/// Errors that are shown; a compiler stops at ten a package by itself.
const LIMIT: usize = 50;

/// Findings of level error from what a failed go command said: the compiler's and vet's
/// `pkg/a.go:2:17: undefined: x`, relative to where go ran. Lines that begin with a tab continue the
/// one before. Text without any such line is one finding with all of it, so there is always one.
pub fn diagnostics(text: &str, rule: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in text.lines() {
        if let (true, Some(last)) = (line.starts_with('\t'), findings.last_mut()) {
            let separator = if last.detail.is_empty() { "" } else { "\n" };
            last.detail += separator;
            last.detail += line.trim_start();
        } else if let Some(finding) = one(line, rule) {
            findings.push(finding);
        }
    }
    if findings.is_empty() {
        let title = text.lines().find(|line| !line.starts_with('#'));
        findings.push(Finding {
            level: Level::Error,
            rule: rule.to_owned(),
            title: title.unwrap_or("go failed and said nothing").to_owned(),
            detail: text.to_owned(),
            location: None,
        });
    }
    findings.truncate(LIMIT);
    findings
}

fn one(line: &str, rule: &str) -> Option<Finding> {
    // What vet cannot type-check it says with its name before it.
    let line = line.strip_prefix("vet: ").unwrap_or(line);
    let end = line.find(".go:")? + ".go".len();
    let (path, rest) = (&line[..end], &line[end + 1..]);
    let (number, rest) = rest.split_once(':')?;
    let number = number.parse().ok()?;
    let column = rest.split_once(':').and_then(|(column, rest)| Some((column.parse().ok()?, rest)));
    let (column, title) = column.map_or((None, rest), |(column, rest)| (Some(column), rest));
    let path = path.trim_start_matches("./");
    // A file outside of the repository cannot be annotated, but is named.
    let outside = path.starts_with(['/', '.']) || path.contains(' ');
    Some(Finding {
        level: Level::Error,
        rule: rule.to_owned(),
        title: if outside { line.trim().to_owned() } else { title.trim().to_owned() },
        detail: String::new(),
        location: (!outside).then(|| Location {
            path: path.to_owned(),
            line: Some(number),
            column,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // go1.26.8: a package that does not type-check, and one that imports what is not there.
    const COMPILER: &str = "# example.com/echo-robot/pkg/redact\n\
        pkg/redact/b.go:2:17: undefined: undefined\n\
        pkg/redact/b.go:7:2: missing return\n";

    #[test]
    fn each_error_has_its_place() {
        let findings = diagnostics(COMPILER, "build");
        let titles: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(titles, ["undefined: undefined", "missing return"]);
        assert_eq!(
            findings[0].location,
            Some(Location { path: "pkg/redact/b.go".into(), line: Some(2), column: Some(17) })
        );
    }

    #[test]
    fn continued_lines_belong_to_their_error() {
        let findings = diagnostics("a.go:9:7: cannot use x\n\thave M()\n\twant M(int)\n", "build");
        assert_eq!(findings[0].detail, "have M()\nwant M(int)");
    }

    #[test]
    fn what_has_no_place_in_the_repository_is_not_annotated() {
        let all = diagnostics("go: updates to go.mod needed\n", "build");
        assert_eq!((all.len(), all[0].location.as_ref()), (1, None));
        let text = "/usr/lib/go/src/x.go:3:1: no\n../y.go:1: no\n";
        let outside = diagnostics(text, "build");
        assert!(outside.iter().all(|finding| finding.location.is_none()));
        assert!(outside[0].title.contains("/usr/lib/go/src/x.go:3"));
    }
}
