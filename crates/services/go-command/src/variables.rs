//! Variables of the job that differ from run to run: tests whose results are to be repeated do not get
//! them, as a result holds only for the variables that its tests had.

use data_encoding::HEXLOWER;
use robot_process::Command;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// What GitHub sets and what is the same in all runs of a workflow:
/// <https://docs.github.com/actions/reference/workflows-and-actions/variables>.
const SAME: [&str; 14] = [
    "GITHUB_ACTIONS",
    "GITHUB_API_URL",
    "GITHUB_GRAPHQL_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_WORKSPACE",
    "RUNNER_ARCH",
    "RUNNER_DEBUG",
    "RUNNER_ENVIRONMENT",
    "RUNNER_OS",
    "RUNNER_TOOL_CACHE",
];

/// Variables that shells, sessions and images set differently in each run.
const DIFFERENT: [&str; 12] = [
    "_",
    "COLUMNS",
    "IMAGEVERSION",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LINES",
    "OLDPWD",
    "SHLVL",
    "SYSTEMD_EXEC_PID",
    "TERM_SESSION_ID",
    "WINDOWID",
    "XDG_SESSION_ID",
];

/// Variables that go or the observer sets for each test.
const SET_LATER: [&str; 2] = ["PWD", "TMPDIR"];

/// Whether a variable differs from run to run.
pub fn differs_from_run_to_run(name: &OsStr) -> bool {
    let Some(name) = name.to_str().map(str::to_ascii_uppercase) else { return false };
    let is_of_runner = ["GITHUB_", "RUNNER_"].iter().any(|prefix| name.starts_with(prefix));
    DIFFERENT.contains(&name.as_str())
        || name.starts_with("SSH_")
        || is_of_runner && !SAME.contains(&name.as_str())
}

/// A hash of each variable that the tests get, and one of all that are not shown together, so that
/// none can be guessed from its own.
pub fn variable_digests(command: &Command) -> BTreeMap<String, String> {
    let [variables, secrets] = command.variables();
    let mut digests: BTreeMap<String, String> = variables
        .iter()
        .filter(|(name, _)| !SET_LATER.iter().any(|later| *name == later))
        .map(|(name, value)| (name.to_string_lossy().into_owned(), digest([(name, value)])))
        .collect();
    if !secrets.is_empty() {
        digests.insert("(secrets)".to_owned(), digest(&secrets));
    }
    digests
}

fn digest<T: AsRef<OsStr>>(variables: impl IntoIterator<Item = (T, T)>) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in variables {
        for text in [name, value] {
            hasher.update(text.as_ref().as_encoded_bytes());
            hasher.update([0]);
        }
    }
    HEXLOWER.encode(&hasher.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::differs_from_run_to_run as differs;

    #[test]
    fn what_names_one_run_differs() {
        for name in ["GITHUB_SHA", "GITHUB_RUN_ID", "RUNNER_TRACKING_ID", "ImageVersion", "_"] {
            assert!(differs(name.as_ref()), "{name}");
        }
        for name in ["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI", "PATH", "BOT_MODE", "ImageOS"] {
            assert!(!differs(name.as_ref()), "{name}");
        }
    }
}
