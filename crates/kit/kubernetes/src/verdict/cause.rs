//! Why a workload does not succeed, and whose matter that is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a workload does not succeed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The manifest asks for something that is not there or cannot be
    Config,
    /// The cluster refuses to make the pod: quota, policy, webhook, service account
    Admission,
    /// The registry does not give the image
    Registry,
    /// No node has room for the pod
    Capacity,
    /// The node, its network or its volumes failed, or the pod was evicted
    Infrastructure,
    /// The robot used more memory than it may, or was killed
    Resources,
    /// The robot ended with an error
    Application,
    /// The time was over
    Deadline,
    /// A newer deployment took its place
    Superseded,
    /// It ended, and nobody says why
    Unknown,
}

/// Whose matter a cause is. It decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The robot failed: exit code 10.
    Robot,
    /// What was asked for cannot run as it is written: exit code 2.
    Request,
    /// Something around the robot failed, and the same deployment may succeed later: exit code 3.
    Surroundings,
    /// Nothing is known about this revision: exit code 11.
    Undecided,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Config,
        Self::Admission,
        Self::Registry,
        Self::Capacity,
        Self::Infrastructure,
        Self::Resources,
        Self::Application,
        Self::Deadline,
        Self::Superseded,
        Self::Unknown,
    ];

    /// Whose matter it is.
    pub const fn class(self) -> Class {
        match self {
            Self::Config | Self::Admission => Class::Request,
            Self::Registry | Self::Capacity | Self::Infrastructure => Class::Surroundings,
            Self::Resources | Self::Application | Self::Deadline => Class::Robot,
            Self::Superseded | Self::Unknown => Class::Undecided,
        }
    }

    /// The word in results: `config`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Admission => "admission",
            Self::Registry => "registry",
            Self::Capacity => "capacity",
            Self::Infrastructure => "infrastructure",
            Self::Resources => "resources",
            Self::Application => "application",
            Self::Deadline => "deadline",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        }
    }

    /// What its owner does next.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Config => "correct the manifest, or create the object that the message names",
            Self::Admission => "grant the quota or meet the policy that the message names",
            Self::Registry => {
                "check that the image was pushed and that the pull secret may read it"
            }
            Self::Capacity => "ask for less CPU or memory, or add nodes",
            Self::Infrastructure => {
                "run the deployment again; if it fails again, look at the node and its events"
            }
            Self::Resources => "raise `resources.limits.memory`, or make the robot use less",
            Self::Application => "read the robot's last log lines",
            Self::Deadline => {
                "read what it was waiting for; raise the deadline if the work needs more time"
            }
            Self::Superseded => "nothing: the newer deployment decides",
            Self::Unknown => "look at the object in the cluster: its end was not seen",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_one_in_results() {
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
    }
}
