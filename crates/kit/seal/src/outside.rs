//! The process between the caller and the sealed ones: makes namespaces, waits for the end of init.

use crate::specification::Specification;
use crate::{NOT_SEALED, SIGNALS, VERB, init, mounts, rights, rules};
use nix::sched::{CloneFlags, unshare};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus, Stdio};

/// Bytes of a specification that are read.
const LIMIT: u64 = 64 << 20;

/// Starts what standard input specifies, waits, and ends as it did.
pub(crate) fn seal() -> io::Result<ExitCode> {
    close_inherited();
    // Whatever becomes of the caller, nothing is left.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut text = Vec::new();
    io::stdin().lock().take(LIMIT).read_to_end(&mut text)?;
    let specification: Specification = serde_json::from_slice(&text)?;
    if specification.by_rules {
        return rules::start(specification).map(|()| ExitCode::SUCCESS);
    }
    enter_namespaces()?;
    mounts::make(&specification.seal)?;
    rights::hand_on()?;
    let mut signals = signals()?;
    let (mut told, telling) = io::pipe()?;
    let mut start = command()?;
    start.arg(VERB).arg(init::WORD).env_clear().envs(specification.variables);
    if let Some(program) = &specification.program {
        let root = specification.seal.root.clone().unwrap_or_default();
        start.arg(root).arg(&specification.folder).arg(program).args(&specification.arguments);
    }
    // Init tells how the program ended by what is its standard input.
    let mut init = start.stdin(Stdio::from(telling)).spawn()?;
    // It has the other end of the pipe open.
    drop(start);
    let status = wait(&init, &mut told, &mut signals)?;
    let ended = init.wait()?;
    Ok(end_as(status.unwrap_or(ended), NOT_SEALED))
}

/// Files and pipes that somebody above us left open are not for the program.
fn close_inherited() {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().filter_map(Result::ok);
    let numbers: Vec<i32> =
        open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // That of the listing is closed already.
        let _ = nix::unistd::close(number);
    }
}

/// This program again.
#[expect(clippy::disallowed_methods, reason = "it is a part of its caller's child")]
pub(crate) fn command() -> io::Result<std::process::Command> {
    Ok(std::process::Command::new(std::env::current_exe()?))
}

/// Pipes that get a byte for each signal. No thread: the kernel makes none for a process whose children
/// are in another namespace (`man 7 pid_namespaces`).
fn signals() -> io::Result<Vec<(Signal, PipeReader)>> {
    let watch = |number: i32| {
        let (reader, writer) = io::pipe()?;
        signal_hook::low_level::pipe::register(number, writer)?;
        let signal = Signal::from_named_raw(number);
        Ok((signal.ok_or_else(|| io::Error::other("a signal without a name"))?, reader))
    };
    SIGNALS.into_iter().map(watch).collect()
}

/// Waits until init tells how the program ended, and hands signals on to init's group meanwhile: that is
/// one which has a number inside.
fn wait(
    init: &std::process::Child,
    told: &mut PipeReader,
    signals: &mut [(Signal, PipeReader)],
) -> io::Result<Option<ExitStatus>> {
    let group = i32::try_from(init.id()).ok().and_then(Pid::from_raw);
    loop {
        let mut polled: Vec<PollFd<'_>> =
            signals.iter().map(|(_, pipe)| PollFd::new(pipe, PollFlags::IN)).collect();
        polled.push(PollFd::new(told, PollFlags::IN));
        match rustix::event::poll(&mut polled, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let happened: Vec<bool> = polled.iter().map(|one| !one.revents().is_empty()).collect();
        if happened.last() == Some(&true) {
            let mut bytes = Vec::new();
            told.read_to_end(&mut bytes)?;
            let status = <[u8; 4]>::try_from(bytes).ok();
            return Ok(status.map(|bytes| ExitStatus::from_raw(i32::from_ne_bytes(bytes))));
        }
        for ((signal, pipe), _) in signals.iter_mut().zip(happened).filter(|(_, is)| *is) {
            pipe.read_exact(&mut [0])?;
            let Some(group) = group else { continue };
            // Before init has made its group nothing runs that could be asked.
            if rustix::process::kill_process_group(group, *signal).is_err() {
                let _ = rustix::process::kill_process(group, Signal::KILL);
            }
        }
    }
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

/// Ends this process as another ended, by the same signal if it was one; `otherwise` where there is no exit
/// code.
pub fn end_as(status: ExitStatus, otherwise: u8) -> ExitCode {
    if let Some(signal) = status.signal() {
        // Not another core dump beside the program's own; ends this process.
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        let _ = signal_hook::low_level::raise(signal);
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(otherwise))
}
