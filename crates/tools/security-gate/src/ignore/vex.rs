//! OpenVEX (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>): statements that something is
//! not affected, or fixed.

use super::{Entry, Ignores, Wanted, ours};
use crate::evidence::Unsound;
use crate::reports;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@context")]
    context: Option<String>,
    timestamp: Option<Timestamp>,
    statements: Option<Vec<Statement>>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Vulnerability,
    timestamp: Option<Timestamp>,
    #[serde(default)]
    products: Vec<Product>,
    status: String,
    justification: Option<String>,
    impact_statement: Option<String>,
}

/// Version 0.0.1 had the name alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Name(String),
    Object {
        #[serde(rename = "@id")]
        id: Option<String>,
        name: Option<String>,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Product {
    Name(String),
    Object {
        #[serde(rename = "@id")]
        id: Option<String>,
        identifiers: Option<Identifiers>,
        #[serde(default)]
        subcomponents: Vec<Product>,
    },
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

/// Reads a document that a setting names. `name`: as it is told.
///
/// # Errors
/// It cannot be read or understood.
pub(super) fn read(path: &Path, name: &Path, ignores: &mut Ignores) -> Result<(), Unsound> {
    let refuse = |reason: String| Unsound {
        origin: name.to_owned(),
        reason,
        hint: "name an OpenVEX document in `vex`".to_owned(),
    };
    let bytes = fs_err::read(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    parse(&bytes, &name.display().to_string(), ignores).map_err(refuse)
}

/// Parses a document. Of several statements on the same, the latest counts.
///
/// # Errors
/// What is wrong.
pub(crate) fn parse(bytes: &[u8], name: &str, ignores: &mut Ignores) -> Result<(), String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| {
        format!("is not an OpenVEX document: {}", reports::line(&error.to_string(), 200))
    })?;
    if !document.context.is_some_and(|context| context.starts_with("https://openvex.dev/ns")) {
        return Err(
            "is not an OpenVEX document: `@context` does not begin with https://openvex.dev/ns"
                .to_owned(),
        );
    }
    let statements = document.statements.ok_or("has no `statements`")?;
    let mut latest: BTreeMap<(String, String), (Option<Timestamp>, Option<Entry>)> =
        BTreeMap::new();
    for statement in statements {
        let time = statement.timestamp.or(document.timestamp);
        let names = statement.vulnerability.names();
        let first = names.first().cloned().unwrap_or_default();
        let packages: Vec<Wanted> = statement.products.iter().flat_map(Product::packages).collect();
        let is_safe = matches!(statement.status.as_str(), "not_affected" | "fixed");
        if is_safe && packages.is_empty() {
            ignores.warnings.push(format!(
                "{name}: the statement on {} is not used: its products have no package URL",
                reports::line(&first, 100)
            ));
            continue;
        }
        let reason = statement.impact_statement.or(statement.justification);
        for wanted in packages {
            let entry = is_safe.then(|| Entry {
                names: names.clone(),
                packages: vec![wanted.clone()],
                paths: Vec::new(),
                reason: reason.clone().unwrap_or_else(|| statement.status.clone()),
                expires: None,
                place: name.to_owned(),
            });
            let key = (first.clone(), format!("{wanted:?}"));
            let is_newer = latest.get(&key).is_none_or(|(known, _)| *known <= time);
            if is_newer {
                latest.insert(key, (time, entry));
            }
        }
    }
    ignores.entries.extend(latest.into_values().filter_map(|(_, entry)| entry));
    Ok(())
}

impl Vulnerability {
    fn names(self) -> Vec<String> {
        match self {
            Self::Name(name) => vec![name],
            Self::Object { id, name, aliases } => {
                // An `@id` is an address that ends with the name.
                let of_id = || Some(id?.rsplit('/').next()?.to_owned());
                name.or_else(of_id).into_iter().chain(aliases).collect()
            }
        }
    }
}

impl Product {
    /// The packages that are meant: the parts, where it says in which the vulnerability is.
    fn packages(&self) -> Vec<Wanted> {
        match self {
            Self::Object { subcomponents, .. } if !subcomponents.is_empty() => {
                subcomponents.iter().flat_map(Self::packages).collect()
            }
            Self::Object { id, identifiers, .. } => {
                let purl = identifiers.as_ref().and_then(|it| it.purl.as_ref()).or(id.as_ref());
                purl.filter(|purl| purl.starts_with("pkg:"))
                    .map(|it| ours::wanted(it))
                    .into_iter()
                    .collect()
            }
            Self::Name(name) if name.starts_with("pkg:") => vec![ours::wanted(name)],
            Self::Name(_) => Vec::new(),
        }
    }
}
