//! Converts the output of a failed go command to findings.

use robot_contract::Checkout;
use robot_model::{Finding, Location};

/// Largest number of errors; the compiler itself stops at ten per package.
const LIMIT: usize = 50;

/// Findings of level error from the output of a failed go command: messages of the compiler and vet such as
/// `pkg/a.go:2:17: undefined: x`, relative to the working folder of `checkout`. Lines that begin with a tab continue
/// the previous one. Output without such lines becomes one finding, so that there is always at least one.
pub fn diagnostics(text: &str, rule: &str, checkout: &Checkout) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in text.lines() {
        if let (true, Some(last)) = (line.starts_with('\t'), findings.last_mut()) {
            let separator = if last.detail.is_empty() { "" } else { "\n" };
            last.detail += separator;
            last.detail += line.trim_start();
        } else if let Some(finding) = one(line, rule, checkout) {
            findings.push(finding);
        }
    }
    if findings.is_empty() {
        let title = text.lines().find(|line| !line.starts_with('#'));
        let title = title.unwrap_or("the go command failed without a message");
        findings.push(Finding::error(rule, title).detail(text));
    }
    findings.truncate(LIMIT);
    findings
}

fn one(line: &str, rule: &str, checkout: &Checkout) -> Option<Finding> {
    // vet prefixes type errors with its name.
    let line = line.strip_prefix("vet: ").unwrap_or(line);
    let end = line.find(".go:")? + ".go".len();
    let (path, rest) = (&line[..end], &line[end + 1..]);
    let (number, rest) = rest.split_once(':')?;
    let number = number.parse().ok()?;
    let column = rest.split_once(':').and_then(|(column, rest)| Some((column.parse().ok()?, rest)));
    let (column, title) = column.map_or((None, rest), |(column, rest)| (Some(column), rest));
    // A file outside of the repository cannot be annotated, but the title names it.
    let path = checkout.path(path).filter(|_| !path.contains(' '));
    let place = path.map(|path| Location { column, ..Location::line(path, number) });
    let title = if place.is_some() { title } else { line };
    Some(Finding::error(rule, title.trim()).at(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::RepoPath;
    use std::path::Path;

    /// Of go that ran in the folder `robot` of a repository.
    fn diagnostics(text: &str, rule: &str) -> Vec<Finding> {
        let checkout = Checkout::new(Path::new("/checkout/robot"), Path::new("robot"));
        super::diagnostics(text, rule, &checkout)
    }

    // go1.26.8: a package that does not type-check, and one that imports what is not there.
    const COMPILER: &str = "# example.com/echo-robot/pkg/redact\n\
        pkg/redact/b.go:2:17: undefined: undefined\n\
        pkg/redact/b.go:7:2: missing return\n";

    #[test]
    fn each_error_has_its_place() {
        let findings = diagnostics(COMPILER, "build");
        let titles: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(titles, ["undefined: undefined", "missing return"]);
        let path = RepoPath::new("robot/pkg/redact/b.go").unwrap();
        let place = Location { column: Some(17), ..Location::line(path, 2) };
        assert_eq!(findings[0].location, Some(place));
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
        let text = "/usr/lib/go/src/x.go:3:1: no\n../../y.go:1: no\n";
        let outside = diagnostics(text, "build");
        assert!(outside.iter().all(|finding| finding.location.is_none()));
        assert!(outside[0].title.contains("/usr/lib/go/src/x.go:3"));
    }

    #[test]
    fn a_module_beside_the_working_folder_is_in_the_repository() {
        for told in ["../lib/y.go:1: no\n", "/checkout/lib/y.go:1: no\n"] {
            let found = diagnostics(told, "build");
            assert_eq!(found[0].location.as_ref().unwrap().path.as_str(), "lib/y.go");
            assert_eq!(found[0].title, "no");
        }
    }
}
