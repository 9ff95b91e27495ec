//! Starts the program under the filter, answers the kernel until it has ended, writes the record.

use crate::address::Address;
use crate::calls::{self, Effect, PathAt};
use crate::filter;
use crate::notification::{self, Notification, read_memory};
use crate::record::{Read, Record};
use crate::resolve::Private;
use crate::state::{Manner, State};
use crate::target::{self, Named};
use object::read::elf::{ElfFile, FileHeader};
use robot_process::{adopt_orphans, kill_orphans};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::mpsc;
use std::thread;

/// The hidden verb that runs this: `<program> observe FOLDER PROGRAM ARGUMENT…`.
pub const VERB: &str = "observe";

/// Paths that are kept of one program.
const READS: usize = 50_000;
/// Reasons that are kept.
const REASONS: usize = 8;

/// Runs a program and leaves a [`Record`] as a file in `folder`; ends as the program did. Where it
/// cannot be observed, it runs all the same, and the record says why.
///
/// `arguments`: the folder, the program, its arguments.
pub fn observe(arguments: &[OsString]) -> ExitCode {
    let [folder, program, arguments @ ..] = arguments else { return ExitCode::from(2) };
    match run(Path::new(folder), Path::new(program), arguments) {
        Ok(status) => end_as(status),
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

fn run(folder: &Path, program: &Path, arguments: &[OsString]) -> io::Result<ExitStatus> {
    let private = tempfile::Builder::new().prefix("robot-").tempdir()?;
    let temporary = private.path().canonicalize()?;
    let mut private_folders = vec![temporary.clone()];
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
        let installed = filter::install();
        let _ = told.send((installed, rustix::thread::gettid()));
        let child = start(&mut command);
        drop(starts);
        let _ = child_told.send(child);
        // The program dies with the thread that started it.
        let _ = ended.recv();
    });
    let (installed, starting_thread) = installed.recv().map_err(io::Error::other)?;
    let mut observer = Observer {
        private: Private::new(private_folders)?,
        reads: BTreeMap::new(),
        own: BTreeSet::new(),
        reasons: BTreeSet::new(),
        starting_thread: starting_thread.as_raw_nonzero().get().unsigned_abs(),
    };
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
    observer.look_again();
    let record = Record {
        folder: std::env::current_dir()?,
        program: program.to_owned(),
        reads: observer
            .reads
            .into_iter()
            .map(|((path, manner), state)| Read { path, manner, state })
            .collect(),
        reasons: observer.reasons.into_iter().collect(),
    };
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

fn end_as(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        // Not another core dump beside the program's own; ends this process.
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        let _ = signal_hook::low_level::raise(signal);
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// What was asked for so far.
struct Observer {
    private: Private,
    /// As each was before it was first asked for.
    reads: BTreeMap<(PathBuf, Manner), State>,
    /// Addresses at which the program itself listens.
    own: BTreeSet<Address>,
    reasons: BTreeSet<String>,
    /// Our own, whose calls are not the program's.
    starting_thread: u32,
}

impl Observer {
    /// Answers the kernel until the program is started, for which it makes calls itself.
    fn follow_start(&mut self, listener: &OwnedFd, has_started: impl AsFd) -> io::Result<()> {
        while wait(listener, &has_started)? {
            self.answer(listener)?;
        }
        Ok(())
    }

    /// Answers the kernel until the program has ended.
    fn follow(&mut self, listener: &OwnedFd, mut child: Child) -> io::Result<ExitStatus> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("a process without a number"))?;
        let has_ended = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        while wait(listener, &has_ended)? {
            self.answer(listener)?;
        }
        child.wait()
    }

    fn answer(&mut self, listener: impl AsFd) -> io::Result<()> {
        let Some(notification) = notification::receive(&listener)? else { return Ok(()) };
        let call = calls::find(notification.number)
            .filter(|_| filter::is_native(notification.architecture, notification.number));
        let Some(call) = call else {
            self.reason("makes calls of another processor, which are not observed".to_owned());
            notification::go_on(listener, &notification);
            return Ok(());
        };
        if matches!(call.effect, Effect::Refuse) {
            notification::refuse(listener, &notification, Errno::NOSYS);
            return Ok(());
        }
        let is_ours = notification.thread == self.starting_thread;
        let noted = if is_ours { Ok(()) } else { self.note(&notification, call.effect) };
        if let Err(error) = noted
            && notification::still_waits(&listener, &notification)
        {
            self.reason(format!(
                "makes a call (number {}) that could not be read: {error}",
                call.number
            ));
        }
        notification::go_on(listener, &notification);
        Ok(())
    }

    fn note(&mut self, notification: &Notification, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Open(at) => self.touch(notification, at, Manner::Opened),
            Effect::Look(at, flags) => {
                let flags = flags.map_or(0, |index| notification.arguments[index] as i32);
                let is_link = flags & libc::AT_SYMLINK_NOFOLLOW != 0;
                self.touch(notification, at, if is_link { Manner::Link } else { Manner::Followed })
            }
            Effect::LookAtLink(at) => self.touch(notification, at, Manner::Link),
            Effect::LookAtTwo(first, second) => {
                self.touch(notification, first, Manner::Link)?;
                self.touch(notification, second, Manner::Link)
            }
            Effect::Execute(at) => self.execute(notification, at),
            Effect::Reach { socket, address, length } => {
                let [address, length] =
                    [address, length].map(|index| notification.arguments[index]);
                if address == 0 {
                    return Ok(());
                }
                self.reach(notification, socket, &read_address(notification, address, length))
            }
            Effect::ReachByMessage { socket, message, count } => {
                let count = count.map_or(1, |index| notification.arguments[index].min(1024));
                for address in named_in_messages(notification, message, count) {
                    self.reach(notification, socket, &address)?;
                }
                Ok(())
            }
            Effect::Own { socket } => {
                let socket = target::descriptor(notification, socket)?;
                self.own.extend(socket.and_then(Address::of_socket));
                Ok(())
            }
            Effect::Bind { address, length } => {
                let [address, length] =
                    [address, length].map(|index| notification.arguments[index]);
                let bytes = read_address(notification, address, length);
                match Address::parse(&bytes) {
                    Some(Address::Path(path)) => {
                        let path = self.absolute(notification, &path)?;
                        self.see(notification, &path, Manner::Link)?;
                        self.own.insert(Address::Path(path));
                    }
                    Some(name @ Address::Abstract(_)) => {
                        self.own.insert(name);
                    }
                    // Its port is asked for later, or it listens.
                    _ => {}
                }
                Ok(())
            }
            Effect::Blind(what) => {
                self.reason(format!("calls {what}, behind which nothing can be observed"));
                Ok(())
            }
            Effect::Refuse => Ok(()),
        }
    }

    fn touch(&mut self, notification: &Notification, at: PathAt, manner: Manner) -> io::Result<()> {
        match target::path(notification, at)? {
            Named::Path(path) => self.see(notification, &path, manner),
            Named::Descriptor => Ok(()),
        }
    }

    fn see(&mut self, notification: &Notification, path: &Path, manner: Manner) -> io::Result<()> {
        let Some(path) = self.private.outside(path, notification.thread) else { return Ok(()) };
        if self.reads.len() >= READS {
            self.reason(format!("asks for more than {READS} paths"));
            return Ok(());
        }
        let key = (path, manner);
        if self.reads.contains_key(&key) {
            return Ok(());
        }
        let mut key_before = key.clone();
        for before in [Manner::Followed, Manner::Link, Manner::Opened] {
            key_before.1 = before;
            // What the program has changed itself since it first asked is none of its inputs.
            if let Some(state) = self.reads.get(&key_before)
                && *state != State::of(&key.0, before)?
            {
                return Ok(());
            }
        }
        let state = State::of(&key.0, manner)?;
        self.reads.insert(key, state);
        Ok(())
    }

    /// The kernel itself reads the interpreter of a program, of which it does not tell.
    fn execute(&mut self, notification: &Notification, at: PathAt) -> io::Result<()> {
        let Named::Path(mut path) = target::path(notification, at)? else {
            self.reason("starts a program of which only a descriptor is known".to_owned());
            return Ok(());
        };
        // `BINPRM_MAX_RECURSION`
        for _ in 0..5 {
            self.see(notification, &path, Manner::Opened)?;
            match interpreter(&path) {
                Some(next) => path = next,
                None => break,
            }
        }
        Ok(())
    }

    fn reach(
        &mut self,
        notification: &Notification,
        socket: usize,
        bytes: &[u8],
    ) -> io::Result<()> {
        let Some(address) = Address::parse(bytes) else { return Ok(()) };
        let address = match address {
            Address::Kernel => return Ok(()),
            Address::Path(path) => {
                let path = self.absolute(notification, &path)?;
                let Some(outside) = self.private.outside(&path, notification.thread) else {
                    return Ok(());
                };
                if State::of(&outside, Manner::Followed)? == State::Absent {
                    return self.see(notification, &path, Manner::Followed);
                }
                Address::Path(path)
            }
            other => other,
        };
        if address.is_among(&self.own) {
            return Ok(());
        }
        let is_question = target::descriptor(notification, socket)?
            .is_some_and(|socket| address.is_a_question_of_routing(&socket));
        if !is_question {
            self.reason(format!("talks to {address}"));
        }
        Ok(())
    }

    fn absolute(&self, notification: &Notification, path: &Path) -> io::Result<PathBuf> {
        if path.is_absolute() {
            return Ok(path.to_owned());
        }
        let folder = std::fs::read_link(format!("/proc/{}/cwd", notification.thread))?;
        Ok(folder.join(path))
    }

    /// Whatever is not as it was before has been changed while the program ran, most likely by it.
    fn look_again(&mut self) {
        let changed = |((path, manner), state): (&(PathBuf, Manner), &State)| {
            let now = State::of(path, *manner);
            (!now.is_ok_and(|now| now == *state)).then(|| format!("changes {}", path.display()))
        };
        let changes: Vec<String> = self.reads.iter().filter_map(changed).take(REASONS).collect();
        changes.into_iter().for_each(|change| self.reason(change));
    }

    fn reason(&mut self, reason: String) {
        if self.reasons.len() < REASONS {
            self.reasons.insert(reason);
        }
    }
}

/// Waits until the kernel asks; `false` when `end` has come and nothing is asked.
fn wait(listener: &OwnedFd, end: impl AsFd) -> io::Result<bool> {
    loop {
        let mut polled = [PollFd::new(listener, PollFlags::IN), PollFd::new(&end, PollFlags::IN)];
        match rustix::event::poll(&mut polled, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let [asks, has_ended] = polled.map(|polled| polled.revents());
        if asks.contains(PollFlags::IN) {
            return Ok(true);
        }
        if !has_ended.is_empty() {
            return Ok(false);
        }
    }
}

/// At most as much as `struct sockaddr_storage` holds.
fn read_address(notification: &Notification, address: u64, length: u64) -> Vec<u8> {
    read_memory(notification.thread, address, length.min(128) as usize)
}

/// The addresses in an array of `struct mmsghdr`, which begins with a `struct msghdr`: on 64 bits a
/// pointer to the name, its length, and more; 64 bytes with the padding.
fn named_in_messages(notification: &Notification, message: usize, count: u64) -> Vec<Vec<u8>> {
    let start = notification.arguments[message];
    let one = |index: u64| {
        let header = read_memory(notification.thread, start + 64 * index, 12);
        let name = u64::from_ne_bytes(header.get(..8)?.try_into().ok()?);
        let length = u32::from_ne_bytes(header.get(8..12)?.try_into().ok()?);
        (name != 0).then(|| read_address(notification, name, length.into()))
    };
    (0..count).filter_map(one).collect()
}

/// What the kernel starts in place of a script, or beside a program that is linked at its start.
fn interpreter(path: &Path) -> Option<PathBuf> {
    use io::Read as _;
    let mut file = std::fs::File::open(path).ok()?;
    let mut start = Vec::new();
    file.by_ref().take(256).read_to_end(&mut start).ok()?;
    if let Some(line) = start.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next()?;
        let text = String::from_utf8_lossy(line);
        return text.split_whitespace().next().map(PathBuf::from);
    }
    let cache = object::ReadCache::new(file);
    of_program::<object::elf::FileHeader64<object::Endianness>>(&cache)
}

fn of_program<Header: FileHeader<Endian = object::Endianness>>(
    cache: &object::ReadCache<std::fs::File>,
) -> Option<PathBuf> {
    use object::read::elf::ProgramHeader as _;
    use std::os::unix::ffi::OsStrExt as _;
    let program = ElfFile::<Header, _>::parse(cache).ok()?;
    let endian = program.endian();
    let headers = program.elf_program_headers().iter();
    let mut names = headers.filter_map(|header| header.interpreter(endian, cache).ok()?);
    names.next().map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name)))
}
