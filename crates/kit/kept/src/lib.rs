//! Kept verdicts: what an earlier run decided is said again while everything it was decided from is as it was.
//!
//! A verdict is kept under a [`Key`]: what it is about, and its inputs by name. Beside them it has the reads that
//! were observed while it was reached, each with what was there. A later run repeats it when its inputs are the same
//! and every read still finds the same; otherwise [`Why`] names what changed. A verdict that is not green is never
//! kept, and takes away the one that was kept under its key.
//!
//! A record says which repository and folder it is of, when it was made, and the SHA-256 of itself. One that was edited,
//! cut short, copied from elsewhere or dated in the future is as if it were absent, and is named. The hash finds damage;
//! it does not stop somebody who can write to the folder, from which code under test is kept away (`kit/seal`).

mod key;
mod record;
mod shelf;
mod world;

pub use key::Key;
pub use record::{Record, RecordError};
pub use shelf::{Binding, Kept, Shelf, Why};

#[cfg(test)]
mod tests;
