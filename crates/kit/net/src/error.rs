/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing reached the server: sending again cannot double an effect.
    #[error("{0}")]
    Unsent(String),
    /// The connection ended in between: the server may have done what it was asked.
    #[error("{0}")]
    Unsure(String),
    /// The answer is larger than the caller takes.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The proxy's or the server's address is none.
    #[error("{0}")]
    Address(String),
}

impl Error {
    /// Whether the server may have done what it was asked.
    pub const fn is_unsure(&self) -> bool {
        matches!(self, Self::Unsure(_) | Self::TooLarge(_))
    }

    pub(crate) fn of(error: ureq::Error, limit: u64) -> Self {
        use std::io::ErrorKind;
        let said = error.to_string();
        match error {
            ureq::Error::BodyExceedsLimit(_) => Self::TooLarge(limit),
            ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => Self::Address(said),
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_)
            | ureq::Error::Tls(_)
            | ureq::Error::Rustls(_)
            | ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                Self::Unsent(said)
            }
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                Self::Unsent(said)
            }
            _ => Self::Unsure(said),
        }
    }
}
