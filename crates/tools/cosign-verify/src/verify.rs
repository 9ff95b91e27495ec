//! `cosign-verify` without a verb: finds signatures of an image, a file or a digest, and checks the signer.

use crate::input::{self, Input, Settings};
use crate::search::{Pinned, Search};
use crate::{Cause, Output, policy, report, roots};
use robot_contract::{
    Action, Context, Evidence as _, Failure, Leaves, Outcome, Provenance, Secret,
};
use robot_evidence::SignatureVerified;
use robot_sigstore::{Claim, Instance, Verified};

/// Finds signatures and judges them.
#[derive(Debug)]
pub struct Verify;

impl Action for Verify {
    const TOOL: &'static str = "cosign-verify";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Verify who signed an image, a file or a digest";
    const GATE: bool = true;
    const LEAVES: &'static [Leaves] = &[Leaves { kind: SignatureVerified::KIND, unless_off: None }];
    const SECRETS: &'static [Secret] = &[robot_oci::PASSWORD, robot_oci::GITHUB_TOKEN];
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        input::resolve(input, provenance)
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let instances = [Instance::PublicGood, Instance::GitHub];
        let verifier = roots::verifier(settings.trusted_root.as_deref(), &instances, context)?;
        let policy = policy::of(&settings, context)?;
        let now = context.clock.now();
        let mut search = Search::new(&verifier, &policy, now, &settings, context);
        robot_net::block_on(search.run())
            .map_err(|error| Failure::internal("the network did not start").caused_by(&error))??;
        let Search { name, judgement, pinned, trouble, .. } = search;
        let mut outcome = report::outcome(&name, &judgement, &verifier, now, trouble);
        if let (Some(pinned), Some((_, verified))) = (pinned, &judgement.verified) {
            context.leave(&evidence(&pinned, verified))?;
            outcome.output.image = Some(pinned.image);
            outcome.output.platform_digest = pinned.platform_digest;
        }
        Ok(outcome)
    }
}

fn evidence(pinned: &Pinned, verified: &Verified) -> SignatureVerified {
    let claims = verified.claims.as_ref();
    let claim = |claim| claims.and_then(|claims| claims.get(claim)).map(str::to_owned);
    SignatureVerified {
        image: pinned.image.clone(),
        digest: verified.digest.to_string(),
        platform_digest: pinned.platform_digest.clone(),
        subject: claim(Claim::Subject),
        issuer: claim(Claim::Issuer),
        key: verified.key.clone(),
        source_commit: claim(Claim::SourceCommit),
    }
}
