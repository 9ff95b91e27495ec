//! Runs a program and records the files, folders, programs and addresses that it and its descendants use. A result
//! is reused only while all of these are unchanged.
//!
//! The kernel reports each such call before it executes it
//! ([seccomp user notification](https://docs.kernel.org/userspace-api/seccomp_filter.html#userspace-notification)), and
//! continues when the observer allows it. This observes honest programs and is no protection: a hostile program can
//! change a path after the observer has read it.
//!
//! It also makes Go's testing framework write a log, which shows whether an honest test binary ran its tests.

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
