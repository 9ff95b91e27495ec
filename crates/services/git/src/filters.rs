//! Disables filters of the configuration (`gitattributes`, "filter").

use crate::ask;
use robot_contract::{Context, Failure};
use std::collections::BTreeSet;

/// Options before the git command that disable every configured filter. Otherwise git would start the filter's program
/// and compare its output.
///
/// # Errors
/// As [`ask`].
pub fn without_filters(context: &Context) -> Result<Vec<String>, Failure> {
    let names = ["config", "--null", "--name-only", "--get-regexp", r"^filter\."];
    let names = ask(context, &names)?.unwrap_or_default();
    let drivers: BTreeSet<&str> =
        names.split('\0').filter_map(|name| Some(name.rsplit_once('.')?.0)).collect();
    let off = |driver: &str| {
        ["clean=", "smudge=", "process=", "required=false"]
            .map(|setting| ["-c".to_owned(), format!("{driver}.{setting}")])
    };
    Ok(drivers.into_iter().flat_map(off).flatten().collect())
}
