//! What the program that started the test binaries saw of each.

use crate::untested::is_listed;
use robot_golang::package_list::Package as Listed;
use robot_golang::suite::Outcome;
use robot_golang::suite::Suite;
use robot_observe::Record;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// By the folder of the package.
pub(crate) type Records = BTreeMap<PathBuf, Vec<Record>>;

/// Bytes of one record that are read.
const LIMIT: u64 = 64 << 20;

/// All records of a folder. What cannot be read proves nothing, and is left out.
pub(crate) fn read(folder: &Path) -> Records {
    let mut records = Records::new();
    for entry in fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let mut bytes = Vec::new();
        let read = fs_err::File::open(entry.path())
            .and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
        let record = read.ok().and_then(|_| serde_json::from_slice::<Record>(&bytes).ok());
        if let Some(record) = record {
            records.entry(record.folder.clone()).or_default().push(record);
        }
    }
    records
}

/// Takes no test for passed whose process told of it and never ran the tests to their end: `TestMain` can
/// print what it likes.
pub(crate) fn refuse_unproven(records: &Records, listed: &[Listed], suite: &mut Suite) {
    for package in listed.iter().filter(|package| is_listed(package)) {
        let of_package = records.get(Path::new(&package.dir));
        let is_unproven = of_package.into_iter().flatten().any(|record| record.is_unproven);
        let Some(package) = suite.packages.get_mut(&package.import_path) else { continue };
        let is_green = matches!(package.outcome, Some(Outcome::Pass | Outcome::Flaky));
        if is_unproven && is_green && !package.reused && !package.tests.is_empty() {
            package.output.push(
                "its process told of tests and ended with success, but `testing.M.Run` did not come to its end\n",
            );
            package.outcome = Some(Outcome::Incomplete);
        }
    }
}
