use crate::running::signal_group;
use rustix::process::Signal;
use std::io;
use std::process::Child;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// A child that runs beside the work, in a group of its own; dropping it kills the group.
#[derive(Debug)]
pub struct Background {
    pub(crate) child: Option<Child>,
}

impl Background {
    /// Whether it still runs; its exit code otherwise (`None` inside: ended by a signal).
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn ended(&mut self) -> io::Result<Option<Option<i32>>> {
        let Some(child) = &mut self.child else { return Ok(Some(None)) };
        Ok(child.try_wait()?.map(|status| status.code()))
    }

    /// SIGTERM to the group, SIGKILL after `grace`.
    pub fn stop(&mut self, grace: Duration) {
        let Some(mut child) = self.child.take() else { return };
        let group = child.id();
        signal_group(group, Signal::TERM);
        let (sender, ended) = channel();
        let waiter = thread::spawn(move || {
            let _ = child.wait();
            let _ = sender.send(());
        });
        let _ = ended.recv_timeout(grace);
        signal_group(group, Signal::KILL);
        let _ = waiter.join();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}
