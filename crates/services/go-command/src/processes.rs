//! The observer's records of the test processes of one `go test`.
//!
//! The output of a test binary alone proves nothing: a `TestMain` can print that tests passed without running any. A pass
//! counts only if Go's testing framework confirmed that the process ran its tests.

use robot_contract::Helper;
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::{Suite, TestOutcome};
use robot_observe::{Process, Record, VERB, Watch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The helper that go starts instead of each test binary. Every tool that starts tests must register it.
pub const OBSERVE: Helper = Helper { name: VERB, run: robot_observe::observe };

/// The argument that makes go start each test binary through this program, which writes its records to `left`. go then always
/// runs the tests instead of reusing a result (`go help test`). `None` if the path cannot be passed to go.
pub fn observer(watch: Watch, left: &Path) -> Option<String> {
    let program = std::env::current_exe().ok().filter(|program| program.is_file())?;
    let words = [program.as_os_str(), VERB.as_ref(), watch.word().as_ref(), left.as_os_str()];
    let words = words.map(|word| word.to_str().and_then(quoted));
    let words: Option<Vec<String>> = words.into_iter().collect();
    Some(format!("-exec={}", words?.join(" ")))
}

/// Quotes a word for go's splitting of flags, which has no escapes: <https://pkg.go.dev/cmd/internal/quoted>.
fn quoted(word: &str) -> Option<String> {
    let is_plain = !word.contains(|c: char| c.is_whitespace() || "'\"".contains(c));
    match (is_plain, word.contains('\''), word.contains('"')) {
        (true, ..) => Some(word.to_owned()),
        (_, false, _) => Some(format!("'{word}'")),
        (_, _, false) => Some(format!("\"{word}\"")),
        _ => None,
    }
}

/// Import paths of packages by their real folders, in which go starts their tests.
pub type Folders = BTreeMap<PathBuf, String>;

/// For all packages of a listing.
pub fn test_folders(listed: &[Listed]) -> Folders {
    let own = listed.iter().filter(|package| !package.is_variant() && !package.dep_only);
    let real = |package: &Listed| fs_err::canonicalize(&package.dir).ok();
    own.filter_map(|package| Some((real(package)?, package.import_path.clone()))).collect()
}

const UNPROVEN: &str = "the test process reported success, but `testing.M.Run` did not finish\n";

/// Processes by import path.
#[derive(Debug, Default)]
pub struct Processes(BTreeMap<String, Vec<Process>>);

impl Processes {
    /// Reads the observer's records in a folder, and removes them.
    pub fn take(left: &Path, folders: &Folders) -> Self {
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

    /// Revokes passes that the processes do not prove.
    pub fn judge(&self, suite: &mut Suite) {
        for (path, package) in &mut suite.packages {
            let processes = self.0.get(path).map(Vec::as_slice).unwrap_or_default();
            if !processes.is_empty() {
                // Go starts no process for a package without tests, so the process itself printed this.
                package.has_no_tests = false;
                package.outcome = package.outcome.map(|said| said.max(TestOutcome::Pass));
            }
            if package.outcome == Some(TestOutcome::Pass) && !package.has_no_tests {
                let ran = |process: &Process| process.framework_ran;
                package.lacks_framework = processes.is_empty() || !processes.iter().all(ran);
            }
            if package.lacks_framework && !package.tests.is_empty() {
                package.output.push(UNPROVEN);
                package.outcome = Some(TestOutcome::Incomplete);
            }
        }
    }

    /// The record of a package's process, if there is exactly one.
    pub fn record(&self, path: &str) -> Option<&Record> {
        match self.0.get(path).map(Vec::as_slice) {
            Some([process]) => process.record.as_ref(),
            _ => None,
        }
    }
}
