//! A shared request to stop. Code that waits for a child polls it ([`Cancellation::wake`]); code that waits
//! for the network awaits it ([`Cancellation::cancelled`]).

mod cancelled;
mod wake;

pub use cancelled::Cancelled;
pub use wake::Wake;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::future::poll_fn;
use std::io::{self, PipeWriter};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// A shared request to stop. It is cancelled when [`Cancellation::cancel`] is called on it or on a clone.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Registered waiters.
#[derive(Debug, Default)]
struct Waiting {
    pipes: Vec<PipeWriter>,
    tasks: Vec<(u64, Waker)>,
    /// Number of the next [`Cancelled`].
    next: u64,
}

impl Cancellation {
    /// Requests all holders to stop, and wakes the waiters.
    pub fn cancel(&self) {
        let mut waiting = self.waiting();
        self.0.cancelled.store(true, Ordering::SeqCst);
        // Closing the pipe wakes a poll.
        waiting.pipes.clear();
        let tasks = std::mem::take(&mut waiting.tasks);
        // Waking a task may drop it, which takes the lock again.
        drop(waiting);
        tasks.into_iter().for_each(|(_, task)| task.wake());
    }

    /// Whether [`Cancellation::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Blocks for `duration`, or until it is cancelled: then it returns `true`.
    pub fn wait(&self, duration: Duration) -> bool {
        let Ok(wake) = self.wake() else { return self.is_cancelled() };
        let until = Instant::now() + duration;
        while !self.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(left) = Timespec::try_from(left) else { break };
            let mut polled = [PollFd::new(&wake, PollFlags::IN)];
            match poll(&mut polled, Some(&left)) {
                Err(Errno::INTR) => {}
                _ => break,
            }
        }
        self.is_cancelled()
    }

    /// A descriptor to poll beside others: readable once cancelled.
    ///
    /// # Errors
    /// The operating system cannot create a pipe.
    pub fn wake(&self) -> io::Result<Wake<'_>> {
        Wake::new(self)
    }

    /// A future that is ready once cancelled. It needs no runtime.
    pub fn cancelled(&self) -> Cancelled<'_> {
        Cancelled::new(self)
    }

    /// The output of `future`, or `None` if it is cancelled first.
    pub async fn unless_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut cancelled = pin!(self.cancelled());
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => cancelled.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_why_it_ended() {
        let cancellation = Cancellation::default();
        assert!(!cancellation.wait(Duration::ZERO));
        let other = cancellation.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(3600)));
        cancellation.cancel();
        assert!(waiting.join().unwrap());
    }
}
