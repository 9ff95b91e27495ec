//! The files that the runner reads after a step: outputs and summary.

use data_encoding::HEXLOWER;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Largest step summary of one step that GitHub accepts, in bytes.
pub const SUMMARY_LIMIT: u64 = 1024 * 1024;

/// 128 random bits as hex: a delimiter or token that output of code under test cannot guess.
///
/// # Errors
/// The operating system returned no random bytes.
pub fn random_token() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    Ok(HEXLOWER.encode(&bytes))
}

/// Appends `name=value` to `$GITHUB_OUTPUT`, in the form for values of any number of lines.
///
/// # Errors
/// The file cannot be written.
pub fn append_output(path: &Path, name: &str, value: &str) -> io::Result<()> {
    let delimiter = format!("robot_{}", random_token()?);
    let entry = format!("{name}<<{delimiter}\n{value}\n{delimiter}\n");
    open_to_append(path)?.write_all(entry.as_bytes())
}

/// Appends Markdown to `$GITHUB_STEP_SUMMARY`. If the step's summary would exceed 1 MiB, it writes nothing and
/// returns `false`, because GitHub would then show no summary at all.
///
/// # Errors
/// The file cannot be written.
pub fn append_summary(path: &Path, markdown: &str) -> io::Result<bool> {
    let mut file = open_to_append(path)?;
    let written = file.metadata()?.len();
    if written.saturating_add(markdown.len() as u64) > SUMMARY_LIMIT {
        return Ok(false);
    }
    file.write_all(markdown.as_bytes())?;
    Ok(true)
}

fn open_to_append(path: &Path) -> io::Result<File> {
    Ok(fs_err::OpenOptions::new().append(true).create(true).open(path)?.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_keep_every_line_of_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        append_output(&path, "restore-keys", "a\nb").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let delimiter = lines[0].strip_prefix("restore-keys<<").unwrap();
        assert_eq!(lines, [&format!("restore-keys<<{delimiter}"), "a", "b", delimiter]);
    }

    #[test]
    fn a_summary_over_the_limit_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        assert!(append_summary(&path, "first").unwrap());
        assert!(!append_summary(&path, &"x".repeat(SUMMARY_LIMIT as usize)).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
    }
}
