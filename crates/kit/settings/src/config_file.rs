//! robot.yml: finds and reads the settings file.

use crate::document::{Document, join};
use crate::schema::{nearest, place, properties, refuse_unknown_keys, unknown};
use crate::{Failure, repository};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Paths of the settings file in a folder.
const PATHS: [&str; 2] = [".github/robot.yml", "robot.yml"];
/// Paths that are easily confused with them; an error if they exist.
const NOT_READ: [&str; 2] = [".github/robot.yaml", "robot.yaml"];

/// Largest settings file in bytes.
const LIMIT: u64 = 1 << 20;

/// robot.yml, parsed but not yet checked against any tool.
#[derive(Debug, Default)]
pub struct ConfigFile {
    name: String,
    document: Document,
}

impl ConfigFile {
    /// Reads `explicit`, or the settings file of `directory`, or else that of the repository's root. Without a
    /// file there are no settings.
    ///
    /// # Errors
    /// The explicit file is missing, a file would be ignored, a file cannot be read, or the YAML is invalid.
    pub fn load(directory: &Path, explicit: Option<&Path>) -> Result<Self, Failure> {
        let found = match explicit {
            Some(path) => Some(path.to_path_buf()),
            None => find(directory)?,
        };
        let Some(path) = found else { return Ok(Self::default()) };
        let name = path.display().to_string();
        let text = read(&directory.join(path)).map_err(|error| {
            Failure::config(format!("{name}: the settings cannot be read")).caused_by(&error)
        })?;
        Self::parse(&text, &name)
    }

    /// Parses the text of a file called `name`.
    ///
    /// # Errors
    /// Invalid YAML, with line and column.
    pub fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        Ok(Self { name: name.to_owned(), document: Document::parse(text, name)? })
    }

    /// The file's name; empty when there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rejects sections that no tool has. A single tool's binary passes only its own name and rejects sections
    /// that look like a misspelling of it.
    ///
    /// # Errors
    /// An unknown section, with line, column and the nearest known one.
    pub fn refuse_unknown_sections(&self, known: &[&str], all: bool) -> Result<(), Failure> {
        for key in self.document.values.keys() {
            let near = nearest(key, known.iter().copied());
            if !known.contains(&key.as_str()) && (all || near.is_some()) {
                let known = known.iter().copied();
                return Err(unknown(key, key, known, &self.document, &self.name));
            }
        }
        Ok(())
    }

    pub(crate) const fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) fn section(&self, tool: &str) -> Result<Option<&Map<String, Value>>, Failure> {
        match self.document.values.get(tool) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(section)) => Ok(Some(section)),
            Some(_) => {
                let place = place(&self.document, tool, &self.name);
                Err(Failure::config(format!("{place}: `{tool}` must be a mapping of settings")))
            }
        }
    }

    /// Rejects keys in `tool`'s section that are in none of its verbs' `schemas`.
    ///
    /// # Errors
    /// An unknown key, with line, column and the nearest known one.
    pub fn check_section(
        &self,
        tool: &str,
        schemas: impl FnOnce() -> Vec<Value>,
    ) -> Result<(), Failure> {
        let Some(section) = self.section(tool)? else { return Ok(()) };
        let schemas = schemas();
        for (key, value) in section {
            let path = join(tool, key);
            let known = schemas.iter().find_map(|root| Some((root, root["properties"].get(key)?)));
            let Some((root, schema)) = known else {
                let names = schemas.iter().flat_map(properties).map(|(name, _)| name.as_str());
                return Err(unknown(key, &path, names, &self.document, &self.name));
            };
            refuse_unknown_keys(root, schema, value, &path, &self.document, &self.name)?;
        }
        Ok(())
    }
}

/// Reads a regular file within the limit, because a pipe or a device might never end.
fn read(path: &Path) -> std::io::Result<String> {
    let metadata = fs_err::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    if metadata.len() > LIMIT {
        return Err(std::io::Error::other(format!("it is larger than {} KiB", LIMIT >> 10)));
    }
    fs_err::read_to_string(path)
}

/// The settings file of a folder, or else of its repository's root, relative to the folder.
fn find(directory: &Path) -> Result<Option<PathBuf>, Failure> {
    if let Some(path) = find_in(directory, Path::new(""))? {
        return Ok(Some(PathBuf::from(path)));
    }
    let Some(root) = repository::root(directory) else { return Ok(None) };
    let levels = directory.ancestors().take_while(|folder| *folder != root);
    let up: PathBuf = levels.map(|_| "..").collect();
    Ok(find_in(root, &up)?.map(|path| up.join(path)))
}

fn find_in(folder: &Path, shown: &Path) -> Result<Option<&'static str>, Failure> {
    let shown = |path: &str| shown.join(path).display().to_string();
    // A broken symbolic link counts as a settings file, so that it is not silently ignored.
    let is_there = |path: &&&str| folder.join(**path).symlink_metadata().is_ok();
    if let Some(path) = NOT_READ.iter().find(is_there) {
        let right = path.replace(".yaml", ".yml");
        return Err(Failure::config(format!("{} would be ignored", shown(path)))
            .hint(format!("rename it to {right}, or set `config` to the settings file")));
    }
    let found: Vec<&str> = PATHS.iter().filter(is_there).copied().collect();
    match found.as_slice() {
        [one, other] => Err(Failure::config(format!(
            "{} and {} both exist, and only one of them would be read",
            shown(one),
            shown(other)
        ))
        .hint("delete one of them, or set `config` to the settings file")),
        [one] if !folder.join(one).is_file() => {
            let failure = Failure::config(format!("{} is not a file", shown(one)));
            Err(failure
                .hint("make it a regular file, or a symbolic link to an existing regular file"))
        }
        found => Ok(found.first().copied()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn loaded(folder: &Path) -> String {
        match ConfigFile::load(folder, None) {
            Ok(file) => file.name().to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn the_folders_own_file_comes_before_that_of_its_repository() {
        let repository = tempfile::tempdir().unwrap();
        let robot = repository.path().join("robots/a");
        std::fs::create_dir_all(&robot).unwrap();
        write(repository.path(), ".github/robot.yml", "");
        assert_eq!(loaded(&robot), "", "there is no repository yet");
        std::fs::create_dir(repository.path().join(".git")).unwrap();
        assert_eq!(loaded(&robot), "../../.github/robot.yml");
        assert_eq!(loaded(repository.path()), ".github/robot.yml");
        write(&robot, "robot.yml", "");
        assert_eq!(loaded(&robot), "robot.yml");
    }

    #[test]
    fn a_file_that_would_be_ignored_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "robot.yml", "");
        write(folder.path(), ".github/robot.yml", "");
        let both = loaded(folder.path());
        assert!(both.contains(".github/robot.yml and robot.yml both exist"), "{both}");
        write(folder.path(), ".github/robot.yaml", "");
        let wrong = loaded(folder.path());
        assert!(wrong.contains(".github/robot.yaml would be ignored"), "{wrong}");
        assert_eq!(
            ConfigFile::load(folder.path(), Some("robot.yml".as_ref())).unwrap().name(),
            "robot.yml"
        );

        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("robot.yml")).unwrap();
        assert!(loaded(folder.path()).contains("robot.yml is not a file"));
    }
}
