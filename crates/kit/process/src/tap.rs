//! Reads a pipe without blocking.

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;

/// A child's pipe that ends with the child. Once the child has exited, the contents of the pipe are still read, but
/// it does not wait for other processes that keep the pipe open.
pub(crate) struct Tap<'a, P> {
    pipe: P,
    exited: &'a PipeReader,
    left: Option<u64>,
}

impl<'a, P: Read + AsFd> Tap<'a, P> {
    pub(crate) fn new(pipe: P, exited: &'a PipeReader) -> Self {
        Self { pipe, exited, left: None }
    }

    fn wait(&mut self) -> io::Result<()> {
        let mut polled =
            [PollFd::new(&self.pipe, PollFlags::IN), PollFd::new(self.exited, PollFlags::IN)];
        while let Err(errno) = rustix::event::poll(&mut polled, None) {
            if errno != Errno::INTR {
                return Err(errno.into());
            }
        }
        if !polled[1].revents().is_empty() {
            self.left = Some(rustix::io::ioctl_fionread(&self.pipe)?);
        }
        Ok(())
    }
}

impl<P: Read + AsFd> Read for Tap<'_, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.is_none() {
            self.wait()?;
        }
        let Some(left) = self.left else { return self.pipe.read(buffer) };
        let read = (&mut self.pipe).take(left).read(buffer)?;
        self.left = Some(left - read as u64);
        Ok(read)
    }
}
