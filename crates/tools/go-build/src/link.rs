//! Links the programs of which no earlier run knows that they link.

use crate::compile::Compiled;
use crate::kept::{KeptPrograms, Known};
use robot_contract::{Context, Failure, Reference, ResultExt, Seal};
use robot_go_command::{errors, run_with_protected_modules};
use robot_golang::package_list::Package;
use robot_model::Verdict;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(crate) struct Linked {
    /// Each program, and whether it was known to link.
    pub(crate) programs: Vec<(String, Known)>,
    /// What go said when it failed.
    pub(crate) errors: Option<String>,
    /// What refers to the kept verdicts of all programs; `None` if one of them is not kept.
    pub(crate) references: Option<Vec<(String, Reference)>>,
}

/// Links every program that is not known to link. What comes out is thrown away: that it links is what is asked.
///
/// # Errors
/// The go command does not start; no folder for programs can be made.
pub(crate) fn run(
    compiled: &Compiled,
    tags: &[String],
    context: &Context,
) -> Result<Linked, Failure> {
    let kept = KeptPrograms::open(tags, context)?;
    let mut linked = Linked::default();
    let mut unknown = Vec::new();
    for program in compiled.programs() {
        let known = kept.look_up(program, &compiled.packages);
        if known.is_err() {
            unknown.push(program);
        }
        linked.programs.push((program.import_path.clone(), known));
    }
    for group in groups(&unknown) {
        linked.errors = link(&group, tags, context)?;
        let verdict = if linked.errors.is_some() { Verdict::Fail } else { Verdict::Pass };
        group.iter().for_each(|program| kept.keep(program, &compiled.packages, verdict));
        if linked.errors.is_some() {
            break;
        }
    }
    if linked.errors.is_none() {
        linked.references = kept.references(compiled.programs(), &compiled.packages);
    }
    kept.tidy();
    Ok(linked)
}

/// Links some programs; says what go said when it failed.
fn link(group: &[&Package], tags: &[String], context: &Context) -> Result<Option<String>, Failure> {
    let folder = context.output_directory()?.join("go-build");
    let folder = fs_err::create_dir_all(&folder).and_then(|()| tempfile::tempdir_in(&folder));
    let folder = folder.or_external(|| "no folder for programs can be created".to_owned())?;
    let also = Seal { visible: vec![folder.path().to_owned()], ..Seal::default() };
    // A separator at the end says that it is a folder.
    let place = folder.path().join("");
    let place = place.to_str().ok_or_else(|| {
        Failure::external(format!("{} is not valid UTF-8", place.display()))
            .hint("let RUNNER_TEMP be a folder with a name in UTF-8")
    })?;
    // Version-control stamps would make each commit another program.
    let arguments = ["-buildvcs=false", "-o", place].map(str::to_owned);
    let paths: Vec<String> = group.iter().map(|program| program.import_path.clone()).collect();
    let finished = run_with_protected_modules(context, "build", tags, &arguments, &paths, also)?;
    Ok(errors(&finished))
}

/// Programs of one name overwrite each other in one folder: each group has every name once.
fn groups<'a>(programs: &[&'a Package]) -> Vec<Vec<&'a Package>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<&Package>)> = Vec::new();
    for program in programs {
        let name = program.target.rsplit(['/', '\\']).next().unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_one_name_do_not_meet() {
        let program = |path: &str| Package {
            import_path: path.to_owned(),
            target: format!("/root/go/bin/{}", path.rsplit('/').next().unwrap()),
            ..Package::default()
        };
        let programs = ["m/a/tool", "m/b/tool", "m/robot"].map(program);
        let groups = groups(&programs.each_ref());
        let paths =
            |group: &[&Package]| group.iter().map(|p| p.import_path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&groups[0]), ["m/a/tool", "m/robot"]);
        assert_eq!(paths(&groups[1]), ["m/b/tool"]);
    }
}
