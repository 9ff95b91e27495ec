//! Kept verdicts: a verdict of an earlier run is reused while everything that it depends on is unchanged.
//!
//! A verdict is stored under a [`Key`]: its subject, and its inputs by name. With it are stored the reads that were observed
//! while it was determined, each with the state of the path. A later run reuses it if its inputs are equal and every path
//! still has the same state; otherwise [`Why`] names what changed. A verdict that does not pass is never stored, and
//! removes the one under its key.
//!
//! A record contains its repository and folder, its time, and its own SHA-256. A record that was edited, cut off, copied from
//! elsewhere or dated in the future is treated as missing, and the reason is reported. The hash detects damage; it does not
//! protect against a writer of the folder, which code under test cannot access (`kit/seal`).

mod key;
mod record;
mod shelf;
mod world;

pub use key::Key;
pub use record::{Record, RecordError};
pub use shelf::{Binding, Kept, Reference, Shelf, Why};

#[cfg(test)]
mod tests;
