//! Whether a program on this machine answers.

use std::time::Duration;

/// Whether a GET of `url`, an `http://` address, has a success within `deadline`, without any proxy. The body is not read.
pub fn answers(url: &str, deadline: Duration) -> bool {
    let asked = crate::block_on(async {
        let builder = reqwest::Client::builder().no_proxy().timeout(deadline);
        #[cfg(feature = "tls")]
        let builder = builder.tls_backend_preconfigured(crate::tls::none()?);
        let client = builder.build().ok()?;
        client.get(url).send().await.ok()?.status().is_success().then_some(())
    });
    asked.is_ok_and(|answer| answer.is_some())
}
