//! Checks whether a program on this machine responds.

use robot_cancel::Cancellation;
use std::time::Duration;

/// Whether a GET of `url`, an `http://` address, succeeds within `deadline`, without any proxy. It does not read
/// the body, and does not wait if the run is cancelled.
pub fn answers(url: &str, deadline: Duration, cancellation: &Cancellation) -> bool {
    let ask = async {
        let builder = reqwest::Client::builder().no_proxy().timeout(deadline);
        #[cfg(feature = "tls")]
        let builder = builder.tls_backend_preconfigured(crate::tls::none()?);
        let client = builder.build().ok()?;
        client.get(url).send().await.ok()?.status().is_success().then_some(())
    };
    let asked = crate::block_on(cancellation.unless_cancelled(ask));
    asked.is_ok_and(|answer| answer.flatten().is_some())
}
