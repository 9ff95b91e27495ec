//! Go's settings as they are before code of the repository runs.

use robot_contract::{Context, Failure};
use robot_golang::toolchain::GoEnvironment;

/// Fixes go's settings for all later go commands of this process: a test may write the file that
/// `go env -w` writes, or a go.work above the checkout, and so decide what later tests are.
///
/// # Errors
/// There is no go command.
pub fn pin(context: &mut Context) -> Result<(), Failure> {
    let ask = crate::go(context, "env", &[]).args(["-json", "GOENV", "GOWORK"]);
    let told = crate::run(&ask, context)?;
    let Ok(go) = GoEnvironment::parse(&told.stdout) else { return Ok(()) };
    let file = fs_err::read_to_string(go.get("GOENV")).unwrap_or_default();
    // The form of the file: `go help environment`, cmd/go/internal/cfg.
    let settings = file.lines().filter(|line| !line.trim_start().starts_with('#'));
    for (name, value) in settings.filter_map(|line| line.split_once('=')) {
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
        // A variable of the process wins over the file.
        if is_name && context.environment.path(name).is_none() {
            context.environment.set(name, value);
        }
    }
    context.environment.set("GOENV", "off");
    let work = go.get("GOWORK");
    context.environment.set("GOWORK", if work.is_empty() { "off" } else { work });
    Ok(())
}
