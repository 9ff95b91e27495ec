//! Outcomes of packages and tests from the event stream of `go test -json`. It fails closed.

mod fold;
mod outcome;
mod package;
mod tail;

pub use fold::Suite;
pub use outcome::TestOutcome;
pub use package::{Package, Room, Test};
pub use tail::{Tail, shown};
