//! Fixes Go's settings before code of the repository runs.

use robot_contract::{Context, Failure};
use robot_golang::toolchain::GoEnvironment;

/// Fixes Go's settings for all later go commands of this process: see [`pinned`]. In a step of `robot ci` they are fixed.
///
/// # Errors
/// There is no go command.
pub fn pin(context: &mut Context) -> Result<(), Failure> {
    if context.environment.get("GOENV") == Some("off")
        && context.environment.get("GOWORK").is_some()
    {
        return Ok(());
    }
    for (name, value) in pinned(context)? {
        context.environment.set(&name, &value);
    }
    Ok(())
}

/// Variables that preserve Go's current settings. Otherwise a test could write the file of `go env -w`, or a go.work
/// above the checkout, and so change later tests. Empty if `go env` fails.
///
/// # Errors
/// There is no go command.
pub fn pinned(context: &Context) -> Result<Vec<(String, String)>, Failure> {
    let ask = crate::go(context, "env", &[]).args(["-json", "GOENV", "GOWORK"]);
    let told = crate::run(&ask, context)?;
    let Ok(go) = GoEnvironment::parse(&told.stdout) else { return Ok(Vec::new()) };
    let file = fs_err::read_to_string(go.get("GOENV")).unwrap_or_default();
    // The form of the file: `go help environment`, cmd/go/internal/cfg.
    let settings = file.lines().filter(|line| !line.trim_start().starts_with('#'));
    let settings = settings.filter_map(|line| line.split_once('=')).filter(|(name, _)| {
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
        // A variable of the process overrides the file.
        is_name && context.environment.path(name).is_none()
    });
    let work = Some(go.get("GOWORK")).filter(|work| !work.is_empty()).unwrap_or("off");
    let own = [("GOENV", "off"), ("GOWORK", work)];
    let all = settings.chain(own);
    Ok(all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
