//! The reference implementation of a registry, in a process of its own.
//! <https://distribution.github.io/distribution/>

use crate::{scrubbed, tool, wait_until, write};
use robot_process::Background;
use tempfile::TempDir;

/// A registry without anything in it. It ends with the test.
#[derive(Debug)]
pub struct RealRegistry {
    host: String,
    _process: Background,
    _folder: TempDir,
}

impl RealRegistry {
    /// Starts the registry that `cargo xtask test` has installed.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (settings, log) = (folder.path().join("config.yml"), folder.path().join("log"));
        let storage = folder.path().join("storage");
        let text = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            storage.display()
        );
        write(&settings, &text);
        let command = scrubbed(tool("ROBOT_TEST_REGISTRY")).arg("serve").arg(settings);
        let process = command.env("OTEL_TRACES_EXPORTER", "none").spawn_to(&log).unwrap();
        let mut host = None;
        wait_until("the registry's address in its log", || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let found = log.split("listening on ").nth(1).and_then(|rest| {
                let end = rest.find(|one: char| !one.is_ascii_digit() && !".:".contains(one))?;
                Some(rest[..end].to_owned())
            });
            host = found;
            host.is_some()
        });
        Self { host: host.unwrap(), _process: process, _folder: folder }
    }

    /// `127.0.0.1:PORT`, the registry's name in references.
    pub fn host(&self) -> &str {
        &self.host
    }
}
