//! The git command, independent of the checkout's configuration, which code under test may have changed, and
//! of the job's variables, which may point git elsewhere.

use crate::Context;
use robot_process::Command;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Overrides settings that would start programs or show other content than was committed.
const SETTINGS: [&str; 7] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.quotePath=false",
    "diff.ignoreSubmodules=dirty",
    "diff.renames=true",
];

/// Variables that git gets instead of the job's `GIT_*`.
const VARIABLES: [(&str, &str); 4] = [
    ("LC_ALL", "C"),
    // Replaced objects would show a history other than the one that was pushed.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

impl Context {
    /// git in the working folder, without the settings, variables, hooks and replaced objects that would start
    /// programs or change its output. Use it through the crate `robot-git`, which reports errors.
    pub fn git(&self) -> Command {
        let mut variables: BTreeMap<OsString, OsString> = self
            .environment
            .iter()
            .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GIT_"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        variables.extend(VARIABLES.map(|(name, value)| (name.into(), value.into())));
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
        self.command("git").environment(variables).args(settings)
    }
}
