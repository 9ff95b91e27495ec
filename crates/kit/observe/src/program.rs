//! Starts the program under the filter, writes the record, ends as the program did.

use crate::filter;
use crate::observer::Observer;
use crate::record::Record;
use crate::test_log::TestLog;
use robot_process::{adopt_orphans, end_as, kill_orphans};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::mpsc;
use std::thread;

/// The hidden verb that runs this: `<program> observe FOLDER PROGRAM ARGUMENT…`.
pub const VERB: &str = "observe";
/// The same without a look at what is read: `<program> attend FOLDER PROGRAM ARGUMENT…`.
pub const ATTEND: &str = "attend";

/// Runs a program and leaves a [`Record`] as a file in `folder`; ends as the program did. Where it
/// cannot be observed, it runs all the same, and the record says why.
///
/// `arguments`: the folder, the program, its arguments.
pub fn observe(arguments: &[OsString]) -> ExitCode {
    end(arguments, filter::install)
}

/// Runs a program as [`observe`] does; the record tells only how it ended.
pub fn attend(arguments: &[OsString]) -> ExitCode {
    end(arguments, || Err(io::Error::other("nobody asked what it reads")))
}

/// Puts the calling thread, and what it starts, under the filter.
type Install = fn() -> io::Result<OwnedFd>;

fn end(arguments: &[OsString], install: Install) -> ExitCode {
    let [folder, program, arguments @ ..] = arguments else { return ExitCode::from(2) };
    match run(Path::new(folder), Path::new(program), arguments.to_vec(), install) {
        Ok(status) => end_as(status, 1),
        Err(error) => {
            // What go prints of a program that it cannot start; it counts as a failure of the test.
            #[expect(clippy::print_stderr, reason = "this stands in for a program of go's")]
            {
                eprintln!("{}: {error}", Path::new(program).display());
            }
            ExitCode::FAILURE
        }
    }
}

fn run(
    folder: &Path,
    program: &Path,
    mut arguments: Vec<OsString>,
    install: Install,
) -> io::Result<ExitStatus> {
    let private = tempfile::Builder::new().prefix("robot-").tempdir()?;
    let temporary = private.path().canonicalize()?;
    // A folder of its own: tests may look at what is in theirs.
    let beside = tempfile::Builder::new().prefix("robot-log-").tempdir()?;
    let log = TestLog::of(&mut arguments, beside.path());
    let mut private_folders = vec![temporary.clone()];
    private_folders.push(beside.path().canonicalize()?);
    private_folders.extend(work_folder(program));
    let mut command = std_command(program);
    command.args(arguments).env("TMPDIR", &temporary);
    adopt_orphans();
    // Before the filter: this thread is not observed.
    let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2])?;
    let (told, installed) = mpsc::channel();
    let (child_told, child) = mpsc::channel();
    // Closed when this function ends.
    let (_end, ended) = mpsc::channel::<()>();
    let (has_started, starts) = io::pipe()?;
    thread::spawn(move || {
        // Of this thread alone, and of what it starts.
        let installed = install();
        let _ = told.send((installed, rustix::thread::gettid()));
        let child = start(&mut command);
        drop(starts);
        let _ = child_told.send(child);
        // The program dies with the thread that started it.
        let _ = ended.recv();
    });
    let (installed, starting_thread) = installed.recv().map_err(io::Error::other)?;
    let starting_thread = starting_thread.as_raw_nonzero().get().unsigned_abs();
    let mut observer = Observer::new(private_folders, starting_thread)?;
    let status = match &installed {
        Ok(listener) => {
            observer.follow_start(listener, &has_started)?;
            let child = started(&child)?;
            forward(signals, &child);
            observer.follow(listener, child)?
        }
        Err(error) => {
            observer.reason(format!("cannot be observed here: {error}"));
            let mut child = started(&child)?;
            forward(signals, &child);
            child.wait()?
        }
    };
    if kill_orphans() > 0 {
        observer.reason("leaves processes behind".to_owned());
    }
    // Until here a call of one that was left waits, rather than fail because nobody answers.
    drop(installed);
    let (reads, reasons) = observer.end();
    let (folder_of_program, program) = (std::env::current_dir()?, program.to_owned());
    let is_unproven = status.success() && log.is_some_and(|log| !log.has_ended());
    let record = Record { folder: folder_of_program, program, reads, reasons, is_unproven };
    // Without a record the result is not repeated.
    let _ = write(folder, &record);
    Ok(status)
}

#[expect(clippy::disallowed_methods, reason = "it stays in the group of what go started")]
fn std_command(program: &Path) -> std::process::Command {
    std::process::Command::new(program)
}

/// Starts the program so that it is killed when the calling thread ends: whatever becomes of the
/// observer, nothing waits for its answers for ever.
#[expect(
    unsafe_code,
    reason = "there is no safe interface to what a child does before its program"
)]
fn start(command: &mut std::process::Command) -> io::Result<Child> {
    // SAFETY: between fork and exec only one system call is made, which is async-signal-safe.
    unsafe {
        command
            .pre_exec(|| Ok(rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?));
    }
    command.spawn()
}

/// Where go builds a test binary, which has its cover profile, too: `$WORK/b001`.
fn work_folder(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?.canonicalize().ok()?;
    let work = folder.parent()?.file_name()?.to_str()?;
    work.starts_with("go-build").then_some(folder)
}

fn started(child: &mpsc::Receiver<io::Result<Child>>) -> io::Result<Child> {
    child.recv().map_err(io::Error::other)?
}

/// Hands signals on from now on.
fn forward(mut signals: Signals, child: &Child) {
    let child = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    thread::spawn(move || {
        for number in signals.forever() {
            if let (Some(child), Some(signal)) = (child, Signal::from_named_raw(number)) {
                let _ = rustix::process::kill_process(child, signal);
            }
        }
    });
}

fn write(folder: &Path, record: &Record) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix("reads-").suffix(".json").tempfile_in(folder)?;
    serde_json::to_writer(io::BufWriter::new(file.as_file_mut()), record)?;
    file.keep().map_err(|error| error.error)?;
    Ok(())
}
