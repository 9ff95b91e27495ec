//! Requirements of a verb.

use crate::{Context, Failure};
use std::fmt;

/// Something that must exist before a verb starts. A pipeline checks the requirements of all its steps once,
/// before it starts any.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// Its name, which identifies it: `a Go module`.
    pub name: &'static str,
    /// Checks it; the failure says how to provide it.
    pub check: fn(&Context) -> Result<(), Failure>,
}

impl Requirement {
    /// Checks each requirement once, even if several verbs have it.
    ///
    /// # Errors
    /// The first requirement that is not met.
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
