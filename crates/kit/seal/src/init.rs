//! Process 1 of the sealed ones: gives up rights, starts the program, reaps what is left to it.

use crate::{NOT_SEALED, SIGNALS, mounts, rights};
use rustix::mount::MountFlags;
use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The argument that asks for it.
pub(crate) const WORD: &str = "init";

/// `arguments`: the program and its arguments, or nothing to try only whether it can be done.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "this stands in for the program that was not started"
            )]
            {
                eprintln!("the program was not started: {error}");
            }
            ExitCode::from(NOT_SEALED)
        }
    }
}

fn start(arguments: &[OsString]) -> io::Result<()> {
    // The program has the same user: it must not reach what this process has open.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // Without a terminal, nothing can be typed on it; and a group that signals go to.
    rustix::process::setsid()?;
    rustix::mount::mount("proc", "/proc", "proc", flags, None)?;
    // Sessions are weighed against each other before niceness counts (`man 7 sched`).
    let niceness = rustix::process::getpriority_process(None).unwrap_or(0);
    let _ = std::fs::write("/proc/self/autogroup", niceness.to_string());
    protect_machine()?;
    rights::give_up()?;
    ignore_signals()?;
    let Some((program, arguments)) = arguments.split_first() else { return Ok(()) };
    let child = command(program).args(arguments).stdin(Stdio::null()).spawn()?;
    let child = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if Some(ended) == child => {
                rustix::io::write(io::stdin(), &status.as_raw().to_ne_bytes())?;
                return Ok(());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// What the superuser of a container may write without any capability, and so change the whole machine:
/// `core_pattern` names a program that the kernel starts outside.
fn protect_machine() -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    for path in ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"].map(Path::new) {
        if path.exists() {
            rustix::mount::mount_bind(path, path)?;
            mounts::write_protect(path)?;
        }
    }
    Ok(())
}

/// The group's signals reach the program itself; this process only must not die of them. By a handler, as
/// the program would inherit that they are ignored.
fn ignore_signals() -> io::Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in SIGNALS {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "it is a part of its caller's child")]
fn command(program: &OsString) -> std::process::Command {
    std::process::Command::new(program)
}
