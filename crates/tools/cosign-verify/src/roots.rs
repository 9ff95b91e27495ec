//! Trusted roots and keys, as settings name them.

use robot_contract::{Context, Failure, ResultExt};
use robot_sigstore::{Instance, Key, Root, Verifier};
use std::io::Read as _;
use std::path::Path;

/// Largest file that is read for a root or a key, bytes; what each may be is smaller.
const BYTES: u64 = 8 << 20;

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
    let roots = Root::read(&file.display().to_string(), &bytes).map_err(|error| {
        let place = context.provenance.place("trusted-root");
        Failure::config(format!("{place}: {} is not usable", file.display()))
            .caused_by(&error)
            .hint("`gh attestation trusted-root` writes such a file")
    })?;
    Ok(Verifier::new(roots))
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
