//! Cancellation as a file descriptor, for polling together with others.

use crate::Cancellation;
use std::io::{self, PipeReader};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Readable once its [`Cancellation`] is cancelled. Dropping it unregisters it, so that a long run does not
/// accumulate pipes.
#[derive(Debug)]
pub struct Wake<'a> {
    cancellation: &'a Cancellation,
    reader: PipeReader,
    number: i32,
}

impl<'a> Wake<'a> {
    pub(crate) fn new(cancellation: &'a Cancellation) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let number = writer.as_raw_fd();
        let mut waiting = cancellation.waiting();
        if !cancellation.is_cancelled() {
            waiting.pipes.push(writer);
        }
        Ok(Self { cancellation, reader, number })
    }
}

impl AsFd for Wake<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        // The descriptor number stays valid as long as the writer is in the list, because it is open until then.
        self.cancellation.waiting().pipes.retain(|writer| writer.as_raw_fd() != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn waiting_ones_are_woken_and_forgotten() {
        let cancellation = Cancellation::default();
        let mut early = cancellation.wake().unwrap();
        drop(cancellation.wake().unwrap());
        assert_eq!(cancellation.waiting().pipes.len(), 1);
        cancellation.clone().cancel();
        assert!(cancellation.is_cancelled());
        let mut late = cancellation.wake().unwrap();
        assert_eq!(early.reader.read(&mut [0]).unwrap(), 0);
        assert_eq!(late.reader.read(&mut [0]).unwrap(), 0);
        assert!(cancellation.waiting().pipes.is_empty());
    }
}
