//! The asynchronous runtime of a tool that sends requests.

use crate::{Error, ErrorKind};
use robot_cancel::Cancellation;
use std::time::Duration;

/// Runs `future` to its end on this thread. Connections do not outlive the call, so a tool sends all its
/// requests in one call.
///
/// # Errors
/// The operating system cannot create an event queue.
///
/// # Panics
/// If called inside of another `block_on`: runtimes do not nest.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(
            |error| Error {
                kind: ErrorKind::Internal,
                is_unsure: false,
                request: "start of the network".to_owned(),
                reason: error.to_string(),
            },
        )?;
    let output = runtime.block_on(future);
    // Does not wait for a pending name lookup.
    runtime.shutdown_background();
    Ok(output)
}

/// Waits for `duration` without blocking other requests; returns `true` if `cancellation` is cancelled.
pub async fn pause(duration: Duration, cancellation: &Cancellation) -> bool {
    cancellation.unless_cancelled(tokio::time::sleep(duration)).await.is_none()
}
