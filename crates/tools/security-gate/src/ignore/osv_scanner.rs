//! `osv-scanner.toml` (<https://google.github.io/osv-scanner/configuration/>).

use super::trivyignore::day;
use super::{Entry, Ignores, Wanted};
use crate::evidence::{Package, bare_version};
use crate::reports;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    #[serde(rename = "IgnoredVulns")]
    ignored: Vec<Ignored>,
    #[serde(rename = "PackageOverrides")]
    overrides: Vec<Override>,
}

#[derive(Deserialize)]
struct Ignored {
    id: String,
    #[serde(rename = "ignoreUntil")]
    until: Option<toml::Value>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Override {
    name: Option<String>,
    version: Option<String>,
    ecosystem: Option<String>,
    #[serde(default)]
    ignore: bool,
    vulnerability: Option<Vulnerability>,
    #[serde(rename = "effectiveUntil")]
    until: Option<toml::Value>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    ignore: bool,
}

/// Reads the file's text.
pub(crate) fn read(text: &str, name: &str, ignores: &mut Ignores) {
    let document: Document = match toml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let said = reports::line(error.message(), 300);
            ignores.warnings.push(format!("{name} is not used: {said}"));
            return;
        }
    };
    for one in document.ignored {
        add(vec![one.id], Vec::new(), one.until, one.reason, name, ignores);
    }
    for one in document.overrides {
        let is_meant = one.ignore || one.vulnerability.is_some_and(|it| it.ignore);
        let is_go = one.ecosystem.as_deref().is_none_or(|ecosystem| ecosystem == "Go");
        if !is_meant {
            continue;
        }
        let Some(package) = one.name.filter(|_| is_go) else {
            ignores.warnings.push(format!(
                "{name}: a package override is not used: it has no name, or its ecosystem is not Go"
            ));
            continue;
        };
        let version = one.version.map(|version| bare_version(&version).to_owned());
        let wanted = Wanted { package: Package::go(&package), version };
        add(Vec::new(), vec![wanted], one.until, one.reason, name, ignores);
    }
}

fn add(
    names: Vec<String>,
    packages: Vec<Wanted>,
    until: Option<toml::Value>,
    reason: String,
    name: &str,
    ignores: &mut Ignores,
) {
    let until = until.map(|value| match value {
        toml::Value::String(text) => text,
        toml::Value::Datetime(time) => time.to_string(),
        // Not understood, which is told below.
        _ => String::new(),
    });
    match until.as_deref().map(day).transpose() {
        Ok(expires) => ignores.entries.push(Entry {
            names,
            packages,
            paths: Vec::new(),
            reason,
            expires,
            place: name.to_owned(),
        }),
        Err(_) => {
            let what = reports::line(names.first().map_or("an override", String::as_str), 100);
            ignores
                .warnings
                .push(format!("{name}: the entry {what} is not used: its date cannot be parsed"));
        }
    }
}
