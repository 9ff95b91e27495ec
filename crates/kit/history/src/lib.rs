//! What runs leave for later runs: merged, never replaced; bounded, so that it can be cached for
//! ever.
//!
//! `timings.json`, `coverage/<commit>.json` and `runs/YYYY-MM/<run>-<attempt>.json`. Jobs of the default branch write, others read. A
//! file that cannot be read is set aside under another name and told; it never fails a run.

mod coverage;
mod folder;
mod runs;
mod surplus;
mod timings;

pub use coverage::{RECORDS, RECORDS_SIZE};
pub use folder::History;
pub use runs::{RUNS, RUNS_SIZE};
pub use timings::{LastTimings, SAMPLES, TESTS, bound, expected, merge, observation};
