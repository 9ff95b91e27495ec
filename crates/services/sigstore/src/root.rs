//! Whom to believe: authorities, logs and clocks, built in or from a file, and how old that knowledge is.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sigstore_verify::Verifier;
use sigstore_verify::trust_root::{
    CertificateAuthority, SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_PRODUCTION_TRUSTED_ROOT,
    SIGSTORE_STAGING_TRUSTED_ROOT, TimeRange, TrustedRoot,
};
use std::fmt;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

/// Largest file with roots, bytes.
const BYTES: usize = 4 << 20;
/// Roots in one file.
const ROOTS: usize = 8;
/// Entries of one kind in a root.
const ENTRIES: usize = 256;
/// Certificates in the chain of an authority.
const CHAIN: usize = 16;
/// From this age on a root may lack logs and authorities that are in use.
const OLD: SignedDuration = SignedDuration::from_hours(120 * 24);

/// An instance of Sigstore whose root is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    /// The public one.
    PublicGood,
    /// Its staging instance.
    Staging,
    /// GitHub's, which signs attestations of private repositories.
    GitHub,
}

impl Instance {
    /// When the root that is built in was last compared with the one that the instance publishes.
    const fn as_of(self) -> &'static str {
        match self {
            Self::PublicGood | Self::GitHub => "2026-06-29T00:00:00Z",
            Self::Staging => "2026-07-02T00:00:00Z",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::PublicGood => "public-good",
            Self::Staging => "staging",
            Self::GitHub => "github",
        }
    }

    const fn json(self) -> &'static str {
        match self {
            Self::PublicGood => SIGSTORE_PRODUCTION_TRUSTED_ROOT,
            Self::Staging => SIGSTORE_STAGING_TRUSTED_ROOT,
            Self::GitHub => SIGSTORE_GITHUB_TRUSTED_ROOT,
        }
    }
}

/// A root with what follows from it.
pub struct Root {
    name: String,
    as_of: Option<Timestamp>,
    trusted: TrustedRoot,
    /// Names of the authorities' certificates, DER.
    authorities: Vec<Vec<u8>>,
    verifier: Verifier,
}

impl fmt::Debug for Root {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Root").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a file is no root.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It is too large, or has too much of something.
    #[error("it has more {0} than a trusted root may have")]
    Large(&'static str),
    /// It is not a trusted root.
    #[error("it is not a trusted root: {0}")]
    Invalid(String),
    /// There is nothing in it.
    #[error("it holds no trusted root")]
    Empty,
}

impl Root {
    /// A root that is built in.
    ///
    /// # Errors
    /// It cannot be read, which is a defect of ours.
    pub fn embedded(instance: Instance) -> Result<Self, RootError> {
        let mut root = Self::one(instance.name().to_owned(), instance.json())?;
        root.as_of = instance.as_of().parse().ok();
        Ok(root)
    }

    /// The roots of a file: one (`trusted_root.json`), or one in each line, as `gh attestation
    /// trusted-root` writes them. <https://github.com/sigstore/protobuf-specs>, `TrustedRoot`.
    ///
    /// # Errors
    /// It is too large, or not a trusted root.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Self>, RootError> {
        if bytes.len() > BYTES {
            return Err(RootError::Large("bytes"));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|error| RootError::Invalid(error.to_string()))?;
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut roots = Vec::new();
        for document in documents {
            let document = document.map_err(|error| RootError::Invalid(error.to_string()))?;
            if roots.len() == ROOTS {
                return Err(RootError::Large("roots"));
            }
            roots.push(Self::one(name.to_owned(), &document.to_string())?);
        }
        if roots.is_empty() { Err(RootError::Empty) } else { Ok(roots) }
    }

    fn one(name: String, json: &str) -> Result<Self, RootError> {
        let invalid = |error: &dyn fmt::Display| RootError::Invalid(error.to_string());
        let mut trusted = TrustedRoot::from_json(json).map_err(|error| invalid(&error))?;
        limit(&trusted)?;
        let as_of = newest(&trusted);
        let (mut narrow, mut authorities) = (Vec::new(), Vec::new());
        for authority in &trusted.certificate_authorities {
            narrow.extend(narrowed(authority)?);
        }
        trusted.certificate_authorities = narrow;
        for entry in
            trusted.certificate_authorities.iter().flat_map(|one| &one.cert_chain.certificates)
        {
            authorities.push(parsed(entry.raw_bytes.as_bytes())?.1);
        }
        let verifier = Verifier::new(&trusted).map_err(|error| invalid(&error))?;
        Ok(Self { name, as_of, trusted, authorities, verifier })
    }

    /// Its name: that of the instance or of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was last known to be whole: of a built-in root, when it was compared with the published one;
    /// of a file, when it was fetched, or else when the newest key in it began.
    pub const fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Takes note that it was fetched from its instance at this time, which makes it as young as that.
    pub fn fetched(&mut self, time: Timestamp) {
        self.as_of = self.as_of.max(Some(time));
    }

    /// Whole days since [`Root::as_of`].
    pub fn age_in_days(&self, now: Timestamp) -> Option<i64> {
        Some((now.duration_since(self.as_of?).as_hours() / 24).max(0))
    }

    /// Whether newer keys may be missing in it.
    pub(crate) fn is_old(&self, now: Timestamp) -> bool {
        self.as_of.is_none_or(|as_of| now.duration_since(as_of) > OLD)
    }

    /// Whether one of its authorities has this name (DER).
    pub(crate) fn has_authority(&self, name: &[u8]) -> bool {
        self.authorities.iter().any(|known| known == name)
    }

    /// Whether it has this log.
    pub(crate) fn has_log(&self, key_id: &[u8]) -> bool {
        self.trusted.tlogs.iter().any(|log| log.log_id.key_id.as_bytes() == key_id)
    }

    /// Whether the instance has no logs at all and proves times by timestamps alone, as GitHub's does for
    /// private repositories.
    pub(crate) fn is_without_logs(&self) -> bool {
        let TrustedRoot { tlogs, ctlogs, timestamp_authorities, .. } = &self.trusted;
        tlogs.is_empty() && ctlogs.is_empty() && !timestamp_authorities.is_empty()
    }

    pub(crate) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

fn limit(trusted: &TrustedRoot) -> Result<(), RootError> {
    let counts = [
        ("logs", trusted.tlogs.len().max(trusted.ctlogs.len())),
        (
            "authorities",
            trusted.certificate_authorities.len().max(trusted.timestamp_authorities.len()),
        ),
    ];
    if let Some((what, _)) = counts.iter().find(|(_, count)| *count > ENTRIES) {
        return Err(RootError::Large(what));
    }
    let authorities = trusted.certificate_authorities.iter().map(|one| &one.cert_chain);
    let mut chains =
        authorities.chain(trusted.timestamp_authorities.iter().map(|one| &one.cert_chain));
    match chains.any(|chain| chain.certificates.len() > CHAIN) {
        true => Err(RootError::Large("certificates in a chain")),
        false => Ok(()),
    }
}

/// An authority as one for each of its certificates, each valid only while that certificate and those above
/// it are: an authority that has run out vouches for nobody (CVE-2026-24122).
fn narrowed(authority: &CertificateAuthority) -> Result<Vec<CertificateAuthority>, RootError> {
    let mut window = authority.valid_for;
    let mut narrowed = Vec::new();
    for entry in authority.cert_chain.certificates.iter().rev() {
        let own = parsed(entry.raw_bytes.as_bytes())?.0;
        window = Some(window.map_or(own, |window| intersection(window, own)));
        // One that could never vouch is left out: as an empty window it would spoil the root.
        if window.is_some_and(|window| window.end.is_some_and(|end| end < window.start)) {
            break;
        }
        let mut one = authority.clone();
        one.cert_chain.certificates = vec![entry.clone()];
        one.valid_for = window;
        narrowed.push(one);
    }
    Ok(narrowed)
}

fn intersection(one: TimeRange, other: TimeRange) -> TimeRange {
    let end = match (one.end, other.end) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    TimeRange::new(one.start.max(other.start), end)
}

/// The validity of a certificate (DER), and its name.
fn parsed(certificate: &[u8]) -> Result<(TimeRange, Vec<u8>), RootError> {
    let invalid = || RootError::Invalid("a certificate in it cannot be read".to_owned());
    let certificate = Certificate::from_der(certificate).map_err(|_| invalid())?.tbs_certificate;
    let [start, end] = [certificate.validity.not_before, certificate.validity.not_after]
        .map(|time| i64::try_from(time.to_unix_duration().as_secs()).ok());
    let range = range(start, end).ok_or_else(invalid)?;
    Ok((range, certificate.subject.to_der().map_err(|_| invalid())?))
}

fn range(start: Option<i64>, end: Option<i64>) -> Option<TimeRange> {
    // By way of JSON: the package has a clock of another version than ours.
    let text = |second: i64| Some(Timestamp::from_second(second).ok()?.to_string());
    serde_json::from_value(json!({"start": text(start?)?, "end": text(end?)?})).ok()
}

/// When the newest key of a root began.
fn newest(trusted: &TrustedRoot) -> Option<Timestamp> {
    let logs = trusted.tlogs.iter().map(|log| log.public_key.valid_for);
    let authorities = trusted.certificate_authorities.iter().map(|one| one.valid_for);
    let clocks = trusted.timestamp_authorities.iter().map(|one| one.valid_for);
    let ct = trusted.ctlogs.iter().map(|log| log.public_key.valid_for);
    let starts = logs.chain(ct).chain(authorities).chain(clocks).flatten().map(|range| range.start);
    Timestamp::from_second(starts.max()?.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_built_in_and_say_how_old_they_are() {
        let now: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        for instance in [Instance::PublicGood, Instance::Staging, Instance::GitHub] {
            let root = Root::embedded(instance).unwrap();
            assert!((61..=64).contains(&root.age_in_days(now).unwrap()), "{root:?}");
            assert!(!root.is_old(now));
            assert!(root.is_old("2026-11-01T00:00:00Z".parse().unwrap()));
            assert_eq!(root.is_without_logs(), instance == Instance::GitHub);
        }
    }

    /// When this fails, the package brings other roots: look up when they were published, and say so in
    /// [`Instance::as_of`].
    #[test]
    fn the_dates_of_built_in_roots_are_those_of_their_content() {
        let digest = |instance: Instance| crate::Digest::of(instance.json().as_bytes()).to_string();
        let known = [
            (
                Instance::PublicGood,
                "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66",
            ),
            (Instance::Staging, "44deb991d4bbf2150751ccee235d9810bce4434383c26d8898c1bcadbace6ed8"),
            (Instance::GitHub, "484cdfe1a7c65479c5ba2a22193d1be90f0020db1997de696ab207434c62fbb7"),
        ];
        for (instance, expected) in known {
            assert_eq!(digest(instance), format!("sha256:{expected}"), "{instance:?}");
        }
    }

    #[test]
    fn a_file_holds_one_root_or_one_in_each_line() {
        let line = |instance: Instance| {
            let value: Value = serde_json::from_str(instance.json()).unwrap();
            value.to_string()
        };
        let lines = format!("{}\n{}\n", line(Instance::PublicGood), line(Instance::GitHub));
        let roots = Root::read("trusted_root.jsonl", lines.as_bytes()).unwrap();
        assert_eq!(roots.len(), 2);
        assert_eq!(roots[0].as_of().unwrap().to_string(), "2025-09-23T00:00:00Z");
        let why = |bytes: &[u8]| Root::read("", bytes).unwrap_err().to_string();
        assert_eq!(why(b""), "it holds no trusted root");
        assert!(why(b"{}").starts_with("it is not a trusted root"));
        assert!(why(&vec![b' '; BYTES + 1]).contains("more bytes"));
        let many = line(Instance::GitHub).repeat(ROOTS + 1);
        assert!(why(many.as_bytes()).contains("more roots"));
    }
}
