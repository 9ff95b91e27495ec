//! Links the programs, unless a kept program has the same inputs.

use crate::compile::Package;
use robot_contract::{Context, Failure, ResultExt, Seal};
use robot_go_command::{errors, run_with_protected_modules};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) reused: usize,
    /// Output of go when it failed.
    pub(crate) errors: Option<String>,
}

/// The folder where the programs are kept. They are only compared, never run, so that a restored program cannot do harm.
pub(crate) fn folder(programs: &[Package], context: &Context) -> Result<PathBuf, Failure> {
    // Two robots of one repository may have programs with the same name.
    let first = programs.first().map_or("none", |program| &program.path);
    let kept = robot_go_command::kept_folder(context)?;
    Ok(kept.join("programs").join(first.replace(['/', '\\', ':'], "-")))
}

/// Links every program into `folder`, or reuses it from there.
///
/// # Errors
/// go does not start; the folder cannot be written.
pub(crate) fn run(
    programs: &[Package],
    folder: &Path,
    tags: &[String],
    context: &Context,
) -> Result<Linked, Failure> {
    let mut linked = Linked::default();
    for (number, group) in groups(programs).into_iter().enumerate() {
        let place = folder.join(number.to_string());
        fs_err::create_dir_all(&place)
            .or_external(|| "the folder for programs cannot be created".to_owned())?;
        let before = handles(&group, &place);
        // A trailing separator marks it as a folder, whatever it contains.
        // Version-control stamps would make the program different for each commit.
        let also = Seal { visible: vec![place.clone()], ..Seal::default() };
        let place = place.join("");
        let place = place.to_str().ok_or_else(|| {
            Failure::external(format!("{} is not valid UTF-8", place.display()))
                .hint("set GOCACHE to a folder whose path is valid UTF-8")
        })?;
        let arguments = ["-buildvcs=false", "-o", place].map(str::to_owned);
        let paths: Vec<String> = group.iter().map(|program| program.path.clone()).collect();
        let finished =
            run_with_protected_modules(context, "build", tags, &arguments, &paths, also)?;
        if let Some(errors) = errors(&finished) {
            linked.errors = Some(errors);
            return Ok(linked);
        }
        let after = handles(&group, Path::new(place));
        let same = before.iter().zip(&after).filter(|(old, new)| old.is_some() && old == new);
        linked.reused += same.count();
    }
    Ok(linked)
}

/// Groups in which every name is unique, because programs with the same name would overwrite each other in one folder.
fn groups(programs: &[Package]) -> Vec<Vec<&Package>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<&Package>)> = Vec::new();
    for program in programs {
        let name = program.executable.as_str();
        match groups.iter_mut().find(|(names, _)| !names.contains(name)) {
            Some((names, group)) => {
                names.insert(name);
                group.push(program);
            }
            None => groups.push(([name].into(), vec![program])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Each program's file, kept open so that its inode number is not reused for a file that replaces it; `None` if it does not
/// exist. Modification times are useless, because go also sets them when it keeps a program.
fn handles(group: &[&Package], place: &Path) -> Vec<Option<same_file::Handle>> {
    let open = |program: &&Package| {
        let path = place.join(&program.executable);
        path.is_file().then(|| same_file::Handle::from_path(path).ok()).flatten()
    };
    group.iter().map(open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_one_name_do_not_meet() {
        let program = |path: &str| Package {
            path: path.to_owned(),
            is_program: true,
            executable: path.rsplit('/').next().unwrap().to_owned(),
        };
        let programs = [program("m/a/tool"), program("m/b/tool"), program("m/robot")];
        let groups = groups(&programs);
        let paths = |group: &[&Package]| group.iter().map(|p| p.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&groups[0]), ["m/a/tool", "m/robot"]);
        assert_eq!(paths(&groups[1]), ["m/b/tool"]);
    }
}
