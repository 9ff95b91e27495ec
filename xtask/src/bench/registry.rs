//! A real registry for measurements.

use super::measure;
use crate::{command, setup};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

/// How long the registry may take to start.
const START: Duration = Duration::from_secs(20);

/// A registry in a process of its own, ended when dropped.
pub(super) struct Registry {
    process: Child,
    storage: PathBuf,
    /// `127.0.0.1:PORT`
    pub(super) host: String,
}

impl Registry {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let (settings, log) = (folder.join("registry.yml"), folder.join("registry.log"));
        let storage = folder.join("registry");
        let _ = fs_err::remove_dir_all(&storage);
        let text = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            storage.display()
        );
        fs_err::write(&settings, text)?;
        let file = fs_err::File::create(&log)?.into_file();
        let mut registry = command(&setup::peer("registry")?.to_string_lossy());
        registry.arg("serve").arg(settings).env("OTEL_TRACES_EXPORTER", "none");
        let process = registry.stdout(file.try_clone()?).stderr(file).spawn()?;
        let mut registry = Self { process, storage, host: String::new() };
        let start = Instant::now();
        while registry.host.is_empty() {
            anyhow::ensure!(
                start.elapsed() < START,
                "the registry did not start: {}",
                log.display()
            );
            std::thread::sleep(Duration::from_millis(20));
            let said = fs_err::read_to_string(&log)?;
            let found = said.split("listening on ").nth(1).and_then(|rest| rest.split('"').next());
            registry.host = found.unwrap_or_default().to_owned();
        }
        Ok(registry)
    }

    /// Bytes that the registry stores.
    pub(super) fn size(&self) -> Result<u64> {
        measure::size(&self.storage)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
