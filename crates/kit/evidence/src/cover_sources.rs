//! The files that a cover profile was measured on: `<profile>.sources.json` ([`CoverSources`]).

use data_encoding::HEXLOWER;
use robot_files::write_atomically;
use robot_model::{COVER_SOURCES_SCHEMA, CoverSources};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The list of measured sources beside a profile.
#[derive(Debug)]
pub struct Sources {
    found: CoverSources,
}

impl Sources {
    /// Path of the list for a profile.
    pub fn path(profile: &Path) -> PathBuf {
        let mut path = profile.as_os_str().to_owned();
        path.push(".sources.json");
        path.into()
    }

    /// Writes the list for a profile with this `text`, which has just been measured in `directory` at this commit.
    /// `files` are the measured files by their paths below `directory`, with `/`. `unmeasured` are the import paths
    /// of packages that have tests but no coverage.
    ///
    /// # Errors
    /// A source cannot be read, or the list cannot be written.
    pub fn write(
        path: &Path,
        text: &str,
        files: impl IntoIterator<Item = String>,
        unmeasured: Vec<String>,
        commit: &str,
        directory: &Path,
    ) -> io::Result<()> {
        let folders = files.into_iter().map(|path| folder_of(&path).to_owned()).collect();
        let note = CoverSources {
            schema: COVER_SOURCES_SCHEMA.to_owned(),
            commit: commit.to_owned(),
            profile: sha256(text.as_bytes()),
            files: hashes(&folders, directory)?,
            unmeasured,
        };
        write_atomically(&Self::path(path), &serde_json::to_vec(&note)?)
    }

    /// The list beside a profile; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read, or has another version.
    pub fn read(profile: &Path) -> io::Result<Option<Self>> {
        let file = match std::fs::File::open(Self::path(profile)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        let found: CoverSources = serde_json::from_slice(&bytes)?;
        match found.schema == COVER_SOURCES_SCHEMA {
            true => Ok(Some(Self { found })),
            false => Err(io::Error::other(format!("unsupported schema `{}`", found.schema))),
        }
    }

    /// The checked-out commit; empty outside of git.
    pub fn commit(&self) -> &str {
        &self.found.commit
    }

    /// Import paths of packages with tests whose coverage was not measured.
    pub fn unmeasured(&self) -> &[String] {
        &self.found.unmeasured
    }

    /// The first difference between the measured files and those in `directory`, or between the measured profile
    /// and the one with SHA-256 `hash`; `None` if there is none.
    ///
    /// # Errors
    /// A source cannot be read.
    pub fn differ(&self, hash: &str, directory: &Path) -> io::Result<Option<String>> {
        if self.found.profile != hash {
            return Ok(Some("the profile itself was changed or replaced".to_owned()));
        }
        let folders: BTreeSet<String> =
            self.found.files.keys().map(|path| folder_of(path).to_owned()).collect();
        let here = hashes(&folders, directory)?;
        let gone = self.found.files.keys().find(|path| !here.contains_key(*path));
        if let Some(path) = gone {
            return Ok(Some(format!("{path} no longer exists")));
        }
        let other = here.iter().find(|(path, hash)| self.found.files.get(*path) != Some(*hash));
        Ok(other.map(|(path, _)| match self.found.files.contains_key(path) {
            true => format!("{path} has changed"),
            false => format!("{path} is new"),
        }))
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Hashes of all Go files directly in these folders, by path. A missing folder has none.
fn hashes(folders: &BTreeSet<String>, root: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    for folder in folders {
        let entries = match fs_err::read_dir(root.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".go") || !entry.path().is_file() {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            hashes.insert(path, sha256(&fs_err::read(entry.path())?));
        }
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_of_the_files_that_it_was_measured_on_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let put = |name: &str, text: &str| fs_err::write(root.join(name), text).unwrap();
        fs_err::create_dir(root.join("a")).unwrap();
        put("a/a.go", "package a\n");
        put("a/a_test.go", "package a\n");
        put("x.go", "package x\n");
        let text = "mode: set\nm/a/a.go:1.1,1.2 1 1\n";
        let path = root.join("c.out");
        assert!(Sources::read(&path).unwrap().is_none());
        let files = ["a/a.go".to_owned()];
        Sources::write(&path, text, files, Vec::new(), "1f", root).unwrap();
        let sources = Sources::read(&path).unwrap().unwrap();
        let differ = || sources.differ(&sha256(text.as_bytes()), root).unwrap();
        assert_eq!(differ(), None);
        // A folder that the profile does not name does not matter.
        put("x.go", "package y\n");
        assert_eq!(differ(), None);
        put("a/a_test.go", "package b\n");
        assert_eq!(differ().unwrap(), "a/a_test.go has changed");
        put("a/a_test.go", "package a\n");
        put("a/b.go", "package a\n");
        assert_eq!(differ().unwrap(), "a/b.go is new");
        fs_err::remove_file(root.join("a/b.go")).unwrap();
        assert!(sources.differ("", root).unwrap().unwrap().contains("the profile itself"));
        fs_err::remove_dir_all(root.join("a")).unwrap();
        assert_eq!(differ().unwrap(), "a/a.go no longer exists");
        put(
            "c.out.sources.json",
            "{\"schema\":\"robot.cover-sources/v9\",\"commit\":\"\",\"profile\":\"\",\"files\":{}}",
        );
        assert!(Sources::read(&path).is_err());
    }
}
