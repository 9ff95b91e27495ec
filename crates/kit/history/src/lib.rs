//! Data that runs write for later runs. Files are merged, never replaced, and their size is bounded, so that
//! the folder can be cached permanently.
//!
//! The files are `timings.json`, `coverage/<commit>.json` and `runs/YYYY-MM/<run>-<attempt>.json`. Jobs of the
//! default branch write them, other jobs read them. A file that cannot be read is renamed and reported; it
//! never fails a run.

mod coverage;
mod folder;
mod runs;
mod surplus;
mod timings;

pub use coverage::{RECORDS, RECORDS_SIZE};
pub use folder::History;
pub use runs::{RUNS, RUNS_SIZE};
pub use timings::{LastTimings, SAMPLES, TESTS, bound, expected, merge, observation};
