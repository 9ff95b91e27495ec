//! Seals a program in that is not trusted: it sees no process but its own, not the files that are hidden
//! from it, can get no more rights, and nothing that it started outlives it.
//!
//! The program that calls starts itself again as a hidden verb ([`VERB`]), which makes namespaces and
//! mounts ([namespaces(7)](https://docs.kernel.org/admin-guide/namespaces/index.html)) and starts an init
//! process in them; that starts the program. When init ends, the kernel kills all that is left.
//!
//! Our own program is started again as the hidden verb `sealed`. It reads program, variables and
//! rules from standard input, makes namespaces (in a user namespace unless it is the superuser),
//! hides and protects files by mounts, and starts an init process that gives up all rights and
//! starts the program. The exit status comes back over a pipe that the program cannot open. What a
//! machine allows is tried once in a process (`route`).

mod init;
mod mounts;
mod outside;
mod rights;
mod root;
mod route;
mod rules;
mod specification;
mod verb;

pub use outside::end_as;
pub use route::{Route, allow, program, route};
pub use specification::{Bind, Seal, Specification};
pub use verb::run;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// The hidden verb: `<program> sealed`.
pub const VERB: &str = "sealed";

/// Exit code when nothing was started.
const NOT_SEALED: u8 = 125;

/// What a program may be sent.
const SIGNALS: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
