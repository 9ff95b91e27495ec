//! Compiles the programs of the image, one platform after the other.

use crate::build_info::BuildInfo;
use crate::cause::BuildCause;
use crate::recipe::Recipe;
use crate::static_program::obstacle;
use robot_contract::{Context, Failure, ResultExt as _, Seal};
use robot_go_command::{errors, go, patterns, run, run_with_protected_modules};
use robot_golang::package_list::{Package, packages};
use robot_oci::Platform;
use std::collections::BTreeMap;

/// A program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    pub(crate) info: BuildInfo,
}

/// Why there is no image.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) cause: BuildCause,
    pub(crate) headline: String,
    /// What the compiler said, or what is to be done.
    pub(crate) detail: String,
}

impl Refused {
    pub(crate) fn new(cause: BuildCause, headline: impl Into<String>, detail: &str) -> Self {
        Self { cause, headline: headline.into(), detail: detail.to_owned() }
    }
}

/// Levels of instructions, so that no variable or setting of a machine changes a program.
const LEVELS: [(&str, &str); 7] = [
    ("GOAMD64", "v1"),
    ("GOARM64", "v8.0"),
    ("GO386", "sse2"),
    ("GOPPC64", "power8"),
    ("GORISCV64", "rva20u64"),
    ("GOMIPS", "hardfloat"),
    ("GOMIPS64", "hardfloat"),
];

/// Does `work` with go set for a platform; `cgo` is the value of `CGO_ENABLED`.
fn set_for<T>(
    context: &mut Context,
    platform: &Platform,
    cgo: &str,
    work: impl FnOnce(&Context) -> T,
) -> T {
    let before = context.environment.clone();
    let set = &mut context.environment;
    for (name, value) in LEVELS {
        set.set(name, value);
    }
    let variant = platform.variant.as_deref().unwrap_or_default();
    match (&*platform.architecture, variant) {
        ("amd64", "v1" | "v2" | "v3" | "v4") => set.set("GOAMD64", variant),
        ("arm", "v5" | "v6" | "v7") => set.set("GOARM", &variant[1..]),
        ("arm", _) => set.set("GOARM", "7"),
        _ => {}
    }
    set.set("GOOS", &platform.os);
    set.set("GOARCH", &platform.architecture);
    set.set("CGO_ENABLED", cgo);
    // Not empty: then what `go env -w` has set would count.
    set.set("GOFLAGS", "-trimpath");
    let done = work(context);
    context.environment = before;
    done
}

/// The programs for a platform, by name.
pub(crate) fn compile(
    recipe: &Recipe,
    platform: &Platform,
    context: &mut Context,
) -> Result<Result<Vec<Program>, Refused>, Failure> {
    let input = &recipe.settings.input;
    let folder =
        tempfile::tempdir().or_external(|| "there is no folder for temporary files".to_owned())?;
    let place = folder.path().to_owned();
    let listed = set_for(context, platform, "1", |context| list(recipe, context))?;
    let paths = match listed {
        Ok(paths) => paths,
        Err(refused) => return Ok(Err(refused)),
    };
    let finished = set_for(context, platform, "0", |context| {
        let also = Seal { visible: vec![place.clone()], ..Seal::default() };
        let output = format!("{}/", place.display());
        let ldflags = format!("-ldflags={}", recipe.ldflags());
        let arguments = ["-trimpath", "-buildvcs=false", &ldflags, "-o", &output];
        let arguments = arguments.map(str::to_owned);
        run_with_protected_modules(context, "build", &input.tags, &arguments, &paths, also)
    })?;
    if context.cancellation.is_cancelled() {
        return Err(Failure::interrupted("interrupted while building"));
    }
    if let Some(said) = errors(&finished) {
        if let Some(failure) = robot_go_command::outside_failure(&said) {
            return Err(failure);
        }
        let headline = format!("the programs do not compile for {platform}");
        return Ok(Err(Refused::new(BuildCause::BuildFail, headline, &said)));
    }
    let mut programs = Vec::new();
    for entry in fs_err::read_dir(&place).or_external(|| "programs cannot be read".to_owned())? {
        let path = entry.or_external(|| "programs cannot be read".to_owned())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content = fs_err::read(&path).or_external(|| "a program cannot be read".to_owned())?;
        if let Some(why) = obstacle(&content, &platform.architecture) {
            let headline = format!("{name} for {platform} is not a static program: {why}");
            let hint = "remove linker flags such as -linkmode=external, or build the image with a Dockerfile";
            return Ok(Err(Refused::new(BuildCause::NotStatic, headline, hint)));
        }
        let told = go(context, "version", &[]).arg("-m").arg(&path);
        let told = run(&told, context)?;
        let info = BuildInfo::parse(&String::from_utf8_lossy(&told.stdout));
        programs.push(Program { name, content, info });
    }
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Ok(programs))
}

/// Import paths of the programs. Listed with cgo, so that what vanishes without it is seen; nothing is
/// compiled.
fn list(recipe: &Recipe, context: &Context) -> Result<Result<Vec<String>, Refused>, Failure> {
    let input = &recipe.settings.input;
    let fields = "-json=ImportPath,Name,Standard,DepOnly,CgoFiles,Deps";
    let patterns = patterns(context, &input.packages);
    let command = go(context, "list", &input.tags).args(["-deps", fields]).args(patterns);
    let finished = run(&command, context)?;
    if let Some(said) = errors(&finished) {
        if let Some(failure) = robot_go_command::outside_failure(&said) {
            return Err(failure);
        }
        let headline = "the packages cannot be listed";
        return Ok(Err(Refused::new(BuildCause::BuildFail, headline, &said)));
    }
    let listed: Result<Vec<Package>, _> = packages(&*finished.stdout).collect();
    let listed = listed.or_external(|| "go listed no packages".to_owned())?;
    Ok(decide(&listed, &input.allow_without_cgo))
}

fn decide(listed: &[Package], allowed: &[String]) -> Result<Vec<String>, Refused> {
    let programs: Vec<&Package> =
        listed.iter().filter(|package| package.name == "main" && !package.dep_only).collect();
    if programs.is_empty() {
        let hint = "name packages with programs in `packages`, such as ./cmd/robot";
        let headline = "the packages hold no program";
        return Err(Refused::new(BuildCause::NoPrograms, headline, hint));
    }
    let mut names = BTreeMap::new();
    for program in &programs {
        let name = program.import_path.rsplit('/').next().unwrap_or_default();
        if let Some(other) = names.insert(name, &program.import_path) {
            let headline = format!("{other} and {} have one name", program.import_path);
            let hint = "name one of them in `packages`";
            return Err(Refused::new(BuildCause::NoPrograms, headline, hint));
        }
    }
    let needs = |path: &String| {
        programs.iter().any(|program| program.import_path == *path || program.deps.contains(path))
    };
    let vanished: Vec<&str> = listed
        .iter()
        .filter(|package| !package.standard && !package.cgo_files.is_empty())
        .filter(|package| needs(&package.import_path) && !allowed.contains(&package.import_path))
        .map(|package| package.import_path.as_str())
        .collect();
    if !vanished.is_empty() {
        let headline = format!("{} uses cgo, which is off in the image", vanished.join(", "));
        let hint = "replace the package, build the image with a Dockerfile, or name it in `allow-without-cgo` if it does its work without cgo";
        return Err(Refused::new(BuildCause::CgoVanished, headline, hint));
    }
    Ok(programs.into_iter().map(|program| program.import_path.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(path: &str, name: &str, cgo: bool, deps: &[&str]) -> Package {
        Package {
            import_path: path.to_owned(),
            name: name.to_owned(),
            dep_only: name != "main",
            cgo_files: if cgo { vec!["x.go".to_owned()] } else { Vec::new() },
            deps: deps.iter().map(|one| (*one).to_owned()).collect(),
            ..Package::default()
        }
    }

    #[test]
    fn cgo_that_a_program_needs_is_refused_unless_it_is_allowed() {
        let listed = [
            package("m/cmd/robot", "main", false, &["sqlite"]),
            package("sqlite", "sqlite", true, &[]),
            package("unused", "unused", true, &[]),
        ];
        let refused = decide(&listed, &[]).unwrap_err();
        assert_eq!(refused.cause, BuildCause::CgoVanished);
        assert!(refused.headline.starts_with("sqlite uses cgo"), "{}", refused.headline);
        assert_eq!(decide(&listed, &["sqlite".to_owned()]).unwrap(), ["m/cmd/robot"]);
    }

    #[test]
    fn programs_of_one_name_and_no_programs_are_refused() {
        let listed =
            [package("m/a/tool", "main", false, &[]), package("m/b/tool", "main", false, &[])];
        assert!(decide(&listed, &[]).unwrap_err().headline.contains("have one name"));
        assert_eq!(decide(&[], &[]).unwrap_err().cause, BuildCause::NoPrograms);
    }
}
