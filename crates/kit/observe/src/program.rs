//! Starts the program under the filter, writes the record, and exits as the program did.

use crate::filter;
use crate::left::{Leaving, Watch};
use crate::observer::Observer;
use crate::record::Record;
use robot_process::{adopt_orphans, end_as, kill_orphans};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::mpsc;
use std::thread;

/// The hidden verb that runs this: `<program> observe WATCH FOLDER PROGRAM ARGUMENT…`.
pub const VERB: &str = "observe";

/// Runs a program, writes its record to `folder` for [`crate::Process::all`], and exits as the program did. If the
/// program cannot be observed, it runs nevertheless, and the record says why.
///
/// `arguments`: the word of a [`Watch`], the folder, the program, its arguments.
pub fn observe(arguments: &[OsString]) -> ExitCode {
    let [watch, folder, program, arguments @ ..] = arguments else { return ExitCode::from(2) };
    let Some(watch) = Watch::parse(watch) else { return ExitCode::from(2) };
    let program = Path::new(program);
    let run = || {
        let leaving = Leaving::new(Path::new(folder))?;
        let arguments = leaving.arguments(arguments);
        match watch {
            Watch::Reads => run(&leaving, program, &arguments).map(|status| end_as(status, 1)),
            // Returns only when the program cannot be started.
            Watch::Framework => Err(std_command(program).args(arguments).exec()),
        }
    };
    match run() {
        Ok(code) => code,
        Err(error) => {
            // go prints this if it cannot start a program; it counts as a failure of the test.
            #[expect(clippy::print_stderr, reason = "this stands in for a program of go's")]
            {
                eprintln!("{}: {error}", program.display());
            }
            ExitCode::FAILURE
        }
    }
}

fn run(leaving: &Leaving, program: &Path, arguments: &[OsString]) -> io::Result<ExitStatus> {
    let private = tempfile::Builder::new().prefix("robot-").tempdir()?;
    let temporary = private.path().canonicalize()?;
    let mut private_folders = vec![temporary.clone(), leaving.path().to_owned()];
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
        // Applies only to this thread and to what it starts.
        let installed = filter::install();
        let _ = told.send((installed, rustix::thread::gettid()));
        let child = start(&mut command);
        drop(starts);
        let _ = child_told.send(child);
        // The program is killed when the thread that started it ends.
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
            observer.reason(format!("this machine cannot observe the process: {error}"));
            let mut child = started(&child)?;
            forward(signals, &child);
            child.wait()?
        }
    };
    if kill_orphans() > 0 {
        observer.reason("the process left other processes running".to_owned());
    }
    // Until here, calls of remaining processes wait instead of failing for lack of a response.
    drop(installed);
    let (reads, reasons) = observer.end();
    let (folder_of_program, program) = (std::env::current_dir()?, program.to_owned());
    let record = Record { folder: folder_of_program, program, reads, reasons };
    // Without a record the result is not reused.
    let _ = leaving.record(&record);
    Ok(status)
}

#[expect(clippy::disallowed_methods, reason = "it stays in the group of what go started")]
fn std_command(program: &Path) -> std::process::Command {
    std::process::Command::new(program)
}

/// Starts the program so that it is killed when the calling thread ends. If the observer dies, nothing waits
/// for its responses forever.
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

/// The folder in which go builds a test binary and writes its cover profile: `$WORK/b001`.
fn work_folder(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?.canonicalize().ok()?;
    let work = folder.parent()?.file_name()?.to_str()?;
    work.starts_with("go-build").then_some(folder)
}

fn started(child: &mpsc::Receiver<io::Result<Child>>) -> io::Result<Child> {
    child.recv().map_err(io::Error::other)?
}

/// Forwards signals to the program.
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
