//! Hides files without namespaces, by Landlock (<https://docs.kernel.org/userspace-api/landlock.html>).
//!
//! Landlock rules only allow access. Therefore everything beside the hidden files and the folders above them is
//! allowed; in those folders themselves nothing new can be created. Other processes are visible, and no folder is
//! write-protected.

use crate::specification::{Seal, Specification};
use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The newest access rights used here; older kernels apply those that they know.
const RIGHTS: ABI = ABI::V3;

/// Replaces this process by the program; returns if that fails or if there is none.
///
/// # Errors
/// The kernel has no Landlock; the program cannot be started.
pub(crate) fn start(specification: Specification) -> io::Result<()> {
    let hidden = hidden(&specification.seal);
    let ways: BTreeSet<&Path> = hidden.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    let temporary = temporary(&specification, &ways);
    restrict(&specification.seal, &hidden, &ways)?;
    let Some(program) = &specification.program else { return Ok(()) };
    #[expect(clippy::disallowed_methods, reason = "it is its caller's child itself")]
    let mut command = std::process::Command::new(program);
    command.args(&specification.arguments).env_clear().envs(specification.variables);
    command.envs(temporary.map(|folder| ("TMPDIR", folder)));
    Err(command.current_dir(&specification.folder).stdin(Stdio::null()).exec())
}

fn hidden(seal: &Seal) -> BTreeSet<PathBuf> {
    seal.hidden.iter().filter_map(|path| path.canonicalize().ok()).collect()
}

/// A folder for temporary files, if nothing new can be created in the usual one.
fn temporary(specification: &Specification, ways: &BTreeSet<&Path>) -> Option<PathBuf> {
    let variable = specification.variables.iter().find(|(name, _)| name == "TMPDIR");
    let folder = variable.map_or(Path::new("/tmp"), |(_, value)| Path::new(value));
    let is_on_way = ways.contains(folder.canonicalize().ok()?.as_path());
    let instead = specification.seal.visible.first().filter(|_| is_on_way)?.join("tmp");
    std::fs::create_dir_all(&instead).ok()?;
    Some(instead)
}

fn restrict(seal: &Seal, hidden: &BTreeSet<PathBuf>, ways: &BTreeSet<&Path>) -> io::Result<()> {
    let rights = AccessFs::from_all(RIGHTS) & !AccessFs::Execute;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(rights)
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(|rules| rules.create())
        .map_err(io::Error::other)?;
    for way in ways {
        rules = allow(rules, way, AccessFs::ReadDir.into())?;
        for entry in std::fs::read_dir(way).into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            // The target of a link is allowed at its own path, or not at all.
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            if is_link || hidden.contains(&path) || ways.contains(path.as_path()) {
                continue;
            }
            let of_file = AccessFs::from_file(RIGHTS) & !AccessFs::Execute;
            rules = allow(rules, &path, if path.is_dir() { rights } else { of_file })?;
        }
    }
    for path in seal.visible.iter().filter(|path| path.is_dir()) {
        rules = allow(rules, path, rights)?;
    }
    if hidden.is_empty() {
        rules = allow(rules, Path::new("/"), rights)?;
    }
    let status = rules.restrict_self().map_err(io::Error::other)?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(io::Error::other("the kernel has no Landlock")),
        _ => Ok(()),
    }
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    rights: landlock::BitFlags<AccessFs>,
) -> io::Result<RulesetCreated> {
    // A file that has disappeared, or that this user cannot open, needs no rule.
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    rules.add_rule(PathBeneath::new(opened, rights)).map_err(io::Error::other)
}
