//! Attestations that GitHub keeps for what a repository built.
//! <https://docs.github.com/rest/repos/attestations>

use crate::{Error, ErrorKind, GitHub};
use serde::Deserialize;
use serde_json::Value;

/// Attestations that are asked for; the interface gives no more at a time.
const MOST: usize = 100;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    attestations: Vec<Kept>,
}

#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    bundle: Option<Value>,
}

impl GitHub {
    /// Bundles of attestations about `sha256:…`, as JSON. GitHub vouches for none of them: they are to be
    /// verified as any other. An attestation without its bundle is `None`.
    ///
    /// # Errors
    /// GitHub does not answer, or the token may not read attestations. That there are none is no error.
    pub async fn attestations(&self, digest: &str) -> Result<Vec<Option<String>>, Error> {
        let path = format!("/attestations/{digest}?per_page={MOST}");
        match self.get::<Answer>(&path).await {
            Ok(answer) => Ok(answer
                .attestations
                .into_iter()
                .take(MOST)
                .map(|kept| kept.bundle.filter(Value::is_object).map(|bundle| bundle.to_string()))
                .collect()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
