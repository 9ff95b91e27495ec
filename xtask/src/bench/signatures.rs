//! Verifying one bundle offline, from start to exit.

use super::measure;
use super::page::{Section, megabytes};
use crate::{command, root, setup};
use anyhow::Result;
use std::path::Path;
use std::time::Duration;

/// Each is run so often; one takes milliseconds.
const ROUNDS: usize = 25;
/// A vector of the conformance suite that has its own trusted root.
const VECTOR: &str = "crates/testkit/sigstore/conformance/rekor2-happy-path";
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

pub(crate) fn run(folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Verifying a signature",
        "`cosign-verify verify-bundle` against `cosign verify-blob`, both offline with the same trusted root \
         (`rekor2-happy-path` of Sigstore's conformance suite): one log entry, one timestamp. From start to \
         exit, medians of 25; results and evidence are written by ours.",
        &["what", ">cosign (CPU)", ">memory", ">cosign-verify (CPU)", ">memory", ">ratio", ">goal"],
    );
    let work = folder.join("signatures");
    fs_err::create_dir_all(&work)?;
    let vector = root().join(VECTOR);
    let artifact = root().join("crates/testkit/sigstore/conformance/a.txt");
    let arguments = [
        format!("--bundle={}", vector.join("bundle.sigstore.json").display()),
        format!("--certificate-identity={IDENTITY}"),
        format!("--certificate-oidc-issuer={ISSUER}"),
        format!("--trusted-root={}", vector.join("trusted_root.json").display()),
        artifact.display().to_string(),
    ];
    let cosign = setup::peer("cosign")?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut peer = command(&cosign.to_string_lossy());
        peer.arg("verify-blob").args(&arguments).current_dir(&work);
        theirs.push(measure::run(&mut peer, &work.join("peer.log"), &[0])?);
        let mut verify = command(&robot.to_string_lossy());
        verify.args(["cosign-verify", "verify-bundle"]).args(&arguments);
        verify.env("RUNNER_TEMP", work.join("temp")).current_dir(&work);
        ours.push(measure::run(&mut verify, &work.join("ours.log"), &[0])?);
    }
    let (theirs, ours) = (measure::median(theirs), measure::median(ours));
    let both =
        |cost: measure::Cost| format!("{} ({})", milliseconds(cost.wall), milliseconds(cost.cpu));
    section.row([
        "one bundle".to_owned(),
        both(theirs),
        megabytes(theirs.memory),
        both(ours),
        megabytes(ours.memory),
        format!("{:.1} ×", theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()),
        "≥ 10 ×, ≤ 1/5 of the memory".to_owned(),
    ]);
    Ok(section)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}
