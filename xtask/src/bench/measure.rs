//! What a command costs: time, CPU seconds, memory.

use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use wait4::Wait4 as _;

/// What one run cost, its descendants included.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Largest resident set of any one process, in bytes.
    pub(crate) memory: u64,
}

impl std::ops::Add for Cost {
    type Output = Self;

    /// One after the other.
    fn add(self, next: Self) -> Self {
        Self {
            wall: self.wall + next.wall,
            cpu: self.cpu + next.cpu,
            memory: self.memory.max(next.memory),
        }
    }
}

/// Runs to the end with all output to the file `log`; only exit codes in `accepted` are a
/// measurement.
pub(crate) fn run(command: &mut Command, log: &Path, accepted: &[i32]) -> Result<Cost> {
    let file = fs_err::File::create(log)?.into_file();
    command.stdout(file.try_clone()?).stderr(file);
    let start = Instant::now();
    let child = command.spawn().with_context(|| format!("{command:?} did not start"))?;
    let ended = child.wait4()?;
    let wall = start.elapsed();
    ensure!(
        ended.status.code().is_some_and(|code| accepted.contains(&code)),
        "{command:?} ended with {}; its output is in {}",
        ended.status,
        log.display()
    );
    let cpu = ended.rusage.utime + ended.rusage.stime;
    Ok(Cost { wall, cpu, memory: ended.rusage.maxrss })
}

/// The middle one by wall time.
pub(crate) fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wall);
    costs.get(costs.len() / 2).copied().unwrap_or_default()
}

/// Bytes of all files below `folder`.
pub(crate) fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(total)
}
