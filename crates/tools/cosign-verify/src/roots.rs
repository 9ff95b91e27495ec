//! Trusted roots and keys, as settings name them.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use robot_contract::{Context, Failure, ResultExt};
use robot_files::write_atomically;
use robot_sigstore::{Instance, Key, Root, Verifier};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Largest file that is read for a root or a key, bytes; what each may be is smaller.
const BYTES: u64 = 8 << 20;
/// Largest note about a file of roots, bytes.
const NOTE_BYTES: u64 = 4 << 10;

/// Judges by the roots of a file, or by those that are built in.
pub(crate) fn verifier(
    file: Option<&Path>,
    instances: &[Instance],
    context: &Context,
) -> Result<Verifier, Failure> {
    let Some(file) = file else {
        let roots = instances.iter().map(|instance| Root::embedded(*instance));
        let roots = roots.collect::<Result<_, _>>().map_err(|error| {
            Failure::internal("a trusted root that is built in cannot be read").caused_by(&error)
        })?;
        return Ok(Verifier::new(roots));
    };
    let bytes = read(file, context)?;
    let mut roots = Root::read(&file.display().to_string(), &bytes).map_err(|error| {
        let place = context.provenance.place("trusted-root");
        Failure::config(format!("{place}: {} is not usable", file.display()))
            .caused_by(&error)
            .hint("`gh attestation trusted-root` writes such a file")
    })?;
    if let Some(time) = fetched(&context.absolute(file), &bytes, context.clock.now()) {
        roots.iter_mut().for_each(|root| root.fetched(time));
    }
    Ok(Verifier::new(roots))
}

/// When a file of roots was fetched. The roots themselves do not say it, and a root that is years old may be
/// the current one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetched {
    /// SHA-256 of the file.
    sha256: String,
    time: Timestamp,
}

/// `trusted_root.jsonl.fetched.json`, beside the file that it is about.
fn note(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".fetched.json");
    name.into()
}

/// Notes when the roots in a file were fetched.
pub(crate) fn note_fetched(file: &Path, bytes: &[u8], time: Timestamp) -> io::Result<()> {
    let fetched = Fetched { sha256: HEXLOWER.encode(&Sha256::digest(bytes)), time };
    write_atomically(&note(file), &serde_json::to_vec(&fetched)?)
}

/// When the roots in a file were fetched, if a note about these very bytes says so.
fn fetched(file: &Path, bytes: &[u8], now: Timestamp) -> Option<Timestamp> {
    let mut text = Vec::new();
    fs_err::File::open(note(file)).ok()?.take(NOTE_BYTES).read_to_end(&mut text).ok()?;
    let fetched: Fetched = serde_json::from_slice(&text).ok()?;
    let is_of = fetched.sha256 == HEXLOWER.encode(&Sha256::digest(bytes));
    (is_of && fetched.time <= now).then_some(fetched.time)
}

/// A key of a file.
pub(crate) fn key(file: &Path, context: &Context) -> Result<Key, Failure> {
    let bytes = read(file, context)?;
    Key::from_pem(&bytes).map_err(|why| {
        let place = context.provenance.place("key");
        Failure::config(format!("{place}: {} is not a public key: {why}", file.display()))
            .hint("`cosign public-key --key cosign.key` writes it")
    })
}

/// A file, if it is not too large.
pub(crate) fn read(file: &Path, context: &Context) -> Result<Vec<u8>, Failure> {
    read_up_to(file, BYTES, context)
}

/// As [`read`], with another limit.
pub(crate) fn read_up_to(file: &Path, limit: u64, context: &Context) -> Result<Vec<u8>, Failure> {
    let cannot = || format!("{} cannot be read", file.display());
    let opened = fs_err::File::open(context.absolute(file)).or_external(cannot)?;
    let mut bytes = Vec::new();
    opened.take(limit + 1).read_to_end(&mut bytes).or_external(cannot)?;
    if bytes.len() as u64 > limit {
        let what = format!("{} is larger than {} MiB", file.display(), limit >> 20);
        return Err(Failure::evidence(what));
    }
    Ok(bytes)
}
