//! The GitHub Actions runner's protocol: workflow commands, output files, the step summary.
//!
//! Spec: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.
//! Pure functions create the bytes. Only [`append_output`] and [`append_summary`] write files, and only [`send`]
//! writes to standard output.

mod command;
mod file;
mod stream;

pub use command::{
    MESSAGE_LIMIT, annotation, end_group, group, mask, resume_commands, stop_commands,
};
pub use file::{SUMMARY_LIMIT, append_output, append_summary, random_token};
pub use stream::send;
