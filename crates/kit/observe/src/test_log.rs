//! Whether a test binary of go's ran its tests: the testing package heads its log of what tests read, and
//! writes the head out when `M.Run` has come to its end.
//!
//! `go test` itself asks for that log where it may keep the result; tests see no flag that is new to them.
//! <https://pkg.go.dev/testing#M.Run>, `StartTestLog` and `StopTestLog` of
//! <https://github.com/golang/go/blob/master/src/testing/internal/testdeps/deps.go>

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const FLAG: &str = "-test.testlogfile=";
const HEAD: &[u8] = b"# test log\n";

/// The log of one run.
#[derive(Debug)]
pub(crate) struct TestLog {
    path: PathBuf,
}

impl TestLog {
    /// The log that go asks for in `arguments`, else one in `folder`, for which `arguments` then ask; `None`
    /// where they are not those of a test binary.
    pub(crate) fn of(arguments: &mut Vec<OsString>, folder: &Path) -> Option<Self> {
        let has = |start| arguments.iter().any(|argument| starts_with(argument, start));
        // A listing runs nothing.
        if !has("-test.") || has("-test.list") {
            return None;
        }
        let asked = arguments.iter().find_map(|argument| argument.to_str()?.strip_prefix(FLAG));
        if let Some(path) = asked {
            return Some(Self { path: path.into() });
        }
        let path = folder.join("test.log");
        let mut flag = OsString::from(FLAG);
        flag.push(&path);
        // Before the tests' own, which may end the flags.
        arguments.insert(0, flag);
        Some(Self { path })
    }

    /// Whether the tests came to their end.
    pub(crate) fn has_ended(&self) -> bool {
        let mut head = [0; HEAD.len()];
        File::open(&self.path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok())
            && head == HEAD
    }
}

fn starts_with(argument: &OsStr, start: &str) -> bool {
    argument.as_encoded_bytes().starts_with(start.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_binary_is_asked_for_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let mut other = words(&["-v"]);
        assert!(TestLog::of(&mut other, folder.path()).is_none());

        let mut test = words(&["-test.timeout=10m0s", "-own"]);
        let log = TestLog::of(&mut test, folder.path()).unwrap();
        assert!(starts_with(&test[0], FLAG) && test.len() == 3, "{test:?}");
        assert!(!log.has_ended());
        std::fs::write(folder.path().join("test.log"), "# test log\nopen a\n").unwrap();
        assert!(log.has_ended());

        let gos = folder.path().join("gos.txt");
        let mut asked = words(&["-test.paniconexit0", &format!("{FLAG}{}", gos.display())]);
        let log = TestLog::of(&mut asked, folder.path()).unwrap();
        assert_eq!(asked.len(), 2, "go asks for one already");
        std::fs::write(&gos, "# test").unwrap();
        assert!(!log.has_ended());
    }
}
