//! Questions to git.

use robot_contract::{Context, Failure};
use robot_process::Finished;
use std::io::{self, BufRead};

/// What git prints; `None` when it says no, as for a name that is none (exit 1).
///
/// # Errors
/// It cannot tell: there is no git or no repository, or the repository is refused.
pub(crate) fn ask(context: &Context, arguments: &[&str]) -> Result<Option<String>, Failure> {
    let mut told = Vec::new();
    let finished = run(context, arguments, &mut |output| {
        output.read_to_end(&mut told)?;
        Ok(())
    })?;
    match finished.code {
        Some(0) if finished.success() => Ok(Some(String::from_utf8_lossy(&told).into_owned())),
        Some(1) => Ok(None),
        _ => Err(refused(context, arguments, &finished)),
    }
}

/// Reads what git prints while it prints it.
///
/// # Errors
/// As [`ask`]; git says no; `read` fails.
pub(crate) fn read(
    context: &Context,
    arguments: &[&str],
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> Result<(), Failure> {
    let finished = run(context, arguments, read)?;
    if finished.success() { Ok(()) } else { Err(refused(context, arguments, &finished)) }
}

/// The commit that a name means, in full.
pub(crate) fn commit(context: &Context, name: &str) -> Result<Option<String>, Failure> {
    // A name may look like an option: it is resolved to a hash first.
    let name = format!("{name}^{{commit}}");
    let found = ask(context, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
    Ok(found.map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty()))
}

pub(crate) fn is_shallow(context: &Context) -> bool {
    let told = ask(context, &["rev-parse", "--is-shallow-repository"]);
    told.is_ok_and(|told| told.is_some_and(|told| told.trim() == "true"))
}

fn run(
    context: &Context,
    arguments: &[&str],
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> Result<Finished, Failure> {
    let command = context.command("git").args(arguments.iter().copied()).env("LC_ALL", "C");
    command.read_stdout(&context.cancellation, read).map_err(|error| {
        Failure::external(format!("`git {}` did not run to its end", verb(arguments)))
            .caused_by(&error)
    })
}

fn refused(context: &Context, arguments: &[&str], finished: &Finished) -> Failure {
    let said = String::from_utf8_lossy(&finished.stderr);
    let said = said.trim();
    let what = format!("`git {}` ended with {}", verb(arguments), finished.status());
    if said.is_empty() {
        return Failure::external(what);
    }
    let failure = Failure::external(format!("{what}: {said}"));
    if said.contains("dubious ownership") {
        let folder = context.directory.display();
        return failure.hint(format!(
            "run `git config --global --add safe.directory {folder}` before this step"
        ));
    }
    failure
}

/// What git was asked to do: the first word that is no option of git itself.
fn verb<'a>(arguments: &[&'a str]) -> &'a str {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "-c" => drop(words.next()),
            word => return word,
        }
    }
    ""
}
