//! OpenVEX of what is known of each advisory, with package URLs that other tools find again.

use crate::decide::Judged;
use crate::evidence::{Package, Reachability};
use crate::merge::{About, Row};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use packageurl::PackageUrl;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// An OpenVEX document, serialized as it is.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: &'static str,
    timestamp: String,
    version: u32,
    statements: Vec<Statement<'a>>,
}

#[derive(Debug, Serialize)]
struct Statement<'a> {
    vulnerability: Vulnerability<'a>,
    products: Vec<Product>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<String>,
}

#[derive(Debug, Serialize)]
struct Vulnerability<'a> {
    name: &'a str,
    aliases: &'a [String],
}

#[derive(Debug, Serialize)]
struct Product {
    #[serde(rename = "@id")]
    id: String,
    identifiers: Identifiers,
}

#[derive(Debug, Serialize)]
struct Identifiers {
    purl: String,
}

/// The document. `reason`: why a row is set aside.
pub(crate) fn document<'a>(
    rows: &'a [Row],
    judged: &[Judged],
    now: Timestamp,
    reason: impl Fn(usize) -> Option<String>,
) -> Document<'a> {
    let each = rows.iter().zip(judged).enumerate();
    let statements: Vec<Statement<'_>> = each
        .filter_map(|(index, (row, judged))| {
            statement(row, judged.is_ignored.then(|| reason(index)).flatten())
        })
        .collect();
    // Strings and lists alone: it cannot fail.
    let content = serde_json::to_vec(&statements).unwrap_or_default();
    let hash = HEXLOWER.encode(&Sha256::digest(content)[..16]);
    Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: format!("urn:robot-actions:vex:{hash}"),
        author: "robot-actions security-gate",
        timestamp: now.to_string(),
        version: 1,
        statements,
    }
}

fn statement(row: &Row, set_aside: Option<String>) -> Option<Statement<'_>> {
    let About::Package(Some(package)) = &row.about else { return None };
    let purls = row.versions().into_iter().filter_map(|version| purl(package, version));
    let products: Vec<Product> =
        purls.map(|purl| Product { id: purl.clone(), identifiers: Identifiers { purl } }).collect();
    if products.is_empty() {
        return None;
    }
    let fixed = || row.fixed().into_iter().collect::<Vec<_>>().join(", ");
    let (status, justification) = match row.reachability {
        Some(Reachability::Called) => ("affected", None),
        Some(Reachability::Imported) => {
            ("not_affected", Some("vulnerable_code_not_in_execute_path"))
        }
        Some(Reachability::Required) => ("not_affected", Some("vulnerable_code_not_present")),
        None => ("under_investigation", None),
    };
    Some(Statement {
        vulnerability: Vulnerability {
            name: row.name(),
            aliases: row.names.get(1..).unwrap_or_default(),
        },
        products,
        status,
        action_statement: (status == "affected").then(|| match fixed().as_str() {
            "" => "no version without it is known".to_owned(),
            fixed => format!("update to {fixed}"),
        }),
        justification,
        // That a risk is accepted does not mean that there is none.
        status_notes: set_aside.map(|reason| format!("set aside: {reason}")),
    })
}

/// `pkg:golang/golang.org/x/text@v0.3.5`
pub(crate) fn purl(package: &Package, version: &str) -> Option<String> {
    let (namespace, name) = match package.name.rsplit_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, package.name.as_str()),
    };
    let mut purl = PackageUrl::new(package.ecosystem.as_str(), name).ok()?;
    if let Some(namespace) = namespace {
        purl.with_namespace(namespace).ok()?;
    }
    let is_go = package.ecosystem == "golang" && version.starts_with(|c: char| c.is_ascii_digit());
    let version = if is_go { format!("v{version}") } else { version.to_owned() };
    if !version.is_empty() {
        purl.with_version(version).ok()?;
    }
    Some(purl.to_string())
}
