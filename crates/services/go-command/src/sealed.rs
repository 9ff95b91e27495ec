//! Sealed go commands, which run code of the repository or compilers on it. They cannot change the modules that later
//! runs use.

use crate::{errors, go, run, with_verb};
use robot_contract::{Context, Failure, Isolate, Seal};
use robot_golang::toolchain::GoEnvironment;
use robot_process::{Command, Finished};
use std::path::PathBuf;

/// `go <verb>`, sealed.
pub fn sealed_go(
    context: &Context,
    verb: &str,
    tags: &[String],
    isolate: Isolate,
    also: &Seal,
) -> Command {
    with_verb(context.sealed(Command::new("go"), isolate, also), verb, tags)
}

/// Bytes of go's output that are kept.
const LISTING: usize = 256 << 20;

/// Write-protects the module cache; returns whether there is one.
///
/// # Errors
/// There is no go command, or it cannot be started.
pub fn protect(context: &Context, seal: &mut Seal) -> Result<bool, Failure> {
    let modules = module_cache(context)?;
    if let Some(modules) = &modules {
        // A folder that does not exist cannot be protected, and could be created for later runs.
        let _ = fs_err::create_dir_all(modules);
    }
    let has_modules = modules.is_some();
    seal.read_only.extend(modules);
    Ok(has_modules)
}

/// Runs `go <verb>` on packages, sealed, with the module cache write-protected. Missing modules are
/// downloaded first by a command that runs no code of the repository.
///
/// # Errors
/// There is no go command, or it cannot be started.
pub fn run_with_protected_modules(
    context: &Context,
    verb: &str,
    tags: &[String],
    arguments: &[String],
    patterns: &[String],
    mut also: Seal,
) -> Result<Finished, Failure> {
    let is_protected = protect(context, &mut also)?;
    let command = sealed_go(context, verb, tags, Isolate::Auto, &also);
    let command = command.args(arguments.iter().cloned()).args(patterns.iter().cloned());
    // A listing of which the middle is missing would be taken for a shorter one.
    let command = command.output_cap(LISTING);
    let finished = run(&command, context)?;
    let misses = |said: &str| said.contains("read-only file system");
    if !is_protected || !errors(&finished).is_some_and(|said| misses(&said)) {
        return Ok(finished);
    }
    // This only lists and compiles nothing, so no code of the repository runs.
    let list = sealed_go(context, "list", tags, Isolate::Auto, &Seal::default());
    let list = list.args(["-deps", "-test", "-e"]).args(patterns.iter().cloned());
    run(&list, context)?;
    run(&command, context)
}

fn module_cache(context: &Context) -> Result<Option<PathBuf>, Failure> {
    let ask = go(context, "env", &[]).args(["-json", "GOMODCACHE"]);
    let told = run(&ask, context)?;
    let go = GoEnvironment::parse(&told.stdout).unwrap_or_default();
    Ok(go.module_cache().filter(|folder| folder.is_absolute()).map(PathBuf::from))
}
