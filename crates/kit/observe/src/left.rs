//! Records of test processes, in a folder of files that are written beside each process and read afterwards.
//!
//! Go's testing framework writes a log if it is told where (`-test.testlogfile`, which the go command also passes
//! as the first argument). The log starts in `m.Run`, before the first test, and is complete only when `m.Run` has
//! finished. A `TestMain` that runs no test writes no log
//! (<https://go.dev/src/testing/internal/testdeps/deps.go>; the same from Go 1.10 to 1.26).

use crate::record::Record;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

const FOLDER: &str = "folder";
const LOG: &str = "testlog";
const READS: &str = "reads.json";
/// The first line of a log.
const HEADING: &[u8] = b"# test log\n";
/// Largest record that is read, in bytes.
const RECORD_LIMIT: u64 = 64 << 20;

/// A test process that the observer started for go.
#[derive(Debug)]
pub struct Process {
    /// Its working folder at the start.
    pub folder: PathBuf,
    /// Whether Go's testing framework confirmed that it finished.
    pub framework_ran: bool,
    /// What it read, if that was observed.
    pub record: Option<Record>,
}

impl Process {
    /// All records in a folder. Unreadable ones are ignored.
    pub fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.filter_map(|entry| Self::read(&entry.path())).collect()
    }

    fn read(left: &Path) -> Option<Self> {
        let folder = PathBuf::from(OsString::from_vec(fs::read(left.join(FOLDER)).ok()?));
        let mut heading = Vec::new();
        let log = File::open(left.join(LOG));
        let log = log.and_then(|log| log.take(HEADING.len() as u64).read_to_end(&mut heading));
        let framework_ran = log.is_ok() && heading == HEADING;
        let record = File::open(left.join(READS)).ok().and_then(|file| {
            serde_json::from_reader(io::BufReader::new(file.take(RECORD_LIMIT))).ok()
        });
        Some(Self { folder, framework_ran, record })
    }
}

/// The place for the files of one process.
pub(crate) struct Leaving(PathBuf);

impl Leaving {
    /// Creates the place for a process that starts in the working folder.
    pub(crate) fn new(all: &Path) -> io::Result<Self> {
        let place = tempfile::Builder::new().prefix("process-").tempdir_in(all)?.keep();
        fs::write(place.join(FOLDER), std::env::current_dir()?.as_os_str().as_bytes())?;
        Ok(Self(place.canonicalize()?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Adds the path of the log to the arguments of a test binary.
    pub(crate) fn arguments(&self, arguments: &[OsString]) -> Vec<OsString> {
        let is_of_go = |first: &OsString| first.as_bytes().starts_with(b"-test.");
        let log = arguments.first().is_some_and(is_of_go).then(|| {
            let mut argument = OsString::from("-test.testlogfile=");
            argument.push(self.0.join(LOG));
            argument
        });
        log.into_iter().chain(arguments.iter().cloned()).collect()
    }

    pub(crate) fn record(&self, record: &Record) -> io::Result<()> {
        let mut file = tempfile::Builder::new().tempfile_in(&self.0)?;
        serde_json::to_writer(io::BufWriter::new(file.as_file_mut()), record)?;
        file.persist(self.0.join(READS)).map_err(|error| error.error)?;
        Ok(())
    }
}

/// What is observed of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// What it reads, and whether the testing framework ran.
    Reads,
    /// Only whether the testing framework ran; the process runs as without the observer.
    Framework,
}

impl Watch {
    /// The word for the helper's first argument.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Framework => "framework",
        }
    }

    pub(crate) fn parse(word: &OsStr) -> Option<Self> {
        [Self::Reads, Self::Framework].into_iter().find(|watch| word == watch.word())
    }
}
