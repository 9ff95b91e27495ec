//! Files for other tools and later runs, and where they go.

mod line_hash;
mod sarif;
pub(crate) mod upload;
mod vex;

use crate::baseline::{self, Inventory, State};
use crate::decide::{Decision, Facts};
use crate::ignore::Ignores;
use robot_contract::{Context, Failure, ResultExt, stream_atomically, write_atomically};
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::scope;

/// What is written.
pub(crate) struct Findings<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) decision: &'a Decision,
    pub(crate) ignores: &'a Ignores,
    pub(crate) inventory: &'a Inventory,
}

/// The files, and what did not get into them.
pub(crate) struct Left {
    pub(crate) json: PathBuf,
    pub(crate) sarif: PathBuf,
    pub(crate) vex: PathBuf,
    pub(crate) notes: Vec<String>,
}

impl Findings<'_> {
    /// Writes all files, at once. `kept`: where the record is kept for later runs as well.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(
        &self,
        folder: &Path,
        kept: Option<&Path>,
        context: &Context,
    ) -> Result<Left, Failure> {
        let mut left = Left {
            json: folder.join("security.json"),
            sarif: folder.join("security.sarif"),
            vex: folder.join("security.openvex.json"),
            notes: Vec::new(),
        };
        let commit = context.commit();
        let ended = scope(|scope| {
            let sarif = scope.spawn(|| self.write_sarif(&left.sarif, context));
            let written = self.write_record(&left.json, kept, commit);
            let vex = self.write_vex(&left.vex);
            // A panic there is one here.
            let sarif = sarif.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, io::Error>((written?, vex?, sarif?))
        });
        let (kept_badly, (), left_out) =
            ended.or_external(|| format!("{} cannot be written", folder.display()))?;
        if left_out > 0 {
            left.notes.push(format!("{left_out} findings did not fit into SARIF, the least grave"));
        }
        // What cannot be kept costs a later comparison, not this run.
        let kept_badly =
            kept_badly.map(|error| format!("this run's record cannot be kept: {error}"));
        left.notes.extend(kept_badly);
        Ok(left)
    }

    fn write_record(
        &self,
        path: &Path,
        kept: Option<&Path>,
        commit: &str,
    ) -> io::Result<Option<io::Error>> {
        let Facts { rows, states, scans, now, .. } = self.facts;
        let told =
            |index: usize| (states.get(index).map_or("", State::word), self.set_aside(index));
        let record = baseline::record(commit, now.as_second(), rows, scans, self.inventory, told);
        let json = serde_json::to_vec(&record)?;
        write_atomically(path, &json)?;
        Ok(kept.and_then(|kept| write_atomically(kept, &json).err()))
    }

    fn write_vex(&self, path: &Path) -> io::Result<()> {
        let Facts { rows, now, .. } = self.facts;
        let vex = vex::document(rows, &self.decision.by_row, *now, |index| {
            self.set_aside(index).map(Cow::into_owned)
        });
        stream_atomically(path, |file| Ok(serde_json::to_writer(file, &vex)?))
    }

    /// How many findings did not fit.
    fn write_sarif(&self, path: &Path, context: &Context) -> io::Result<usize> {
        let Facts { rows, states, scans, .. } = self.facts;
        let (root, checkout) = (&context.directory, context.checkout());
        let runs = sarif::runs(rows, states, &self.decision.by_row, scans, root, &checkout);
        let (sarif, left_out) = robot_render::sarif(runs);
        // Not dropped, as the process ends soon.
        let sarif = std::mem::ManuallyDrop::new(sarif);
        stream_atomically(path, |file| Ok(serde_json::to_writer(file, &*sarif)?))?;
        Ok(left_out)
    }

    /// Why a row is set aside, by an entry or by the scanner itself.
    fn set_aside(&self, index: usize) -> Option<Cow<'_, str>> {
        let entry = self.facts.applied.by_row.get(index).copied().flatten();
        let entry = entry.and_then(|entry| self.ignores.entries.get(entry));
        let suppressed = || self.facts.rows.get(index)?.suppressed();
        entry.map(|entry| entry.reason.as_str()).or_else(suppressed).map(Cow::Borrowed)
    }
}
