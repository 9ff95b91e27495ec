//! The packages that `go list` has, once for all scanners. It downloads what is missing, so that the
//! scanners themselves need not write to the modules of later runs.

use super::run::said;
use crate::input::Settings;
use robot_contract::{Context, Isolate, Seal};
use robot_golang::package_list::{self, Package};

/// Bytes of a listing: 256 MiB are about 100,000 packages.
const LISTING: usize = 256 << 20;

/// Packages that the patterns name.
///
/// # Errors
/// Why there are none.
pub(super) fn list(settings: &Settings, context: &Context) -> Result<Vec<Package>, String> {
    let patterns = robot_go_command::patterns(context, &settings.packages);
    let seal = Seal::default();
    let list = robot_go_command::sealed_go(context, "list", &settings.tags, Isolate::Auto, &seal)
        .args(["-deps", "-json=Dir,DepOnly,GoFiles,CgoFiles,Module", "--"])
        .args(patterns)
        .output_cap(LISTING)
        .timeout(settings.timeout);
    let listed = list
        .run(&context.cancellation)
        .map_err(|error| format!("`go list` did not run: {error}"))?;
    if !listed.success() {
        return Err(format!("`go list` failed: {}", said(&listed)));
    }
    package_list::packages(listed.stdout.as_slice())
        .filter(|package| !package.as_ref().is_ok_and(|package| package.dep_only))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the output of `go list` cannot be parsed: {error}"))
}
