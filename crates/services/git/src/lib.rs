//! Queries git about the checkout, with one style of error.
//!
//! Every query runs [`Context::git`](robot_contract::Context::git), which ignores the checkout's configuration and the
//! job's variables. Queries that compare the working tree need the options of [`without_filters`].

mod ask;
mod commits;
mod failure;
mod filters;

pub use ask::{ask, paths, read, require, tracked};
pub use commits::{commit, is_in_head, is_shallow, merge_base};
pub use filters::without_filters;
