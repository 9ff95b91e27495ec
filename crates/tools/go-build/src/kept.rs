//! Kept verdicts: that a program links is known while all that the linker reads is as it was.
//!
//! The linker reads the compiled packages, each of which go knows by a build ID that covers its content, and go's
//! settings. Where it calls a C compiler it reads libraries of the system as well, which nobody lists; such programs
//! are linked each time.

use robot_contract::{Context, Failure, Key, Reference, Shelf};
use robot_go_command::SETTINGS;
use robot_golang::package_list::Package;
use robot_golang::toolchain::GoEnvironment;
use robot_model::Verdict;
use std::collections::BTreeMap;

/// Changes when verdicts that earlier versions kept must not be believed any more.
const RULES: &str = "1";

/// Variables that make go link by a C compiler or another program.
const OUTER_LINKER: [&str; 2] = ["GO_EXTLINK_ENABLED", "GOTOOLDIR"];

/// Parts of flags that do the same.
const OUTER_LINKER_FLAGS: [&str; 4] = ["linkmode", "extld", "linkshared", "toolexec"];

/// What earlier runs know of programs.
pub(crate) struct KeptPrograms {
    shelf: Shelf,
    /// What all programs depend on; or why none is repeated.
    common: Result<Key, String>,
}

/// A program that need not be linked, or why it must.
pub(crate) type Known = Result<Option<String>, String>;

impl KeptPrograms {
    /// Asks go for its settings.
    ///
    /// # Errors
    /// There is no go command.
    pub(crate) fn open(tags: &[String], context: &Context) -> Result<Self, Failure> {
        let shelf = context.kept();
        let ask = robot_go_command::go(context, "env", &[]).arg("-json").args(SETTINGS);
        let told = robot_go_command::run(&ask, context)?;
        let go = GoEnvironment::parse(&told.stdout).ok().filter(|_| told.success());
        let common = go.ok_or_else(|| "`go env` failed".to_owned()).and_then(|go| {
            if let Some(name) =
                OUTER_LINKER.iter().find(|name| context.environment.path(name).is_some())
            {
                return Err(format!("with {name} it is not known what the linker reads"));
            }
            let flag = OUTER_LINKER_FLAGS.iter().find(|flag| go.flags().contains(**flag));
            if let Some(flag) = flag {
                return Err(format!(
                    "with `{flag}` in GOFLAGS it is not known what the linker reads"
                ));
            }
            let mut key = Key::of("");
            key.text("rules of go-build", RULES);
            key.text("tags", tags.join(","));
            for name in SETTINGS {
                key.text(format!("go env {name}"), go.get(name));
            }
            Ok(key)
        });
        Ok(Self { shelf, common })
    }

    /// Whether a program is known to link: the commit of the run that linked it, where that is known.
    ///
    /// # Errors
    /// Why it has to be linked.
    pub(crate) fn look_up(&self, program: &Package, packages: &BTreeMap<String, Package>) -> Known {
        let key = self.key(program, packages)?;
        let kept = self.shelf.look_up::<()>(&key).map_err(|why| why.to_string())?;
        Ok(kept.commit)
    }

    /// Keeps that a program links, or forgets it.
    pub(crate) fn keep(
        &self,
        program: &Package,
        packages: &BTreeMap<String, Package>,
        verdict: Verdict,
    ) {
        let Ok(key) = self.key(program, packages) else { return };
        // What cannot be kept is linked again.
        let _ = self.shelf.keep(&key, verdict, &[], &());
    }

    /// What refers to the verdicts of all these programs; `None` if one of them has none.
    pub(crate) fn references<'a>(
        &self,
        programs: impl Iterator<Item = &'a Package>,
        packages: &BTreeMap<String, Package>,
    ) -> Option<Vec<(String, Reference)>> {
        let reference = |program: &Package| {
            let reference = self.shelf.reference(&self.key(program, packages).ok()?)?;
            Some((program.import_path.clone(), reference))
        };
        programs.map(reference).collect()
    }

    /// Removes records that are not used any more.
    pub(crate) fn tidy(&self) {
        self.shelf.tidy();
    }

    fn key(&self, program: &Package, packages: &BTreeMap<String, Package>) -> Result<Key, String> {
        let mut key = self.common.clone()?.about(program.import_path.as_str());
        for path in program.deps.iter().chain([&program.import_path]) {
            // Neither is compiled.
            if matches!(path.as_str(), "unsafe" | "C") {
                continue;
            }
            let Some(package) = packages.get(path).filter(|package| !package.build_id.is_empty())
            else {
                return Err(format!("go does not say what {path} was compiled to"));
            };
            if !package.standard && !package.cgo_files.is_empty() {
                return Err(format!("{path} has C code, for which go calls the system's linker"));
            }
            key.content(format!("package {path}"), &package.build_id);
        }
        Ok(key)
    }
}
