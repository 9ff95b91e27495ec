//! How much memory the processes of an attempt use.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Processes between us and the program: the one that seals, and its init.
const ABOVE: usize = 2;
/// Between two looks.
const PERIOD: Duration = Duration::from_millis(50);

/// Kills what uses more memory than it may.
#[derive(Debug)]
pub(super) struct Watch {
    done: Arc<AtomicBool>,
    exceeded: Arc<AtomicBool>,
}

impl Watch {
    /// Watches the processes below this one until it is dropped.
    pub(super) fn new(limit: u64) -> Self {
        let watch = Self { done: Arc::default(), exceeded: Arc::default() };
        let (done, exceeded) = (Arc::clone(&watch.done), Arc::clone(&watch.exceeded));
        std::thread::spawn(move || {
            while !done.load(Ordering::SeqCst) {
                let processes = below(std::process::id());
                if processes.iter().filter_map(|pid| resident(*pid)).sum::<u64>() > limit {
                    exceeded.store(true, Ordering::SeqCst);
                    for pid in processes {
                        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                            let _ = kill_process(pid, Signal::KILL);
                        }
                    }
                }
                std::thread::sleep(PERIOD);
            }
        });
        watch
    }

    /// Whether it had to kill.
    pub(super) fn has_killed(&self) -> bool {
        self.exceeded.load(Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
    }
}

/// The sealed processes below one.
fn below(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut level, mut depth, mut found) = (vec![root], 0, Vec::new());
    // Numbers that are used again could make a ring; no real tree is so deep.
    while !level.is_empty() && depth < 100 {
        level =
            level.iter().flat_map(|pid| children.get(pid).cloned().unwrap_or_default()).collect();
        depth += 1;
        if depth > ABOVE {
            found.extend(&level);
        }
    }
    found
}

/// `man 5 proc_pid_stat`: the fourth field; the second may hold anything but ends with the last `)`.
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// `man 5 proc_pid_statm`: the second field, in pages.
fn resident(pid: u32) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
