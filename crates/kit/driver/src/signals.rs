//! SIGINT and SIGTERM.

use robot_contract::Failure;
use robot_process::Cancellation;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::thread;

/// Turns SIGINT and SIGTERM into a cancellation.
///
/// GitHub cancels a run with SIGINT, SIGTERM 7.5 s later and a kill 2.5 s after that.
pub(crate) fn watch(cancellation: &Cancellation) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::external("the signal handlers could not be installed").caused_by(&error)
    };
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let cancellation = cancellation.clone();
    let watching = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut pending = signals.forever();
        if pending.next().is_some() {
            cancellation.cancel();
        }
        // Continue to listen: SIGTERM after SIGINT is GitHub's normal sequence, while evidence is still being
        // written.
        for _ in pending {}
    });
    watching.map(drop).map_err(failed)
}
