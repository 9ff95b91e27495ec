//! Child processes. All tools start them through [`Command`]: one process group per child, bounded capture, a
//! deadline, a clean stop, and a printed form that a shell accepts.

mod background;
mod capture;
mod command;
mod environment;
mod error;
mod finished;
mod group;
mod log_file;
mod reading;
mod running;
mod shell_line;
mod sink;
mod tap;

pub use background::{Background, stop_all};
pub use command::{Command, Stream};
pub use environment::{is_named_like_a_secret, is_reserved, untrusted_environment};
pub use error::ProcessError;
pub use finished::Finished;
pub use group::{adopt_orphans, end_with_parent, hide_from_others, kill_all, kill_orphans, user};
pub use robot_cancel::Cancellation;
pub use robot_seal::end_as;
