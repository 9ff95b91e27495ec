//! The document as a file.

use crate::store::{self, Error, Store, Version};
use data_encoding::HEXLOWER;
use robot_model::EnvironmentState;
use rustix::fs::FlockOperation;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Bytes that are read.
const LIMIT: u64 = 1 << 20;

/// Keeps the document in a file. Writers on one machine wait for each other by a lock on a file beside it,
/// which the kernel gives up when its holder ends, however it ends.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    application: String,
    environment: String,
}

impl FileStore {
    /// The document of an application in an environment, in this file.
    pub fn new(path: impl Into<PathBuf>, application: &str, environment: &str) -> Self {
        Self {
            path: path.into(),
            application: application.to_owned(),
            environment: environment.to_owned(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn bytes(&self) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LIMIT {
            return Err(io::Error::other("it is larger than 1 MiB"));
        }
        Ok(Some(bytes))
    }

    fn exclusive(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let path = self.path.with_file_name(name);
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }
}

fn version(bytes: Option<&[u8]>) -> Version {
    Version(bytes.map(|bytes| HEXLOWER.encode(&Sha256::digest(bytes))))
}

impl Store for FileStore {
    fn read(&self) -> Result<(EnvironmentState, Version), Error> {
        let bytes = self.bytes()?;
        let state = match &bytes {
            Some(bytes) => store::parse(bytes, &self.application, &self.environment)?,
            None => EnvironmentState::new(&self.application, &self.environment),
        };
        Ok((state, version(bytes.as_deref())))
    }

    fn write(&self, state: &EnvironmentState, over: &Version) -> Result<Version, Error> {
        let _exclusive = self.exclusive()?;
        if version(self.bytes()?.as_deref()) != *over {
            return Err(Error::Conflict);
        }
        let mut bytes = serde_json::to_vec_pretty(state).map_err(io::Error::from)?;
        bytes.push(b'\n');
        if bytes.len() as u64 > LIMIT {
            return Err(Error::Unsound("it would be larger than 1 MiB".to_owned()));
        }
        robot_files::write_atomically(&self.path, &bytes)?;
        Ok(version(Some(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change;
    use robot_model::BreakerState;

    fn store(folder: &Path) -> FileStore {
        FileStore::new(folder.join("state/echo.json"), "echo", "staging")
    }

    #[test]
    fn who_read_an_older_version_does_not_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let (mut first, version) = store.read().unwrap();
        first.audit_head = Some("a".to_owned());
        store.write(&first, &version).unwrap();
        assert!(matches!(store.write(&first, &version), Err(Error::Conflict)));
        assert_eq!(store.read().unwrap().0, first);
    }

    #[test]
    fn no_change_of_many_writers_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        change::<_, Error>(&store, |state| {
                            state.breaker.failures += 1;
                            Ok(())
                        })
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(store.read().unwrap().0.breaker.failures, 20);
    }

    #[test]
    fn what_is_not_the_document_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        fs_err::create_dir_all(store.path().parent().unwrap()).unwrap();
        for (text, expected) in [
            ("", "not sound"),
            ("{\"schema\":\"robot.environment/v1\",\"application\":\"echo\"", "not sound"),
            ("{\"schema\":\"robot.environment/v2\"}", "schema `robot.environment/v2`"),
            (
                r#"{"schema":"robot.environment/v1","application":"other","environment":"staging"}"#,
                "belongs to other in staging",
            ),
            (
                r#"{"schema":"robot.environment/v1","application":"echo","environment":"staging","breaker":{"state":"ajar"}}"#,
                "not sound",
            ),
        ] {
            fs_err::write(store.path(), text).unwrap();
            let error = store.read().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert_eq!(fs_err::read_to_string(store.path()).unwrap(), text);
        }
    }

    #[test]
    fn fields_of_a_later_version_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        fs_err::create_dir_all(store.path().parent().unwrap()).unwrap();
        let text = r#"{"schema":"robot.environment/v1","application":"echo","environment":"staging","later":{"a":1}}"#;
        fs_err::write(store.path(), text).unwrap();
        change::<_, Error>(&store, |state| {
            state.breaker.state = BreakerState::Open;
            Ok(())
        })
        .unwrap();
        assert!(fs_err::read_to_string(store.path()).unwrap().contains("\"later\""));
    }
}
