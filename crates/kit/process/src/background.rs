//! Children that run in the background.

use crate::group::{exit_code, forget, signal_group, watch_exit};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::Signal;
use std::io;
use std::process::Child;
use std::time::{Duration, Instant};

/// A child that runs in the background, in its own process group. Dropping it kills the group.
#[derive(Debug)]
pub struct Background {
    child: Option<Child>,
}

impl Background {
    pub(crate) fn new(child: Child) -> Self {
        Self { child: Some(child) }
    }

    /// Whether it still runs; also `true` if the operating system returns an error.
    pub fn is_running(&mut self) -> bool {
        !matches!(self.ended(), Ok(Some(_)))
    }

    /// `None` while it runs; then its exit code (`None` inside: ended by a signal, or stopped).
    ///
    /// # Errors
    /// The operating system returns an error.
    pub fn ended(&mut self) -> io::Result<Option<Option<i32>>> {
        let Some(child) = &self.child else { return Ok(Some(None)) };
        exit_code(child.id())
    }

    /// Sends SIGTERM to the group, and SIGKILL to the rest of it once the child has ended or after `grace`.
    pub fn stop(&mut self, grace: Duration) {
        let Some(mut child) = self.child.take() else { return };
        let group = child.id();
        if !grace.is_zero() {
            signal_group(group, Signal::TERM);
            wait_exit(group, grace);
        }
        signal_group(group, Signal::KILL);
        forget(group);
        let _ = child.wait();
    }
}

/// Stops several children at once within one `grace`: SIGTERM to each, then SIGKILL to the rest.
pub fn stop_all(children: Vec<Background>, grace: Duration) {
    let deadline = Instant::now() + grace;
    for child in children.iter().filter_map(|background| background.child.as_ref()) {
        signal_group(child.id(), Signal::TERM);
    }
    for child in children.iter().filter_map(|background| background.child.as_ref()) {
        wait_exit(child.id(), deadline.saturating_duration_since(Instant::now()));
    }
    // Dropping kills.
    drop(children);
}

/// Waits at most `grace`. If the exit cannot be watched, it does not wait.
fn wait_exit(child: u32, grace: Duration) {
    let Ok(exited) = watch_exit(child) else { return };
    let start = Instant::now();
    loop {
        let left = grace.saturating_sub(start.elapsed());
        let Ok(left) = Timespec::try_from(left) else { return };
        let polled = rustix::event::poll(&mut [PollFd::new(&exited, PollFlags::IN)], Some(&left));
        if polled != Err(rustix::io::Errno::INTR) {
            return;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}
