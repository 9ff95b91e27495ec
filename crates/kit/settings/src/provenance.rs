//! The origin of each setting.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The origin of a setting's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A flag on the command line.
    Flag,
    /// An input of the GitHub action.
    Input,
    /// A line of robot.yml.
    File {
        /// Path as given, relative to the working directory.
        path: String,
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
    },
    /// The tool's default.
    Default,
}

/// The origin of each key. Keys are dotted paths: `layers.unit.race`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    origins: BTreeMap<String, Origin>,
}

impl Provenance {
    /// Records the origin of `path`, and removes origins below it.
    pub(crate) fn set(&mut self, path: &str, origin: Origin) {
        let below = format!("{path}.");
        self.origins.retain(|known, _| known != path && !known.starts_with(&below));
        self.origins.insert(path.to_owned(), origin);
    }

    /// Records the origin of `path`, but keeps the origins of its `entries`.
    pub(crate) fn set_around<'a>(
        &mut self,
        path: &str,
        entries: impl Iterator<Item = &'a String>,
        origin: Origin,
    ) {
        for entry in entries {
            let entry = format!("{path}.{entry}");
            let known = self.origin(&entry).clone();
            self.origins.insert(entry, known);
        }
        self.origins.insert(path.to_owned(), origin);
    }

    /// The origins below `path`, by their relative paths.
    pub(crate) fn below(&self, path: &str) -> impl Iterator<Item = (&str, &Origin)> {
        self.origins.iter().filter_map(move |(known, origin)| {
            let rest = known.strip_prefix(path)?.strip_prefix('.')?;
            Some((rest, origin))
        })
    }

    /// Records the origin of a path below one that was just [set](Self::set).
    pub(crate) fn set_nested(&mut self, path: String, origin: Origin) {
        self.origins.insert(path, origin);
    }

    /// The origin of `path`, or of the nearest setting around it.
    pub fn origin(&self, path: &str) -> &Origin {
        let mut path = path;
        loop {
            if let Some(origin) = self.origins.get(path) {
                return origin;
            }
            match path.rfind('.') {
                Some(dot) => path = &path[..dot],
                None => return &Origin::Default,
            }
        }
    }

    /// The location of `path` in words: ``flag `--race` ``, ``.github/robot.yml:4:7 `race` ``.
    pub fn place(&self, path: &str) -> String {
        let key = path.rsplit('.').next().unwrap_or(path);
        match self.origin(path) {
            Origin::Flag => format!("flag `--{key}`"),
            Origin::Input => format!("input `{}`", path.split('.').next().unwrap_or(path)),
            Origin::Default => format!("the default of `{path}`"),
            file @ Origin::File { .. } => format!("{file} `{path}`"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => formatter.write_str("flag"),
            Self::Input => formatter.write_str("input"),
            Self::File { path, line, column } => write!(formatter, "{path}:{line}:{column}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}
