//! Responds to the kernel's notifications until the program has ended, and records what was accessed.

use crate::address::Address;
use crate::calls::{self, Effect, PathAt};
use crate::filter;
use crate::interpreter::interpreter;
use crate::notification::{self, Notification, read_memory};
use crate::record::Read;
use crate::resolve::Private;
use crate::state::{Manner, State};
use crate::target::{self, Named};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};

/// Largest number of paths recorded for one program.
const READS: usize = 50_000;
/// Largest number of recorded reasons.
const REASONS: usize = 8;

/// What was accessed so far.
pub(crate) struct Observer {
    private: Private,
    /// The state of each path before it was first accessed.
    reads: BTreeMap<(PathBuf, Manner), State>,
    /// Addresses at which the program itself listens.
    own: BTreeSet<Address>,
    reasons: BTreeSet<String>,
    /// The observer's own threads, whose calls are not the program's.
    starting_thread: u32,
}

impl Observer {
    /// An observer without records. The folders are private to the program.
    pub(crate) fn new(private: Vec<PathBuf>, starting_thread: u32) -> io::Result<Self> {
        Ok(Self {
            private: Private::new(private)?,
            reads: BTreeMap::new(),
            own: BTreeSet::new(),
            reasons: BTreeSet::new(),
            starting_thread,
        })
    }

    /// The recorded accesses, and the reasons why the result must not be reused.
    pub(crate) fn end(mut self) -> (Vec<Read>, Vec<String>) {
        self.look_again();
        let reads = self.reads.into_iter();
        let reads = reads.map(|((path, manner), state)| Read { path, manner, state });
        (reads.collect(), self.reasons.into_iter().collect())
    }

    /// Responds until the program is started, because starting it also makes system calls.
    pub(crate) fn follow_start(
        &mut self,
        listener: &OwnedFd,
        has_started: impl AsFd,
    ) -> io::Result<()> {
        while wait(listener, &has_started)? {
            self.answer(listener)?;
        }
        Ok(())
    }

    /// Responds until the program has ended.
    pub(crate) fn follow(
        &mut self,
        listener: &OwnedFd,
        mut child: Child,
    ) -> io::Result<ExitStatus> {
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
            self.reason("the process made system calls of another processor architecture, which cannot be observed".to_owned());
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
                "the process made a system call (number {}) that could not be read: {error}",
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
                    // Its port is queried later, or it listens.
                    _ => {}
                }
                Ok(())
            }
            Effect::Blind(what) => {
                self.reason(format!("the process used {what}, which cannot be observed"));
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
            self.reason(format!("the process accessed more than {READS} paths"));
            return Ok(());
        }
        let key = (path, manner);
        if self.reads.contains_key(&key) {
            return Ok(());
        }
        let mut key_before = key.clone();
        for before in [Manner::Followed, Manner::Link, Manner::Opened] {
            key_before.1 = before;
            // What the program itself has changed since its first access is not an input.
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

    /// The kernel reads the interpreter of a program without reporting it.
    fn execute(&mut self, notification: &Notification, at: PathAt) -> io::Result<()> {
        let Named::Path(mut path) = target::path(notification, at)? else {
            self.reason(
                "the process started a program by file descriptor, whose path is unknown"
                    .to_owned(),
            );
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
            self.reason(format!("the process connected to {address}"));
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

    /// A reason for each path that changed while the program ran, most likely because of it.
    fn look_again(&mut self) {
        let changed = |((path, manner), state): (&(PathBuf, Manner), &State)| {
            let now = State::of(path, *manner);
            (!now.is_ok_and(|now| now == *state))
                .then(|| format!("the process changed {}", path.display()))
        };
        let changes: Vec<String> = self.reads.iter().filter_map(changed).take(REASONS).collect();
        changes.into_iter().for_each(|change| self.reason(change));
    }

    pub(crate) fn reason(&mut self, reason: String) {
        if self.reasons.len() < REASONS {
            self.reasons.insert(reason);
        }
    }
}

/// Waits for a notification; `false` if the program has ended and there is none.
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

/// At most the size of `struct sockaddr_storage`.
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
