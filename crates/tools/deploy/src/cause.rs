//! Why a deployment did not simply succeed.

use robot_contract::Failure;
use robot_kubernetes::verdict::{self, Class};
use robot_model::Verdict;
use schemars::JsonSchema;
use serde::Serialize;

/// Why a deployment did not simply succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The manifest asks for something that is not there or cannot be
    Config,
    /// The cluster refuses to make the pod
    Admission,
    /// The registry does not give the image
    Registry,
    /// No node has room for the pod
    Capacity,
    /// The node, its network or its volumes failed
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
    /// The plan would hang: something that it needs is not there
    WouldHang,
    /// The task was done before
    AlreadyDone,
    /// The circuit breaker of the environment is open
    BreakerOpen,
    /// Another deployment works on the environment
    Locked,
}

impl robot_contract::Cause for Cause {}

impl From<verdict::Cause> for Cause {
    fn from(cause: verdict::Cause) -> Self {
        match cause {
            verdict::Cause::Config => Self::Config,
            verdict::Cause::Admission => Self::Admission,
            verdict::Cause::Registry => Self::Registry,
            verdict::Cause::Capacity => Self::Capacity,
            verdict::Cause::Infrastructure => Self::Infrastructure,
            verdict::Cause::Resources => Self::Resources,
            verdict::Cause::Application => Self::Application,
            verdict::Cause::Deadline => Self::Deadline,
            verdict::Cause::Superseded => Self::Superseded,
            verdict::Cause::Unknown => Self::Unknown,
        }
    }
}

/// The verdict of a class, and the failure that decides its exit code where it is not the robot's.
pub(crate) fn verdict(class: Class, message: &str, hint: &str) -> (Verdict, Option<Failure>) {
    match class {
        Class::Robot => (Verdict::Fail, None),
        Class::Request => (Verdict::Fail, Some(Failure::config(message).hint(hint))),
        Class::Surroundings => (Verdict::Fail, Some(Failure::external(message).hint(hint))),
        Class::Undecided => (Verdict::Inconclusive, None),
    }
}
