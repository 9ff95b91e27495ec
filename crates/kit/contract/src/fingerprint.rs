//! Fingerprints, which identify the same finding in another run.

use data_encoding::HEXLOWER;
use robot_model::{Finding, Report};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Sets the fingerprint of each finding that has none. It does not depend on line numbers, which change.
/// Findings that are otherwise equal are distinguished by their order.
pub(crate) fn add(tool: &str, report: &mut Report) {
    let mut alike: HashMap<[u8; 32], u32> = HashMap::new();
    report.change_findings(&mut |finding| {
        if finding.fingerprint.is_none() {
            let known = alike.entry(identity(tool, finding)).or_default();
            let mut hash = Sha256::new_with_prefix(identity(tool, finding));
            hash.update(known.to_le_bytes());
            *known += 1;
            finding.fingerprint = Some(HEXLOWER.encode(&hash.finalize()[..16]));
        }
        true
    });
}

fn identity(tool: &str, finding: &Finding) -> [u8; 32] {
    let path = finding.location.as_ref().map_or("", |location| location.path.as_str());
    let mut hash = Sha256::new();
    for text in [tool, &finding.rule, path] {
        hash.update(text);
        hash.update([0]);
    }
    // Numbers such as in `lines 3 to 5` may change; a number inside of a name does not.
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    for word in finding.title.split_whitespace().filter(|word| !is_number(word)) {
        hash.update(word);
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::{Block, Location, RepoPath};

    fn fingerprints(findings: &[(&str, u32)]) -> Vec<String> {
        let path = || RepoPath::new("a.go").unwrap();
        let finding = |(title, line): &(&str, u32)| {
            Finding::error("uncovered", *title).at(Location::line(path(), *line))
        };
        let mut report = Report::new("");
        report.push(Block::findings("", findings.iter().map(finding)));
        add("coverage-gate", &mut report);
        report.findings().map(|finding| finding.fingerprint.clone().unwrap()).collect()
    }

    #[test]
    fn lines_may_move_and_names_may_not() {
        let before = fingerprints(&[("lines 3 to 5 are not covered", 3), ("TestA1 failed", 9)]);
        let after = fingerprints(&[("lines 7 to 9 are not covered", 7), ("TestA1 failed", 13)]);
        assert_eq!(before, after);
        assert_ne!(before[1], fingerprints(&[("TestA2 failed", 9)])[0]);
    }

    #[test]
    fn what_is_alike_is_told_apart() {
        let two = fingerprints(&[("undefined: x", 3), ("undefined: x", 4)]);
        assert_ne!(two[0], two[1]);
    }

    #[test]
    fn one_that_a_tool_gave_is_kept() {
        let mut report = Report::new("");
        let own = Finding { fingerprint: Some("own".to_owned()), ..Finding::error("a", "b") };
        report.push(Block::findings("", [own]));
        add("security-gate", &mut report);
        assert_eq!(report.findings().next().unwrap().fingerprint.as_deref(), Some("own"));
    }
}
