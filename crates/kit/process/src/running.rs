//! A running child process: waiting, stopping, reaping.

use crate::group::{cpu_time, forget, signal_group, watch_exit};
use crate::sink::Sink;
use crate::{Cancellation, Command, Finished, Stream};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::Signal;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

const BUFFER: usize = 64 * 1024;

/// A started child. If it is dropped before it was reaped, it is killed with its group, so that errors and panics
/// leave no processes running.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    reaped: bool,
    pub(crate) stdout: Option<ChildStdout>,
}

/// Events of a child, each with a descriptor to poll.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Exited,
    Cancelled,
    Readable(Stream),
    Writable,
}

impl Running {
    pub(crate) fn new(mut child: Child) -> Self {
        let stdout = child.stdout.take();
        Self { child, started: Instant::now(), reaped: false, stdout }
    }

    /// The process id of the child, which is also its group's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A pipe that is closed once the child has exited.
    pub(crate) fn exited(&self) -> io::Result<PipeReader> {
        watch_exit(self.id())
    }

    /// Writes to and reads from the child until it has exited, stops it on timeout or cancellation, and kills the rest of
    /// its group. Reads standard output unless it was taken.
    pub(crate) fn watch(
        &mut self,
        command: &Command,
        cancellation: &Cancellation,
        exited: &PipeReader,
        sink: &mut dyn Sink,
    ) -> io::Result<Finished> {
        let mut finished = Finished::default();
        let mut pipes = Pipes {
            stdin: self.child.stdin.take(),
            stdout: self.stdout.take(),
            stderr: self.child.stderr.take(),
            input: command.input.as_deref().unwrap_or_default(),
            buffer: vec![0; BUFFER],
        };
        pipes.prepare()?;
        let wake = cancellation.wake()?;
        let mut stop = Stop::new(self.id(), self.started, command);
        loop {
            // Checked before the streams, so that a child that never stops printing is stopped too.
            if stop.is_due() {
                finished.timed_out |= stop.step();
            }
            let wake = (!finished.cancelled).then(|| wake.as_fd());
            let happened = poll(&pipes.events(exited, wake), stop.left())?;
            if happened.contains(&Event::Exited) {
                break;
            }
            if happened.contains(&Event::Cancelled) {
                finished.cancelled = true;
                stop.ask();
            }
            pipes.transfer(&happened, sink)?;
        }
        // Processes that remain in the group must not outlive the child. Processes that left the group
        // are not waited for, even if they keep a pipe open.
        signal_group(self.id(), Signal::KILL);
        pipes.take_rest(sink)?;
        finished.wall = self.started.elapsed();
        sink.end(&mut finished);
        Ok(finished)
    }

    /// Adds the CPU time and the status of a child that has exited.
    pub(crate) fn reap(mut self, mut finished: Finished) -> io::Result<Finished> {
        finished.cpu = cpu_time(self.id());
        forget(self.id());
        let status = self.child.wait()?;
        self.reaped = true;
        finished.code = status.code();
        finished.signal = status.signal();
        Ok(finished)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped {
            signal_group(self.id(), Signal::KILL);
            forget(self.id());
            let _ = self.child.wait();
        }
    }
}

/// The events that occurred; none if `left` has passed first.
fn poll(events: &[(Event, BorrowedFd<'_>)], left: Option<Duration>) -> io::Result<Vec<Event>> {
    let mut polled: Vec<PollFd<'_>> = events
        .iter()
        .map(|(event, descriptor)| {
            let flags = if *event == Event::Writable { PollFlags::OUT } else { PollFlags::IN };
            PollFd::from_borrowed_fd(*descriptor, flags)
        })
        .collect();
    // A time that is too long to represent means no timeout.
    let left = left.and_then(|left| Timespec::try_from(left).ok());
    match rustix::event::poll(&mut polled, left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    let happened = events.iter().zip(&polled).filter(|(_, polled)| !polled.revents().is_empty());
    Ok(happened.map(|((event, _), _)| *event).collect())
}

/// The state of stopping a child: from a deadline or request through SIGTERM to SIGKILL.
struct Stop {
    group: u32,
    grace: Duration,
    deadline: Option<Instant>,
    asked: bool,
}

impl Stop {
    fn new(group: u32, started: Instant, command: &Command) -> Self {
        let deadline = command.timeout.and_then(|timeout| started.checked_add(timeout));
        Self { group, grace: command.grace, deadline, asked: false }
    }

    fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn is_due(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Acts on the passed deadline; returns whether it was the child's timeout.
    fn step(&mut self) -> bool {
        let first = !self.asked;
        if first {
            self.ask();
        } else {
            signal_group(self.group, Signal::KILL);
            self.deadline = None;
        }
        first
    }

    /// Sends SIGTERM to the group; a second request does not extend the grace period.
    fn ask(&mut self) {
        if !self.asked {
            self.asked = true;
            signal_group(self.group, Signal::TERM);
            self.deadline = Instant::now().checked_add(self.grace);
        }
    }
}

/// Our ends of the child's streams; `None` once closed.
struct Pipes<'a> {
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    input: &'a [u8],
    buffer: Vec<u8>,
}

impl Pipes<'_> {
    /// Makes writing non-blocking, because the child may wait for us to read.
    fn prepare(&self) -> io::Result<()> {
        if let Some(stdin) = &self.stdin {
            rustix::io::ioctl_fionbio(stdin, true)?;
        }
        Ok(())
    }

    fn events<'b>(
        &'b self,
        exited: &'b PipeReader,
        wake: Option<BorrowedFd<'b>>,
    ) -> Vec<(Event, BorrowedFd<'b>)> {
        let mut events = vec![(Event::Exited, exited.as_fd())];
        events.extend(wake.map(|wake| (Event::Cancelled, wake)));
        events.extend(self.stdin.as_ref().map(|pipe| (Event::Writable, pipe.as_fd())));
        events.extend(self.stdout.as_ref().map(|p| (Event::Readable(Stream::Out), p.as_fd())));
        events.extend(self.stderr.as_ref().map(|p| (Event::Readable(Stream::Err), p.as_fd())));
        events
    }

    fn transfer(&mut self, happened: &[Event], sink: &mut dyn Sink) -> io::Result<()> {
        for event in happened {
            match event {
                Event::Writable => self.feed(),
                Event::Readable(Stream::Out) => {
                    read(&mut self.stdout, &mut self.buffer, Stream::Out, sink)?;
                }
                Event::Readable(Stream::Err) => {
                    read(&mut self.stderr, &mut self.buffer, Stream::Err, sink)?;
                }
                Event::Exited | Event::Cancelled => {}
            }
        }
        Ok(())
    }

    fn feed(&mut self) {
        let Some(pipe) = &mut self.stdin else { return };
        match pipe.write(self.input) {
            Ok(written) => self.input = &self.input[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A child that does not read its input is not an error.
            Err(_) => self.input = &[],
        }
        if self.input.is_empty() {
            self.stdin = None;
        }
    }

    /// Reads what the pipes contain now.
    fn take_rest(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        take_rest(self.stdout.take(), Stream::Out, sink)?;
        take_rest(self.stderr.take(), Stream::Err, sink)
    }
}

fn read<P: Read>(
    pipe: &mut Option<P>,
    buffer: &mut [u8],
    stream: Stream,
    sink: &mut dyn Sink,
) -> io::Result<()> {
    let Some(open) = pipe else { return Ok(()) };
    match open.read(buffer) {
        Ok(0) => *pipe = None,
        Ok(read) => sink.push(stream, &buffer[..read]),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn take_rest<P: Read + AsFd>(
    pipe: Option<P>,
    stream: Stream,
    sink: &mut dyn Sink,
) -> io::Result<()> {
    let Some(pipe) = pipe else { return Ok(()) };
    let held = rustix::io::ioctl_fionread(&pipe)?;
    let mut rest = Vec::new();
    pipe.take(held).read_to_end(&mut rest)?;
    sink.push(stream, &rest);
    Ok(())
}
