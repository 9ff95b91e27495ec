//! Runs a program and notes what it and its descendants ask of the outside: files, folders, programs,
//! addresses. A result is repeated only while all of that is as it was.
//!
//! The kernel tells of each such call before it does it
//! ([seccomp user notification](https://docs.kernel.org/userspace-api/seccomp_filter.html#userspace-notification)), and does it
//! when we say so. This observes honest programs; it stops none: a hostile one can change a path after
//! we have read it.
//!
//! It also has Go's testing framework say whether it ran, which honest test binaries do.

mod address;
mod calls;
mod filter;
mod interpreter;
mod left;
mod notification;
mod observer;
mod program;
mod record;
mod resolve;
mod state;
mod target;

pub use left::{Process, Watch};
pub use program::{VERB, observe};
pub use record::{Read, Record};
pub use state::{Manner, State};
