//! Operating system functions for children and their process groups.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions};
use std::collections::BTreeSet;
use std::io::{self, PipeReader};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Leaders of started groups that are not reaped yet.
static STARTED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn started() -> MutexGuard<'static, BTreeSet<u32>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a child as the leader of a group, and registers it before it could be mistaken for an orphan.
pub(crate) fn start(command: &mut std::process::Command) -> io::Result<std::process::Child> {
    let mut started = started();
    let child = command.spawn()?;
    started.insert(child.id());
    Ok(child)
}

/// Must be called before its leader is reaped, because the number may be reused afterwards.
pub(crate) fn forget(leader: u32) {
    started().remove(&leader);
}

/// Kills everything that this process has started and not waited for, when it ends without unwinding.
pub fn kill_all() {
    started().iter().for_each(|leader| signal_group(*leader, Signal::KILL));
}

/// Sends a signal to a whole process group. A missing group is not an error.
///
/// Call it only while the leader is not reaped: until then the number cannot be reused.
pub(crate) fn signal_group(leader: u32, signal: Signal) {
    if let Some(group) = pid(leader) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// A pipe that is closed when the child has exited. It does not reap the child, so that its number is not reused
/// and its CPU time stays readable.
pub(crate) fn watch_exit(child: u32) -> io::Result<PipeReader> {
    let (exited, writer) = io::pipe()?;
    thread::Builder::new().name("child exit".to_owned()).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        if let Some(pid) = pid(child) {
            while let Err(Errno::INTR) = rustix::process::waitid(WaitId::Pid(pid), options) {}
        }
        drop(writer);
    })?;
    Ok(exited)
}

/// The exit code of a child that has exited, `None` inside for a signal. It does not reap the child.
pub(crate) fn exit_code(child: u32) -> io::Result<Option<Option<i32>>> {
    let Some(pid) = pid(child) else { return Ok(Some(None)) };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let status = rustix::process::waitid(WaitId::Pid(pid), options)?;
    Ok(status.map(|status| status.exit_status()))
}

/// User and system time of an unreaped child and its reaped descendants, by proc_pid_stat(5).
pub(crate) fn cpu_time(child: u32) -> Option<Duration> {
    let stat = std::fs::read(format!("/proc/{child}/stat")).ok()?;
    let ticks = cpu_ticks(&stat)?;
    Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// utime + stime + cutime + cstime: the fields 14 to 17.
fn cpu_ticks(stat: &[u8]) -> Option<u64> {
    // The second field is the name in brackets, which may itself contain spaces and brackets.
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let fields = str::from_utf8(&stat[after_name..]).ok()?;
    let times = fields.split_ascii_whitespace().skip(11).take(4).map(str::parse);
    let times: Vec<u64> = times.collect::<Result<_, _>>().ok()?;
    (times.len() == 4).then(|| times.iter().sum())
}

fn pid(child: u32) -> Option<Pid> {
    i32::try_from(child).ok().and_then(Pid::from_raw)
}

/// Lowers the priority of a whole group. Errors are ignored, because this only affects the order of work.
pub(crate) fn be_nice(group: u32, niceness: u8) {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    let _ = rustix::process::setpriority_pgrp(group, i32::from(niceness));
}

/// Makes orphaned descendants children of this process (`man 2 PR_SET_CHILD_SUBREAPER`), so that it finds them when
/// their parent was killed.
pub fn adopt_orphans() {
    // If the kernel does not support it, init adopts them.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Hides memory, variables and open files of this process from others of the same user (`man 2
/// PR_SET_DUMPABLE`): code under test must not read the job's secrets from our `/proc/<pid>/environ`.
pub fn hide_from_others() {
    // If the kernel does not support it, the threat model's limits for the same user apply.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Kills adopted children with their groups and descendants: all children that this process did not start itself
/// and that are in no group that it started. Returns their number.
pub fn kill_orphans() -> usize {
    // The lock is held throughout, so that a child that another thread starts is not taken for an orphan.
    let started = started();
    let is_ours = |one: Pid| started.contains(&one.as_raw_nonzero().get().unsigned_abs());
    let mut killed = 0;
    // The children of the killed ones follow. Bounded, because they may be created faster than killed.
    for _ in 0..100 {
        let with_group = |orphan| Some((orphan, rustix::process::getpgid(Some(orphan)).ok()?));
        let orphans: Vec<(Pid, Pid)> = children()
            .filter_map(with_group)
            .filter(|(orphan, group)| !is_ours(*orphan) && !is_ours(*group))
            .collect();
        if orphans.is_empty() {
            break;
        }
        killed += orphans.len();
        for (orphan, group) in orphans {
            if group != rustix::process::getpgrp() {
                let _ = rustix::process::kill_process_group(group, Signal::KILL);
            }
            let _ = rustix::process::kill_process(orphan, Signal::KILL);
            let _ = rustix::process::waitpid(Some(orphan), WaitOptions::empty());
        }
    }
    killed
}

/// Whether this process has no children, by proc_tid_children(5). Such a list may lack children while others end, but
/// it is never empty while there is one.
fn is_childless() -> bool {
    // A kernel without these lists is no proof.
    let Ok(mut threads) = std::fs::read_dir("/proc/self/task") else { return false };
    threads.all(|thread| {
        let list = thread.and_then(|thread| std::fs::read(thread.path().join("children")));
        list.is_ok_and(|children| children.is_empty())
    })
}

/// Children of this process, by proc_pid_stat(5).
fn children() -> impl Iterator<Item = Pid> {
    let own = std::process::id().to_string();
    // Most tools have none at their end, and a machine may have thousands of processes to read.
    let entries = (!is_childless()).then(|| std::fs::read_dir("/proc"));
    let entries = entries.into_iter().flatten().flatten().filter_map(Result::ok);
    entries.filter_map(move |entry| {
        let child = pid(entry.file_name().to_str()?.parse().ok()?)?;
        let stat = std::fs::read(entry.path().join("stat")).ok()?;
        let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
        let parent = str::from_utf8(&stat[after_name..]).ok()?.split_ascii_whitespace().nth(1)?;
        (parent == own).then_some(child)
    })
}

/// The effective user id of this process.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Asks the kernel to send SIGTERM to this process when the thread that started it ends; returns `false` if `parent`
/// has already ended. It applies to this process only, not to its children (`man 2 PR_SET_PDEATHSIG`).
pub fn end_with_parent(parent: u32) -> bool {
    // If the kernel does not support it, an orphan runs to its end.
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
    rustix::process::getppid() == pid(parent)
}

#[cfg(test)]
mod tests {
    use super::cpu_ticks;

    #[test]
    fn cpu_time_is_read_past_any_name() {
        let stat = b"42 (a) b (\xff) Z 1 42 42 0 -1 4194308 80 0 0 0 3 5 7 11 20 0 1 0 999 0 0";
        assert_eq!(cpu_ticks(stat), Some(26));
        assert_eq!(cpu_ticks(b"42 (a) Z 1 42 42 0 -1 4194308 80 0 0 0 3 5 7"), None);
        assert_eq!(cpu_ticks(b""), None);
    }
}
