//! Policies by name, for the ways in which robots are signed.

use crate::identity::GITHUB_ISSUER;
use crate::{Claim, Identity, Pattern, PatternError, Rule};
use regex::escape;

/// The type of attestation that `cosign sign` writes.
pub const COSIGN_SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// The type of attestation that says how something was built. <https://slsa.dev/provenance/v1>
pub const SLSA_PROVENANCE: &str = "https://slsa.dev/provenance/v1";

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// A workflow of the repository itself, which also covers `actions/attest`.
    Own,
    /// docker/github-builder's reusable workflows.
    DockerGitHubBuilder,
    /// robot-release.yml of robot-actions, called by the repository.
    RobotRelease,
    /// The release workflow of robot-actions.
    RobotActions,
}

/// Which repository was built, and of which refs.
#[derive(Debug, Clone)]
pub struct Source {
    /// `https://github.com`, or that of a GitHub Enterprise Server.
    pub server: String,
    /// `owner/name`.
    pub repository: String,
    /// Patterns of refs: `refs/heads/main`, `refs/tags/.+`.
    pub refs: Vec<String>,
}

impl Preset {
    /// Who may have signed what this source was built to.
    ///
    /// # Errors
    /// A ref is not a pattern.
    pub fn identity(self, source: &Source) -> Result<Identity, PatternError> {
        let address = format!("{}/{}", source.server, source.repository);
        let refs = source.refs.join("|");
        let subject = match self {
            Self::Own => format!(r"{}/\.github/workflows/[^@]+@(?:{refs})", escape(&address)),
            Self::DockerGitHubBuilder => {
                r"https://github\.com/docker/github-builder/\.github/workflows/[^@]+@refs/tags/v.+".to_owned()
            }
            // A commit is no name for it: one of a fork is found under the address of the original too.
            Self::RobotRelease => {
                r"https://github\.com/org/robot-actions/\.github/workflows/robot-release\.yml@refs/(?:tags/v|heads/releases/v).+".to_owned()
            }
            Self::RobotActions => {
                r"https://github\.com/org/robot-actions/\.github/workflows/release\.yml@refs/tags/.+".to_owned()
            }
        };
        let source_repository = match self {
            Self::RobotActions => "https://github.com/org/robot-actions".to_owned(),
            Self::Own | Self::DockerGitHubBuilder | Self::RobotRelease => address,
        };
        let identity = Identity {
            issuer: GITHUB_ISSUER.to_owned(),
            subject: Rule::Pattern(Pattern::new(&subject)?),
            claims: vec![(Claim::SourceRepository, Rule::Exact(source_repository))],
        };
        Ok(match self {
            Self::RobotActions => identity,
            Self::Own | Self::DockerGitHubBuilder | Self::RobotRelease => {
                identity.and(Claim::SourceRef, Rule::Pattern(Pattern::new(&refs)?))
            }
        })
    }
}
