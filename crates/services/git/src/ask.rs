//! Runs git and reads its output.

use crate::failure::{broke_off, refused};
use robot_contract::{Context, Failure};
use robot_process::Finished;
use std::io::{self, BufRead, Read as _};

/// Largest output that is kept in memory, in bytes.
const LARGEST: u64 = 256 << 20;

/// The output of git; `None` for exit code 1, which means "no", for example for an unknown name.
///
/// # Errors
/// There is no git or no repository, git refuses the repository, or the output is larger than 256 MiB.
pub fn ask(context: &Context, arguments: &[&str]) -> Result<Option<String>, Failure> {
    let (finished, told) = answer(context, arguments)?;
    match finished.code {
        _ if finished.success() => Ok(Some(told)),
        Some(1) if !finished.cancelled && !finished.timed_out => Ok(None),
        _ => Err(refused(context, arguments, &finished)),
    }
}

/// The output of git; exit code 1 is an error too.
///
/// # Errors
/// As [`ask`], and for exit code 1.
pub fn require(context: &Context, arguments: &[&str]) -> Result<String, Failure> {
    let (finished, told) = answer(context, arguments)?;
    if finished.success() { Ok(told) } else { Err(refused(context, arguments, &finished)) }
}

/// Reads the output of git while git runs.
///
/// # Errors
/// As [`require`], or `read` fails.
pub fn read(
    context: &Context,
    arguments: &[&str],
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> Result<(), Failure> {
    let finished = run(context, arguments, read)?;
    if finished.success() { Ok(()) } else { Err(refused(context, arguments, &finished)) }
}

/// The paths in output that was requested with `-z`.
pub fn paths(answer: &str) -> impl Iterator<Item = &str> {
    answer.split('\0').filter(|path| !path.is_empty())
}

/// Tracked files below the working folder that match a git pathspec, by their path below it.
///
/// # Errors
/// As [`require`].
pub fn tracked(context: &Context, patterns: &[&str]) -> Result<Vec<String>, Failure> {
    let listing = [&["ls-files", "-z", "--"], patterns].concat();
    Ok(paths(&require(context, &listing)?).map(str::to_owned).collect())
}

fn answer(context: &Context, arguments: &[&str]) -> Result<(Finished, String), Failure> {
    let mut told = Vec::new();
    let finished = run(context, arguments, &mut |output| {
        let read = output.take(LARGEST + 1).read_to_end(&mut told)?;
        match read as u64 > LARGEST {
            true => Err(io::Error::other("the output is larger than 256 MiB")),
            false => Ok(()),
        }
    })?;
    Ok((finished, String::from_utf8_lossy(&told).into_owned()))
}

fn run(
    context: &Context,
    arguments: &[&str],
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> Result<Finished, Failure> {
    let command = context.git().args(arguments.iter().copied());
    command.read_stdout(&context.cancellation, read).map_err(|error| broke_off(arguments, &error))
}
