//! OpenVEX of what is known of each advisory, with package URLs that other tools find again.

use crate::decide::Judged;
use crate::evidence::{Package, Reachability};
use crate::merge::{About, Row};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use packageurl::PackageUrl;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The document. `reason`: why a row is set aside.
pub(crate) fn write(
    rows: &[Row],
    judged: &[Judged],
    now: Timestamp,
    reason: impl Fn(usize) -> Option<String>,
) -> Value {
    let each = rows.iter().zip(judged).enumerate();
    let statements: Vec<Value> = each
        .filter_map(|(index, (row, judged))| {
            statement(row, judged.is_ignored.then(|| reason(index)).flatten())
        })
        .collect();
    let content = Value::Array(statements.clone()).to_string();
    let hash = HEXLOWER.encode(&Sha256::digest(content.as_bytes())[..16]);
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:robot-actions:vex:{hash}"),
        "author": "robot-actions security-gate",
        "timestamp": now.to_string(),
        "version": 1,
        "statements": statements,
    })
}

fn statement(row: &Row, set_aside: Option<String>) -> Option<Value> {
    let About::Package(Some(package)) = &row.about else { return None };
    let versions = row.versions();
    let products: Vec<Value> = versions
        .iter()
        .filter_map(|version| purl(package, version))
        .map(|purl| json!({"@id": purl, "identifiers": {"purl": purl}}))
        .collect();
    if products.is_empty() {
        return None;
    }
    let mut statement = json!({
        "vulnerability": {"name": row.name(), "aliases": row.names.get(1..).unwrap_or_default()},
        "products": products,
    });
    let fixed = row.fixed().into_iter().collect::<Vec<_>>().join(", ");
    let is_imported = row.reachability == Some(Reachability::Imported);
    match row.reachability {
        Some(Reachability::Called) => {
            statement["status"] = "affected".into();
            statement["action_statement"] = match fixed.as_str() {
                "" => "no version without it is known".to_owned(),
                fixed => format!("update to {fixed}"),
            }
            .into();
        }
        Some(_) => {
            statement["status"] = "not_affected".into();
            let why = if is_imported { "not_in_execute_path" } else { "not_present" };
            statement["justification"] = format!("vulnerable_code_{why}").into();
        }
        None => statement["status"] = "under_investigation".into(),
    }
    // That a risk is accepted does not mean that there is none.
    if let Some(reason) = set_aside {
        statement["status_notes"] = format!("set aside: {reason}").into();
    }
    Some(statement)
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
