//! Verifying one bundle offline, and an image in a registry, from start to exit.

use super::measure::{self, Cost};
use super::page::{Section, megabytes};
use super::registry::Registry;
use crate::{command, require, root, setup};
use anyhow::Result;
use std::path::Path;
use std::process::Stdio;
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
         (`rekor2-happy-path` of Sigstore's conformance suite): one log entry, one timestamp. Then an image that \
         cosign signed with a key: `cosign-verify` against `cosign verify`. From start to exit, medians of 25; \
         results and evidence are written by ours.",
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
    add(&mut section, "one bundle", [theirs, ours], "≥ 10 ×, ≤ 1/5 of the memory");
    let (theirs, ours) = images(&work, &cosign, robot)?;
    add(&mut section, "an image in a local registry", [theirs, ours], "≥ 5 ×");
    Ok(section)
}

fn add(section: &mut Section, what: &str, costs: [Vec<Cost>; 2], goal: &str) {
    let [theirs, ours] = costs.map(measure::median);
    let both = |cost: Cost| format!("{} ({})", milliseconds(cost.wall), milliseconds(cost.cpu));
    section.row([
        what.to_owned(),
        both(theirs),
        megabytes(theirs.memory),
        both(ours),
        megabytes(ours.memory),
        format!("{:.1} ×", theirs.wall.as_secs_f64() / ours.wall.as_secs_f64()),
        goal.to_owned(),
    ]);
}

/// Both verify an image that cosign signed with a key, without a log.
fn images(work: &Path, cosign: &Path, robot: &Path) -> Result<(Vec<Cost>, Vec<Cost>)> {
    let registry = Registry::start(work)?;
    let image = format!("{}/acme/robot:v1", registry.host);
    let tools = |program: &Path| {
        let mut tool = command(&program.to_string_lossy());
        tool.current_dir(work).env("DOCKER_CONFIG", work).env("COSIGN_PASSWORD", "");
        tool
    };
    fs_err::write(work.join("layer.tar"), vec![0; 1024])?;
    let mut push = tools(&setup::peer("crane")?);
    push.args(["append", "--new_tag", &image, "--new_layer", "layer.tar"]);
    require(push.args(["--platform", "linux/amd64"]).stdout(Stdio::null()))?;
    let _ = fs_err::remove_file(work.join("cosign.key"));
    require(tools(cosign).arg("generate-key-pair").stderr(Stdio::null()))?;
    let mut sign = tools(cosign);
    sign.args(["sign", "--yes", "--key=cosign.key", "--tlog-upload=false"]);
    sign.args(["--use-signing-config=false", "--allow-http-registry", &image]);
    require(sign.stderr(Stdio::null()))?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut peer = tools(cosign);
        peer.args(["verify", "--key=cosign.pub", "--insecure-ignore-tlog", &image]);
        peer.arg("--allow-http-registry");
        theirs.push(measure::run(&mut peer, &work.join("peer.log"), &[0])?);
        let mut verify = tools(robot);
        verify.args(["cosign-verify", "--key=cosign.pub", "--transparency-log=ignore"]);
        verify.args(["--look-in=registry", "--image", &image]);
        verify.env("RUNNER_TEMP", work.join("temp"));
        ours.push(measure::run(&mut verify, &work.join("ours.log"), &[0])?);
    }
    Ok((theirs, ours))
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}
