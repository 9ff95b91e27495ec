use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A request to stop, shared by everyone it concerns. The default is never cancelled until
/// [`Cancellation::cancel`] is called on it or on a clone.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    waiting: Mutex<Vec<PipeWriter>>,
}

impl Cancellation {
    /// Asks everyone to stop, and wakes who waits.
    pub fn cancel(&self) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.cancelled.store(true, Ordering::SeqCst);
        // A closed pipe is what the waiting ones see.
        waiting.clear();
    }

    /// Whether [`Cancellation::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Waits so long, or until it is cancelled: then it returns `true`.
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

    /// Something to poll beside the streams of a child: readable once cancelled.
    pub(crate) fn wake(&self) -> io::Result<Wake<'_>> {
        let (reader, writer) = io::pipe()?;
        let number = writer.as_raw_fd();
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_cancelled() {
            waiting.push(writer);
        }
        Ok(Wake { cancellation: self, reader, number })
    }
}

/// Forgotten by its cancellation when dropped, so that a long run does not collect pipes.
#[derive(Debug)]
pub(crate) struct Wake<'a> {
    cancellation: &'a Cancellation,
    reader: PipeReader,
    number: i32,
}

impl AsFd for Wake<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        let shared = &self.cancellation.0;
        let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The number is ours for as long as the writer is in the list: it is open until then.
        waiting.retain(|writer| writer.as_raw_fd() != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn who_waits_is_told_why_it_ended() {
        let cancellation = Cancellation::default();
        assert!(!cancellation.wait(Duration::ZERO));
        let other = cancellation.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(3600)));
        cancellation.cancel();
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn waiting_ones_are_woken_and_forgotten() {
        let cancellation = Cancellation::default();
        let mut early = cancellation.wake().unwrap();
        drop(cancellation.wake().unwrap());
        assert_eq!(cancellation.0.waiting.lock().unwrap().len(), 1);
        cancellation.clone().cancel();
        assert!(cancellation.is_cancelled());
        let mut late = cancellation.wake().unwrap();
        assert_eq!(early.reader.read(&mut [0]).unwrap(), 0);
        assert_eq!(late.reader.read(&mut [0]).unwrap(), 0);
        assert!(cancellation.0.waiting.lock().unwrap().is_empty());
    }
}
