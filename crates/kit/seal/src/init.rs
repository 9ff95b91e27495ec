//! Process 1 of the sealed namespace: drops privileges, starts the program, reaps orphans.

use crate::{NOT_SEALED, SIGNALS, mounts, rights, root};
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

/// `arguments`: the folder that becomes the root (empty for none), the folder to work in, the program and its
/// arguments; or nothing, to only check whether sealing works.
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
    // The program has the same user and must not access what this process has open.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // A new session: without a terminal, nothing can be typed on it, and signals reach its group.
    rustix::process::setsid()?;
    let root = arguments.first().filter(|root| !root.is_empty());
    if let Some(root) = root {
        root::enter(Path::new(root))?;
    }
    rustix::mount::mount("proc", "/proc", "proc", flags, None)?;
    if root.is_some() {
        root::leave_old()?;
    }
    // The scheduler balances sessions before it considers niceness (`man 7 sched`).
    let niceness = rustix::process::getpriority_process(None).unwrap_or(0);
    let _ = std::fs::write("/proc/self/autogroup", niceness.to_string());
    protect_machine()?;
    rights::give_up()?;
    ignore_signals()?;
    let [_, folder, program, arguments @ ..] = arguments else { return Ok(()) };
    let child =
        command(program).args(arguments).current_dir(folder).stdin(Stdio::null()).spawn()?;
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

/// Write-protects files with which the superuser of a container could change the whole machine without any
/// capability: `core_pattern`, for example, names a program that the kernel starts outside.
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

/// Keeps this process alive when its group gets signals, which also reach the program. It uses a handler, because the
/// program would inherit ignored signals.
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
