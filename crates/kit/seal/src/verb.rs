//! The hidden verb: which of the two processes of a seal this one is.

use crate::{NOT_SEALED, init, outside};
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what the hidden verb does; `arguments` are those behind it. Ends as the program did.
pub fn run(arguments: &[OsString]) -> ExitCode {
    if let Some((first, rest)) = arguments.split_first()
        && first == init::WORD
    {
        return init::run(rest);
    }
    match outside::seal() {
        Ok(code) => code,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "this stands in for the program that was not started"
            )]
            {
                eprintln!("the program was not started, as it could not be isolated: {error}");
            }
            ExitCode::from(NOT_SEALED)
        }
    }
}
