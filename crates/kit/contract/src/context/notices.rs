//! What is said while a verb still works: that something takes minutes, before it starts.

use super::Context;
use std::io::Write as _;
use std::path::PathBuf;

impl Context {
    /// Says at once what takes long and what it costs: to the log, and to who shows a step's log only when the
    /// step has ended. One line; a failure to say it stops nothing.
    pub fn announce(&self, text: &str) {
        let line: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        let _ = writeln!(std::io::stderr().lock(), "{line}");
        if let Some(path) = &self.notices {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            let _ = file.and_then(|mut file| writeln!(file, "{line}"));
        }
    }

    /// The file that `robot ci` reads announcements from while a step runs.
    #[must_use]
    pub fn announcing_to(mut self, path: PathBuf) -> Self {
        self.notices = Some(path);
        self
    }
}
