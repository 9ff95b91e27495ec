//! In-toto statements: of what something is said, and of which kind it is.
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>

use crate::{Digest, Rejection};
use serde::Deserialize;
use sigstore_verify::types::DsseEnvelope;
use std::collections::BTreeMap;

/// The type of the payload of an envelope (DSSE).
const PAYLOAD: &str = "application/vnd.in-toto+json";
/// What types of SLSA provenance begin with.
const PROVENANCE: &str = "https://slsa.dev/provenance/v";
/// Versions of statements.
const VERSIONS: [&str; 2] =
    ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/// What a statement is of, and what kind of thing it says; what it says is not read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    #[serde(rename = "_type")]
    version: String,
    subject: Vec<Subject>,
    pub(crate) predicate_type: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

impl Statement {
    /// Whether this digest is one of its subjects'.
    pub(crate) fn names(&self, digest: &Digest) -> bool {
        let hex = digest.to_string();
        let hex = hex.trim_start_matches("sha256:");
        let is_it = |subject: &Subject| {
            subject.digest.get("sha256").is_some_and(|own| own.eq_ignore_ascii_case(hex))
        };
        self.subject.iter().any(is_it)
    }
}

/// Whether this is a statement of SLSA provenance about `digest`. It is not signed itself: the caller knows that the
/// document which names it by its digest is.
pub fn provenance_names(statement: &[u8], digest: &Digest) -> bool {
    let statement = serde_json::from_slice::<Statement>(statement);
    statement.is_ok_and(|statement| {
        VERSIONS.contains(&statement.version.as_str())
            && statement.predicate_type.starts_with(PROVENANCE)
            && statement.names(digest)
    })
}

/// The statement in an envelope.
pub(crate) fn read(envelope: &DsseEnvelope) -> Result<Statement, Rejection> {
    if envelope.payload_type != PAYLOAD {
        let kind: String = envelope.payload_type.chars().take(100).collect();
        return Err(Rejection::unsupported(format!(
            "payload type `{kind}` of the envelope is not supported"
        )));
    }
    let statement: Statement = serde_json::from_slice(envelope.payload.as_bytes())
        .map_err(|error| Rejection::invalid(format!("the statement cannot be read: {error}")))?;
    if !VERSIONS.contains(&statement.version.as_str()) {
        let version: String = statement.version.chars().take(100).collect();
        return Err(Rejection::unsupported(format!("statement type `{version}` is not supported")));
    }
    Ok(statement)
}
