//! The process between the caller and the sealed ones: makes namespaces, waits for the end of init.

use crate::specification::Specification;
use crate::{VERB, init, mounts, rights};
use nix::sched::{CloneFlags, unshare};
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Bytes of a specification that are read.
const LIMIT: u64 = 64 << 20;
/// Exit code when nothing was started.
pub(crate) const NOT_SEALED: u8 = 125;

/// Does what the hidden verb does; `arguments` are those behind it. Ends as the program did.
pub fn run(arguments: &[OsString]) -> ExitCode {
    if let Some((first, rest)) = arguments.split_first()
        && first == init::WORD
    {
        return init::run(rest);
    }
    match seal() {
        Ok(code) => code,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "this stands in for the program that was not started"
            )]
            {
                eprintln!("the program was not started, as it could not be isolated: {error}");
            }
            ExitCode::from(NOT_SEALED)
        }
    }
}

fn seal() -> io::Result<ExitCode> {
    // Whatever becomes of the caller, nothing is left.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut text = Vec::new();
    io::stdin().lock().take(LIMIT).read_to_end(&mut text)?;
    let specification: Specification = serde_json::from_slice(&text)?;
    enter_namespaces()?;
    mounts::make(&specification.seal)?;
    rights::hand_on()?;
    let ended = watch_signals()?;
    let (mut status, told) = io::pipe()?;
    let mut start = command()?;
    start.arg(VERB).arg(init::WORD).env_clear().envs(specification.variables);
    if let Some(program) = &specification.program {
        start.arg(program).args(&specification.arguments).current_dir(&specification.folder);
    }
    // Init tells how the program ended by what is its standard input.
    let mut init = start.stdin(Stdio::from(told)).spawn()?;
    // It holds our end of what init tells.
    drop(start);
    let ended_itself = init.wait()?;
    drop(ended);
    let mut bytes = Vec::new();
    status.read_to_end(&mut bytes)?;
    let told = <[u8; 4]>::try_from(bytes).map(i32::from_ne_bytes);
    let told = told.map(std::process::ExitStatus::from_raw).unwrap_or(ended_itself);
    Ok(end_as(told))
}

/// This program again.
#[expect(clippy::disallowed_methods, reason = "it stays in the group of its caller's child")]
pub(crate) fn command() -> io::Result<std::process::Command> {
    Ok(std::process::Command::new(std::env::current_exe()?))
}

/// The signals that a group gets reach the program itself; these processes only must not die of them.
/// A handler, not "ignore", which the program would inherit.
pub(crate) fn watch_signals() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// Namespaces of its own for mounts, processes and IPC; in a user namespace where rights are missing.
fn enter_namespaces() -> io::Result<()> {
    let namespaces = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC;
    if unshare(namespaces).is_ok() {
        return Ok(());
    }
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    unshare(CloneFlags::CLONE_NEWUSER | namespaces)?;
    let write = |file: &str, text: String| {
        let mut file = std::fs::File::options().write(true).open(format!("/proc/self/{file}"))?;
        file.write_all(text.as_bytes())
    };
    // Needed before the groups of a user may be mapped: `man 7 user_namespaces`.
    write("setgroups", "deny".to_owned())?;
    write("uid_map", format!("{user} {user} 1"))?;
    write("gid_map", format!("{group} {group} 1"))
}

fn end_as(status: std::process::ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        // Not another core dump beside the program's own; ends this process.
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        let _ = signal_hook::low_level::raise(signal);
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(NOT_SEALED))
}
