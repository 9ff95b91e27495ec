use robot_model::{Finding, Level, Location};

/// Errors that are shown; a compiler stops at ten a package by itself.
const LIMIT: usize = 50;

/// The compiler's `pkg/a.go:2:17: undefined: x`, relative to where go ran; lines that begin with a
/// tab continue the one before.
pub(crate) fn parse(text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in text.lines() {
        if let (true, Some(last)) = (line.starts_with('\t'), findings.last_mut()) {
            let separator = if last.detail.is_empty() { "" } else { "\n" };
            last.detail += separator;
            last.detail += line.trim_start();
        } else if let Some(finding) = one(line) {
            findings.push(finding);
        }
    }
    findings.truncate(LIMIT);
    findings
}

fn one(line: &str) -> Option<Finding> {
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
        rule: "build".to_owned(),
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
        let findings = parse(COMPILER);
        let titles: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(titles, ["undefined: undefined", "missing return"]);
        assert_eq!(
            findings[0].location,
            Some(Location { path: "pkg/redact/b.go".into(), line: Some(2), column: Some(17) })
        );
    }

    #[test]
    fn continued_lines_belong_to_their_error() {
        let findings = parse("a.go:9:7: cannot use x\n\thave M()\n\twant M(int)\n");
        assert_eq!(findings[0].detail, "have M()\nwant M(int)");
    }

    #[test]
    fn what_has_no_place_in_the_repository_is_not_annotated() {
        assert!(parse("go: updates to go.mod needed\n").is_empty());
        let outside = parse("/usr/lib/go/src/x.go:3:1: no\n../y.go:1: no\n");
        assert!(outside.iter().all(|finding| finding.location.is_none()));
        assert!(outside[0].title.contains("/usr/lib/go/src/x.go:3"));
    }
}
