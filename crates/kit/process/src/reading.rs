//! Reads a child's output on the calling thread while it runs.

use crate::group::signal_group;
use crate::running::Running;
use crate::sink::Captures;
use crate::tap::Tap;
use crate::{Cancellation, Command, Finished};
use rustix::process::Signal;
use std::io::{self, BufRead, BufReader};
use std::thread;

const BUFFER: usize = 256 * 1024;

/// Calls `read` with standard output, while another thread watches the child. Deadline and cancellation end the
/// reading by ending the child.
pub(crate) fn read_stdout(
    mut running: Running,
    command: &Command,
    cancellation: &Cancellation,
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> io::Result<Finished> {
    let exited = running.exited()?;
    let pipe = running.stdout.take();
    let pipe = pipe.ok_or_else(|| io::Error::other("standard output has no pipe"))?;
    let group = running.id();
    let finished = thread::scope(|scope| {
        let watcher = thread::Builder::new().name("child watch".to_owned());
        let watcher = watcher.spawn_scoped(scope, || {
            let mut captures = Captures::new(command.output_cap);
            running
                .watch(command, cancellation, &exited, &mut captures)
                .inspect_err(|_| signal_group(group, Signal::KILL))
        })?;
        let mut reader = BufReader::with_capacity(BUFFER, Tap::new(pipe, &exited));
        let mut kill = KillOnDrop { group, armed: true };
        let ended = read(&mut reader);
        kill.armed = ended.is_err();
        drop(kill);
        // A child that still writes must not block on a reader that has stopped.
        drop(reader);
        let watched = watcher.join();
        let watched = watched.map_err(|_| io::Error::other("the watching thread failed"))?;
        ended.and(watched)
    })?;
    running.reap(finished)
}

/// Ends the child if reading its output fails or panics. The child must not be reaped before this is dropped.
struct KillOnDrop {
    group: u32,
    armed: bool,
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if self.armed {
            signal_group(self.group, Signal::KILL);
        }
    }
}
