//! Isolation of code of the repository: what it cannot see and cannot change.

use crate::{Context, Failure};
use robot_process::Command;
use robot_seal::{Bind, Route, Seal, route};
use robot_settings::repository;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Whether code of the repository runs isolated from other processes and from the runner's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", from = "Written")]
pub enum Isolate {
    /// If the machine supports it; otherwise the report says so.
    #[default]
    Auto,
    /// Always; otherwise the step fails.
    Require,
    /// Never, for code that needs `sudo`, other processes or the runner's files.
    Off,
}

/// The value as YAML may parse it: `off` is also a word for `false`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Auto,
    Require,
    Off,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "auto, require or off")]
enum Written {
    Bool(bool),
    Word(Word),
}

impl From<Written> for Isolate {
    fn from(written: Written) -> Self {
        match written {
            Written::Bool(true) | Written::Word(Word::Auto) => Self::Auto,
            Written::Word(Word::Require) => Self::Require,
            Written::Bool(false) | Written::Word(Word::Off) => Self::Off,
        }
    }
}

impl JsonSchema for Isolate {
    fn schema_name() -> Cow<'static, str> {
        "Isolate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["auto", "require", "off", true, false] })
    }
}

impl Isolate {
    /// The message for code that will not be isolated although isolation is not off; `None` if it will be.
    ///
    /// # Errors
    /// Isolation is required, and this machine does not support it.
    pub fn check(self, what: &str) -> Result<Option<String>, Failure> {
        let (gap, reason) = match (self, route()) {
            (Self::Off, _) | (_, Route::Namespaces) => return Ok(None),
            (_, Route::Rules(reason)) => {
                ("can see other processes and write to Go's module cache", reason)
            }
            (_, Route::Nothing(reason)) => (
                "is not isolated from other processes, the runner's files and the results of robot-actions",
                reason,
            ),
        };
        match self {
            Self::Require => Err(Failure::external(format!(
                "{what} sets `isolate: require`, but this machine cannot isolate programs: {reason}"
            ))
            .hint("allow user namespaces on this machine, or set `isolate: auto`")),
            _ => Ok(Some(format!("{what} {gap}: {reason}"))),
        }
    }
}

impl Context {
    /// A child process that runs the repository's code, as [`Context::untrusted`]. It also sees no other
    /// process, neither the runner's files nor our results, and cannot write to the repository's history.
    /// `also` lists what else it must not see or change, and the folders of ours that it must write to.
    pub fn sealed(&self, command: Command, isolate: Isolate, also: &Seal) -> Command {
        let command = self.untrusted(command);
        match isolate {
            Isolate::Off => command,
            Isolate::Auto | Isolate::Require => command.sealed(self.seal(also.clone())),
        }
    }

    fn seal(&self, mut seal: Seal) -> Seal {
        let hidden = &mut seal.hidden;
        if let Some(temporary) = self.environment.path("RUNNER_TEMP") {
            let ours = ["robot", "robot-history", "_runner_file_commands", "_github_workflow"];
            // A path that does not exist cannot be hidden, and could be created later.
            let _ = fs_err::create_dir_all(temporary.join("robot-history"));
            hidden.extend(ours.map(|name| temporary.join(name)));
            // Programs that later steps and later runs start.
            let scanners = temporary.join("robot-scanners");
            let _ = fs_err::create_dir_all(&scanners);
            seal.read_only.push(scanners);
            runner_folders(&temporary, hidden, &mut seal.read_only);
            // actions/checkout stores its token here from v6 on.
            let entries = fs_err::read_dir(&temporary).into_iter().flatten().flatten();
            let is_token = |name: &str| name.starts_with("git-credentials-") || is_script(name);
            hidden.extend(
                entries
                    .filter(|entry| entry.file_name().to_str().is_some_and(is_token))
                    .map(|entry| entry.path()),
            );
        } else {
            let _ = fs_err::create_dir_all(self.history_directory());
            hidden.extend(
                [self.output_directory().ok(), Some(self.history_directory())]
                    .into_iter()
                    .flatten(),
            );
        }
        let files = ["OUTPUT", "ENV", "PATH", "STATE", "STEP_SUMMARY", "EVENT_PATH"];
        hidden.extend(
            files.iter().filter_map(|name| self.environment.path(&format!("GITHUB_{name}"))),
        );
        hidden.extend(self.service_manager());
        if let Some(root) = repository::root(&self.directory) {
            for folder in repository::git_folders(root) {
                seal.replaced.extend(self.without_token(&folder.join("config")));
                seal.read_only.push(folder);
            }
        }
        seal
    }

    /// A process that reaches the user's service manager could have it start programs outside of the seal.
    fn service_manager(&self) -> impl Iterator<Item = PathBuf> {
        let own = PathBuf::from(format!("/run/user/{}", robot_process::user()));
        let folders = [self.environment.path("XDG_RUNTIME_DIR"), Some(own)];
        folders.into_iter().flatten().flat_map(|it| [it.join("bus"), it.join("systemd/private")])
    }

    /// The checkout's configuration without the token that actions/checkout stores in it up to v5.
    fn without_token(&self, config: &Path) -> Option<Bind> {
        let text = fs_err::read_to_string(config).ok()?;
        let has_token = |line: &&str| line.to_ascii_lowercase().contains("extraheader");
        text.lines().find(has_token)?;
        let lines = text.lines().filter(|line| !has_token(line)).map(|line| format!("{line}\n"));
        let source = self.output_directory().ok()?.join("git-config-without-token");
        crate::write_atomically(&source, lines.collect::<String>().as_bytes()).ok()?;
        Some(Bind { source, target: config.to_owned() })
    }
}

/// Whether a file is the script of a step, as the runner names it: its shell may still be reading it.
/// <https://github.com/actions/runner/blob/v2.330.0/src/Runner.Worker/Handlers/ScriptHandler.cs>
fn is_script(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    stem.len() == 36 && stem.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Files of a self-hosted runner around the job's temporary folder: its credentials, its programs, and the
/// actions whose post steps have not run yet.
/// <https://github.com/actions/runner/blob/v2.330.0/src/Runner.Common/Constants.cs>
fn runner_folders(temporary: &Path, hidden: &mut Vec<PathBuf>, read_only: &mut Vec<PathBuf>) {
    let Some(work) = temporary.parent() else { return };
    read_only.push(work.join("_actions"));
    let Some(root) = work.parent().filter(|root| root.join(".runner").is_file()) else { return };
    let names = [".runner", ".credentials", ".credentials_rsaparams", ".runner_migrated"];
    hidden.extend(names.map(|name| root.join(name)));
    let programs = ["bin", "externals", "run.sh", "run-helper.sh", ".env", ".path"];
    read_only.extend(programs.map(|name| root.join(name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_s_script_is_known_by_its_name() {
        assert!(is_script("0b5d2f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b.sh"));
        for name in ["setup.sh", "planted", "0b5d2f0e.sh"] {
            assert!(!is_script(name), "{name}");
        }
    }

    #[test]
    fn a_self_hosted_runner_s_secrets_are_hidden_and_its_programs_stay() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("_work/_temp");
        let of = || {
            let (mut hidden, mut read_only) = (Vec::new(), Vec::new());
            runner_folders(&temporary, &mut hidden, &mut read_only);
            (hidden, read_only)
        };
        assert_eq!(of(), (vec![], vec![folder.path().join("_work/_actions")]));
        std::fs::write(folder.path().join(".runner"), "{}").unwrap();
        let (hidden, read_only) = of();
        assert!(hidden.contains(&folder.path().join(".credentials")));
        assert!(read_only.contains(&folder.path().join("externals")));
    }
}
