//! The runtime of a tool that asks servers.

use crate::{Error, ErrorKind};
use robot_cancel::Cancellation;
use std::time::Duration;

/// Runs `future` to its end on this thread. Connections do not outlive it: one call does all that a
/// tool asks of servers.
///
/// # Errors
/// The operating system gives no event queue.
///
/// # Panics
/// Inside of another `block_on`: runtimes do not nest.
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
    // A name that is still looked up is not waited for.
    runtime.shutdown_background();
    Ok(output)
}

/// Waits for `duration` without holding up other requests; `true` once `cancellation` is cancelled.
pub async fn pause(duration: Duration, cancellation: &Cancellation) -> bool {
    cancellation.unless_cancelled(tokio::time::sleep(duration)).await.is_none()
}
