//! What a verb cannot do without.

use crate::{Context, Failure};
use std::fmt;

/// Something that must be there before a verb starts. A pipeline asks for what its steps require once,
/// before any of them.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// What it is, which tells it apart from others: `a Go module`.
    pub name: &'static str,
    /// Looks for it; the failure says how to get it.
    pub check: fn(&Context) -> Result<(), Failure>,
}

impl Requirement {
    /// Looks for each once, however often it is required.
    ///
    /// # Errors
    /// The first that is not there.
    pub fn check_all<'a>(
        requirements: impl IntoIterator<Item = &'a Self>,
        context: &Context,
    ) -> Result<(), Failure> {
        let mut known = Vec::new();
        for requirement in requirements {
            if !known.contains(&requirement.name) {
                known.push(requirement.name);
                (requirement.check)(context)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
