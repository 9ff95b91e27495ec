//! Which names of advisories mean the same one: the closure over everything that any report says.

use crate::evidence::{Evidence, Scan};
use std::collections::HashMap;

/// Names by group.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<String, usize>,
    parents: Vec<usize>,
}

impl Names {
    /// The closure over all that the scans say.
    pub(crate) fn of<'a>(scans: impl IntoIterator<Item = &'a Scan>) -> Self {
        let mut names = Self::default();
        for scan in scans {
            for evidence in &scan.findings {
                if evidence.package().is_some() || !evidence.aliases.is_empty() {
                    let linked = linked(evidence);
                    names.join(evidence.names().chain(linked));
                }
            }
            for group in &scan.alias_groups {
                names.join(group.iter().map(String::as_str));
            }
        }
        names
    }

    fn join<'a>(&mut self, group: impl IntoIterator<Item = &'a str>) {
        let mut group = group.into_iter();
        let Some(first) = group.next() else { return };
        let mut root = self.number(first);
        root = self.root_of(root);
        for name in group {
            let number = self.number(name);
            let other = self.root_of(number);
            self.parents[other] = root;
        }
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.parents.len();
        self.parents.push(number);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn root_of(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            // Halves the way for the next one.
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    /// The group of a name; `None` where no report has the name.
    pub(crate) fn group(&self, name: &str) -> Option<usize> {
        let mut number = *self.numbers.get(name)?;
        while self.parents[number] != number {
            number = self.parents[number];
        }
        Some(number)
    }
}

/// Names in links that can be taken for the same advisory: of each kind that the evidence does not have
/// itself, if there is just one. Pages of other advisories are linked as well.
pub(crate) fn linked(evidence: &Evidence) -> impl Iterator<Item = &str> {
    let kind = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    evidence.mentions.iter().map(String::as_str).filter(move |name| {
        let mine = kind(name);
        let is_other = |other: &String| kind(other) == mine && other != name;
        !evidence.names().any(|own| kind(own) == mine) && !evidence.mentions.iter().any(is_other)
    })
}

/// Where an advisory or a rule of gosec is explained, by its name.
pub(crate) fn page(name: &str) -> Option<String> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let pages = [
        ("GO-", "https://pkg.go.dev/vuln/"),
        ("GHSA-", "https://github.com/advisories/"),
        ("CVE-", "https://nvd.nist.gov/vuln/detail/"),
    ];
    let page = pages.iter().find(|(prefix, _)| name.starts_with(prefix));
    let is_of_gosec = || {
        name.strip_prefix('G').is_some_and(|number| {
            number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let of_gosec =
        || is_of_gosec().then(|| "https://github.com/securego/gosec#available-rules".to_owned());
    page.map(|(_, page)| format!("{page}{name}")).or_else(of_gosec)
}

/// The name that people know best comes first: CVE, GHSA, GO, others.
pub(crate) fn rank(name: &str) -> (usize, &str) {
    let known = ["CVE-", "GHSA-", "GO-"];
    let rank = known.iter().position(|prefix| name.starts_with(prefix));
    (rank.unwrap_or(known.len()), name)
}
