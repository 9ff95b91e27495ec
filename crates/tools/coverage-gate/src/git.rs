//! Questions to git.

use robot_contract::{Context, Failure};
use robot_process::Finished;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead};

/// What a checkout's own configuration may set, and code under test may have written: programs that git
/// would start, and rules by which it would show other content.
const OBEYS_NOBODY: [&str; 14] = [
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.excludesFile=/dev/null",
    "-c",
    "core.quotePath=false",
    "-c",
    "diff.ignoreSubmodules=dirty",
    "-c",
    "diff.renames=true",
];

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
    let mut variables: BTreeMap<OsString, OsString> = context
        .environment
        .iter()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GIT_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let set = [
        ("LC_ALL", "C"),
        // Replaced objects would show another history than the one that was pushed.
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ];
    variables.extend(set.map(|(name, value)| (name.into(), value.into())));
    let command = context.command("git").environment(variables);
    let command = command.args(OBEYS_NOBODY).args(arguments.iter().copied());
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
