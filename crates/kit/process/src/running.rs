use crate::capture::Capture;
use crate::{Cancellation, Command, ProcessError, Stream};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of one streamed line; the rest of a longer line comes as further lines.
const LINE_CAP: u64 = 1024 * 1024;
/// How long a grandchild that holds a pipe open is waited for after its group was killed.
const DRAIN: Duration = Duration::from_secs(2);

/// How a child ended.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Captured standard output, bounded.
    pub stdout: Vec<u8>,
    /// Captured standard error, bounded.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub wall: Duration,
    /// User and system time of the child and the descendants it waited for; `None` where the
    /// system does not tell.
    pub cpu: Option<Duration>,
    /// Stopped because its time was over.
    pub timed_out: bool,
    /// Stopped because it was cancelled.
    pub cancelled: bool,
}

impl Finished {
    /// Exit code 0, neither timed out nor cancelled.
    pub fn success(&self) -> bool {
        self.code == Some(0) && !self.timed_out && !self.cancelled
    }

    /// `exit code 1`, `signal 9`, `timeout`, `cancelled`.
    pub fn status(&self) -> String {
        match (self.cancelled, self.timed_out, self.code, self.signal) {
            (true, ..) => "cancelled".to_owned(),
            (_, true, ..) => "timeout".to_owned(),
            (_, _, Some(code), _) => format!("exit code {code}"),
            (_, _, _, Some(signal)) => format!("signal {signal}"),
            _ => "no status".to_owned(),
        }
    }

    /// The same, or an error with the line, the status and the last lines of standard error.
    ///
    /// # Errors
    /// It did not end with success.
    pub fn require_success(self, command: &Command) -> Result<Self, ProcessError> {
        if self.success() {
            return Ok(self);
        }
        let text = String::from_utf8_lossy(&self.stderr);
        let lines: Vec<&str> = text.lines().collect();
        let tail = &lines[lines.len().saturating_sub(10)..];
        Err(ProcessError::Failed {
            line: command.to_string(),
            status: self.status(),
            tail: tail.iter().map(|line| format!("\n{line}")).collect(),
        })
    }
}

enum Happening {
    Line(Stream, Vec<u8>),
    Closed,
    Exited,
    Cancelled,
}

/// A started child with the threads that watch it.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    happenings: Receiver<Happening>,
    sender: Sender<Happening>,
    finished: Finished,
    deadline: Option<Instant>,
    open_streams: usize,
    exited: bool,
}

impl Running {
    pub(crate) fn start(
        command: &Command,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<Self, ProcessError> {
        let mut child = command.spawn(stdout, stderr)?;
        if let (Some(bytes), Some(mut pipe)) = (command.input.clone(), child.stdin.take()) {
            // A child that does not read its input is no failure of ours.
            thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let (sender, happenings) = channel();
        let started = Instant::now();
        watch_exit(child.id(), sender.clone());
        Ok(Self {
            child,
            started,
            happenings,
            sender,
            finished: Finished::default(),
            deadline: command.timeout.map(|timeout| started + timeout),
            open_streams: 0,
            exited: false,
        })
    }

    pub(crate) fn capture(
        self,
        command: &Command,
        cancellation: &Cancellation,
    ) -> Result<Finished, ProcessError> {
        let mut out = Capture::new(command.output_cap);
        let mut err = Capture::new(command.output_cap);
        let mut finished = self.stream(command, cancellation, &mut |stream, line| {
            let capture = if stream == Stream::Out { &mut out } else { &mut err };
            capture.push(line);
            capture.push(b"\n");
        })?;
        finished.stdout = out.into_bytes();
        finished.stderr = err.into_bytes();
        Ok(finished)
    }

    pub(crate) fn stream(
        mut self,
        command: &Command,
        cancellation: &Cancellation,
        on_line: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Finished, ProcessError> {
        if let Some(pipe) = self.child.stdout.take() {
            self.read_lines(pipe, Stream::Out);
        }
        if let Some(pipe) = self.child.stderr.take() {
            self.read_lines(pipe, Stream::Err);
        }
        self.wait(command, cancellation, on_line)?;
        self.reap(command)
    }

    pub(crate) fn read_stdout(
        mut self,
        command: &Command,
        cancellation: &Cancellation,
        read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
    ) -> Result<Finished, ProcessError> {
        let Some(pipe) = self.child.stdout.take() else { return self.reap(command) };
        if let Some(pipe) = self.child.stderr.take() {
            self.read_lines(pipe, Stream::Err);
        }
        // The reading happens here; deadline and cancellation are watched beside it, and end the
        // reading by ending the group that holds the pipe.
        let mut err = Capture::new(command.output_cap);
        let mut reader = BufReader::with_capacity(256 * 1024, pipe);
        let watched = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let waited = self.wait(command, cancellation, &mut |_, line| {
                    err.push(line);
                    err.push(b"\n");
                });
                waited.map(|()| self)
            });
            let ended = read(&mut reader);
            let running = watcher.join().map_err(|_| io::Error::other("a thread panicked"));
            (ended, running)
        });
        let (ended, running) = watched;
        let running = running.map_err(|source| command.talk(source))??;
        ended.map_err(|source| command.talk(source))?;
        let mut finished = running.reap(command)?;
        finished.stderr = err.into_bytes();
        Ok(finished)
    }

    fn read_lines(&mut self, pipe: impl Read + Send + 'static, stream: Stream) {
        self.open_streams += 1;
        let sender = self.sender.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            loop {
                let mut line = Vec::new();
                match (&mut reader).take(LINE_CAP).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                if sender.send(Happening::Line(stream, line)).is_err() {
                    break;
                }
            }
            let _ = sender.send(Happening::Closed);
        });
    }

    /// Waits until the child has exited and its streams are closed, or were given up.
    fn wait(
        &mut self,
        command: &Command,
        cancellation: &Cancellation,
        on_line: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<(), ProcessError> {
        let sender = self.sender.clone();
        cancellation.notify(move || drop(sender.send(Happening::Cancelled)));
        let group = self.child.id();
        let mut stopping = false;
        while !self.exited || self.open_streams > 0 {
            let happening = match self.deadline {
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    self.happenings.recv_timeout(left)
                }
                None => self.happenings.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match happening {
                Ok(Happening::Line(stream, line)) => on_line(stream, &line),
                Ok(Happening::Closed) => self.open_streams -= 1,
                Ok(Happening::Exited) => {
                    self.exited = true;
                    // What the child left behind in its group must not outlive it.
                    signal_group(group, Signal::KILL);
                    self.deadline = Some(Instant::now() + DRAIN);
                }
                Ok(Happening::Cancelled) if !self.exited => {
                    self.finished.cancelled = true;
                    signal_group(group, Signal::TERM);
                    stopping = true;
                    self.deadline = Some(Instant::now() + command.grace);
                }
                Ok(Happening::Cancelled) => {}
                Err(_) if self.exited => break,
                Err(_) if stopping => {
                    signal_group(group, Signal::KILL);
                    self.deadline = None;
                }
                Err(_) => {
                    self.finished.timed_out = true;
                    signal_group(group, Signal::TERM);
                    stopping = true;
                    self.deadline = Some(Instant::now() + command.grace);
                }
            }
        }
        Ok(())
    }

    fn reap(mut self, command: &Command) -> Result<Finished, ProcessError> {
        let cpu = cpu_time(self.child.id());
        let status: ExitStatus = self.child.wait().map_err(|source| command.talk(source))?;
        Ok(Finished {
            code: status.code(),
            signal: status.signal(),
            wall: self.started.elapsed(),
            cpu,
            ..self.finished
        })
    }
}

/// Sends to a whole process group; one that is gone is what was wanted.
pub(crate) fn signal_group(leader: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

/// Notices the exit without reaping, so that the group id stays ours and the CPU time readable.
fn watch_exit(pid: u32, sender: Sender<Happening>) {
    thread::spawn(move || {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) =
                rustix::process::waitid(WaitId::Pid(pid), options)
            {}
        }
        let _ = sender.send(Happening::Exited);
    });
}

/// User and system time of an unreaped child and its reaped descendants, by proc(5).
fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in brackets, which may itself hold spaces and brackets.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_secs_f64(ticks as f64 / per_second as f64))
}
