//! Lines that are told while a verb works.

use crate::{Context, Failure, ResultExt};

/// Tells lines at once, for verbs that wait for others: a deployment, its logs. The runner takes no command
/// from them. What is to be known in the end belongs into the report.
#[derive(Debug)]
pub struct Live {
    /// Ends the quotation; empty outside of a job.
    token: String,
}

impl Context {
    /// Begins to tell lines; until it is dropped nobody else may write.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn live(&self) -> Result<Live, Failure> {
        if !self.environment.is_github() {
            return Ok(Live { token: String::new() });
        }
        let token = robot_runner::random_token()
            .or_external(|| "the operating system gave no random bytes".to_owned())?;
        let live = Live { token };
        live.line(&robot_runner::stop_commands(&live.token));
        Ok(live)
    }
}

impl Live {
    /// Tells a line.
    pub fn line(&self, text: &str) {
        // Nobody is left to tell when even this fails.
        let _ = robot_runner::send(&format!("{text}\n"));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.token.is_empty() {
            self.line(&robot_runner::resume_commands(&self.token));
        }
    }
}
