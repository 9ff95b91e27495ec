//! trivy's `.trivyignore` and `.trivyignore.yaml`
//! (<https://trivy.dev/latest/docs/configuration/filtering/>).

use super::{Entry, Ignores, globs, ours};
use crate::reports;
use jiff::civil::Date;
use serde::Deserialize;

/// `ID`, `ID exp:2027-01-31`, comments behind `#`. trivy drops a line whose day it does not
/// understand; here it is told.
pub(crate) fn lines(text: &str, name: &str, ignores: &mut Ignores) {
    for (index, line) in text.lines().enumerate() {
        let at = format!("{name}:{}", index + 1);
        let (line, comment) = line.split_once('#').unwrap_or((line, ""));
        let mut words = line.split_whitespace();
        let Some(id) = words.next() else { continue };
        let mut expires = None;
        let mut is_sound = true;
        for word in words {
            match word.strip_prefix("exp:").map(str::parse::<Date>) {
                Some(Ok(day)) => expires = Some(day),
                Some(Err(_)) => is_sound = false,
                None => {}
            }
        }
        if !is_sound {
            ignores.warnings.push(format!("{at} is not used: its date cannot be parsed"));
            continue;
        }
        ignores.entries.push(Entry {
            names: vec![id.to_owned()],
            packages: Vec::new(),
            paths: Vec::new(),
            reason: comment.trim().to_owned(),
            expires,
            place: at,
        });
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Document {
    vulnerabilities: Vec<Line>,
    misconfigurations: Vec<Line>,
    secrets: Vec<Line>,
    licenses: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    purls: Vec<String>,
    expired_at: Option<String>,
    statement: Option<String>,
}

/// The same as YAML.
pub(crate) fn yaml(text: &str, name: &str, ignores: &mut Ignores) {
    let document: Document = match serde_saphyr::from_str::<Option<Document>>(text) {
        Ok(document) => document.unwrap_or_default(),
        Err(error) => {
            let said = reports::line(&error.without_snippet().to_string(), 300);
            ignores.warnings.push(format!("{name} is not used: {said}"));
            return;
        }
    };
    let Document { vulnerabilities, misconfigurations, secrets, licenses } = document;
    let licenses =
        licenses.into_iter().map(|line| Line { id: format!("licence-{}", line.id), ..line });
    let all = vulnerabilities.into_iter().chain(misconfigurations).chain(secrets).chain(licenses);
    for line in all {
        let expires = line.expired_at.as_deref().map(day).transpose();
        let (Ok(expires), Ok(paths)) = (expires, globs(&line.paths)) else {
            let id = reports::line(&line.id, 100);
            ignores.warnings.push(format!(
                "{name}: the entry {id} is not used: its date or a path cannot be parsed"
            ));
            continue;
        };
        ignores.entries.push(Entry {
            names: vec![line.id],
            packages: line.purls.iter().map(|purl| ours::wanted(purl)).collect(),
            paths,
            reason: line.statement.unwrap_or_default(),
            expires,
            place: name.to_owned(),
        });
    }
}

/// A day, or the day of a time.
pub(super) fn day(text: &str) -> Result<Date, jiff::Error> {
    text.get(..10).unwrap_or(text).parse()
}
