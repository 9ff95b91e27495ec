//! Compiles all packages.

use crate::Input;
use robot_contract::{Context, Failure, Seal};
use robot_go_command::{errors, patterns, run_with_protected_modules};
use robot_golang::package_list::{self, Package};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Compiled {
    /// Those of the patterns and all that they need, by import path.
    pub(crate) packages: BTreeMap<String, Package>,
    /// What go said when it failed.
    pub(crate) errors: Option<String>,
}

impl Compiled {
    /// Packages of the patterns.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| !package.dep_only)
    }

    /// Programs of the patterns.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &Package> {
        self.own().filter(|package| package.name == "main")
    }
}

/// `go list -export` compiles what it lists, and links nothing.
const ARGUMENTS: [&str; 2] = ["-export", "-deps"];
const FIELDS: &str = "-json=Name,Target,BuildID,DepOnly,Deps";

/// Compiles every package.
///
/// # Errors
/// The go command does not start.
pub(crate) fn run(input: &Input, context: &Context) -> Result<Compiled, Failure> {
    let patterns = patterns(context, &input.packages);
    let fields = format!("{FIELDS},{}", robot_go_command::EMBEDDING);
    let arguments = ARGUMENTS.map(str::to_owned).into_iter().chain([fields]);
    let arguments: Vec<String> = arguments.collect();
    let finished = run_with_protected_modules(
        context,
        "list",
        &input.tags,
        &arguments,
        &patterns,
        Seal::default(),
    )?;
    let errors = errors(&finished);
    let listed: Result<Vec<Package>, _> =
        package_list::packages(finished.stdout.as_slice()).collect();
    let packages = match listed {
        Ok(packages) => packages,
        // Go's own words say more than where its listing breaks off.
        Err(_) if errors.is_some() => Vec::new(),
        Err(error) => {
            return Err(Failure::external("`go list` printed no valid JSON").caused_by(&error));
        }
    };
    let by_path = packages.into_iter().map(|package| (package.import_path.clone(), package));
    Ok(Compiled { packages: by_path.collect(), errors })
}
