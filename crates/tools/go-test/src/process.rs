//! The test processes of one `go test`, as the observer left them.
//!
//! What a test binary prints is its word alone: `TestMain` can print that tests passed and run none. So
//! it counts only where Go's testing framework says of the process that it ran.

use crate::untested::is_variant;
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::{Outcome, Suite};
use robot_observe::{Process, Record};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Import paths of packages by their real folders, in which go starts their tests.
pub(crate) type Folders = BTreeMap<PathBuf, String>;

/// Of all packages of a listing.
pub(crate) fn folders(listed: &[Listed]) -> Folders {
    let own = listed.iter().filter(|package| !is_variant(package) && !package.dep_only);
    let real = |package: &Listed| fs_err::canonicalize(&package.dir).ok();
    own.filter_map(|package| Some((real(package)?, package.import_path.clone()))).collect()
}

const UNPROVEN: &str = "the test process reported success, but `testing.M.Run` did not finish\n";

/// By import path.
#[derive(Debug, Default)]
pub(crate) struct Processes(BTreeMap<String, Vec<Process>>);

impl Processes {
    /// Reads what the observer left in a folder, and removes it.
    pub(crate) fn take(left: &Path, folders: &Folders) -> Self {
        let mut processes: BTreeMap<String, Vec<Process>> = BTreeMap::new();
        for process in Process::all(left) {
            let folder = fs_err::canonicalize(&process.folder).unwrap_or_default();
            if let Some(path) = folders.get(&folder) {
                processes.entry(path.clone()).or_default().push(process);
            }
        }
        let _ = fs_err::remove_dir_all(left);
        Self(processes)
    }

    /// Takes from packages that passed what their processes do not prove.
    pub(crate) fn judge(&self, suite: &mut Suite) {
        for (path, package) in &mut suite.packages {
            let processes = self.0.get(path).map(Vec::as_slice).unwrap_or_default();
            if !processes.is_empty() {
                // Go starts none for a package without tests, so it was the process that said so.
                package.has_no_tests = false;
                package.outcome = package.outcome.map(|said| said.max(Outcome::Pass));
            }
            if package.outcome == Some(Outcome::Pass) && !package.has_no_tests {
                let ran = |process: &Process| process.framework_ran;
                package.lacks_framework = processes.is_empty() || !processes.iter().all(ran);
            }
            if package.lacks_framework && !package.tests.is_empty() {
                package.output.push(UNPROVEN);
                package.outcome = Some(Outcome::Incomplete);
            }
        }
    }

    /// What the process of a package read, if there is one record of it.
    pub(crate) fn record(&self, path: &str) -> Option<&Record> {
        match self.0.get(path).map(Vec::as_slice) {
            Some([process]) => process.record.as_ref(),
            _ => None,
        }
    }
}
