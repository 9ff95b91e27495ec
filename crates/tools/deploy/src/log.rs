//! The robot's lines: masked, kept whole in a file for each attempt, shown readable.

use crate::source::Made;
use crate::target::Line;
use robot_contract::{Failure, ResultExt};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Bytes of a log file.
const LIMIT: u64 = 64 << 20;
/// Last lines that the report repeats.
const LAST: usize = 20;
/// Characters of a line that are shown.
const SHOWN: usize = 2000;

/// Where the robot's lines go.
pub(crate) struct Log {
    folder: PathBuf,
    name: String,
    secrets: Vec<String>,
    file: Option<(u32, File, u64)>,
    last: VecDeque<String>,
    /// Files that were written, one an attempt.
    pub(crate) files: Vec<PathBuf>,
    /// What could not be written.
    pub(crate) failure: Option<Failure>,
}

impl Log {
    pub(crate) fn new(folder: &Path, name: &str, made: &[Made]) -> Self {
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            secrets: secrets(made),
            file: None,
            last: VecDeque::new(),
            files: Vec::new(),
            failure: None,
        }
    }

    /// Keeps a line, and gives it as it is to be shown.
    pub(crate) fn keep(&mut self, line: &Line) -> String {
        let text = self.mask(&line.text);
        if let Err(failure) = self.write(line.attempt, &text) {
            self.failure.get_or_insert(failure);
        }
        let shown: String = readable(&text).chars().take(SHOWN).collect();
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(shown.clone());
        shown
    }

    /// A text without the values of secrets.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
            }
        }
        text
    }

    /// The last lines of the newest attempt.
    pub(crate) fn last(&self) -> impl Iterator<Item = &str> {
        self.last.iter().map(String::as_str)
    }

    fn write(&mut self, attempt: u32, text: &str) -> Result<(), Failure> {
        if self.file.as_ref().is_none_or(|(open, ..)| *open != attempt) {
            self.last.clear();
            let path = self.folder.join(format!("{}-{attempt}.log", self.name));
            let open = fs_err::create_dir_all(&self.folder).and_then(|()| File::create(&path));
            let file =
                open.or_external(|| format!("{}: the log cannot be written", path.display()))?;
            self.file = Some((attempt, file, 0));
            self.files.push(path);
        }
        let Some((_, file, size)) = &mut self.file else { return Ok(()) };
        let before = *size;
        *size += text.len() as u64 + 1;
        let line = match (*size > LIMIT, before > LIMIT) {
            (false, _) => text,
            (true, false) => "… the rest was cut: the log is larger than 64 MiB",
            (true, true) => return Ok(()),
        };
        file.write_all(format!("{line}\n").as_bytes())
            .or_external(|| "the log cannot be written".to_owned())
    }
}

/// Every line of every value, the longest first; as it is, and as JSON has it.
fn secrets(made: &[Made]) -> Vec<String> {
    let mut secrets = Vec::new();
    for value in made.iter().filter(|one| one.is_secret).flat_map(|one| one.values.values()) {
        let text = String::from_utf8_lossy(value.expose()).into_owned();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            secrets.push(line.to_owned());
            let quoted = Value::from(line).to_string();
            secrets.push(quoted[1..quoted.len() - 1].to_owned());
            secrets.push(data_encoding::BASE64.encode(line.as_bytes()));
        }
    }
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

/// A line of JSON as people read it: level, message, and the rest as `key=value`.
fn readable(line: &str) -> String {
    let parsed = line.trim_start().starts_with('{').then(|| serde_json::from_str::<Value>(line));
    let Some(Ok(Value::Object(mut fields))) = parsed else { return line.to_owned() };
    let mut take = |names: &[&str]| {
        let name = names.iter().find(|name| fields.get(**name).is_some_and(Value::is_string))?;
        fields.shift_remove(*name).and_then(|value| value.as_str().map(str::to_owned))
    };
    let time = take(&["time", "ts", "timestamp"]);
    let level = take(&["level", "severity"]);
    let Some(message) = take(&["msg", "message", "event"]) else { return line.to_owned() };
    let mut text = [time, level.map(|level| level.to_uppercase()), Some(message)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    for (key, value) in &fields {
        match value {
            Value::String(value) => text.push_str(&format!(" {key}={value}")),
            value => text.push_str(&format!(" {key}={value}")),
        }
    }
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_are_shown_readable() {
        let line = r#"{"time":"2026-01-01T00:00:00Z","level":"info","msg":"listening","addr":":80","n":2}"#;
        assert_eq!(readable(line), "2026-01-01T00:00:00Z INFO listening addr=:80 n=2");
        for other in ["plain", "{broken", "{\"a\":1}", ""] {
            assert_eq!(readable(other), other);
        }
        assert_eq!(readable(r#"{"msg":"a\nb"}"#), "a b");
    }
}
