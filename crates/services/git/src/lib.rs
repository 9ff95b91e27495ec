//! Questions to git about the checkout, with one style of error.
//!
//! Each runs the git of [`Context::git`](robot_contract::Context::git), which obeys neither the checkout's
//! configuration nor the job's variables. Questions that compare the working tree take
//! [`without_filters`] in front.

mod ask;
mod commits;
mod failure;
mod filters;

pub use ask::{ask, paths, read, require, tracked};
pub use commits::{commit, is_in_head, is_shallow, merge_base};
pub use filters::without_filters;
