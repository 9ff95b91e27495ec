//! Checks whether this machine can seal programs.

use crate::VERB;
use crate::outside::command;
use crate::specification::Specification;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

/// What this machine supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Namespaces.
    Namespaces,
    /// Only Landlock, which hides files, and why namespaces do not work.
    Rules(String),
    /// Nothing, and why.
    Nothing(String),
}

/// This program, if it has the hidden verb, and whether the machine is discarded after the job.
static OWN: OnceLock<(PathBuf, bool)> = OnceLock::new();
static ROUTE: OnceLock<Route> = OnceLock::new();

/// Declares that this program has the hidden verb, without which nothing is sealed. On a machine that is discarded
/// after its job (`is_hosted`), a rule that forbids user namespaces may be lifted.
///
/// A program that calls this must call [`crate::run`] when it is started with the verb, whatever its variables.
pub fn allow(is_hosted: bool) {
    if let Ok(own) = std::env::current_exe() {
        let _ = OWN.set((own, is_hosted));
    }
}

/// The program to start instead of one that is to be sealed; `None` if this is not possible.
pub fn program() -> Option<&'static Path> {
    let own = OWN.get().map(|(own, _)| own.as_path())?;
    (!matches!(route(), Route::Nothing(_))).then_some(own)
}

/// What this machine supports; checked once.
pub fn route() -> &'static Route {
    ROUTE.get_or_init(|| {
        let Some((_, is_hosted)) = OWN.get() else {
            return Route::Nothing("this program cannot isolate other programs".to_owned());
        };
        let Err(reason) = try_out(false) else { return Route::Namespaces };
        if *is_hosted && lift_rule() && try_out(false).is_ok() {
            return Route::Namespaces;
        }
        match try_out(true) {
            Ok(()) => Route::Rules(reason),
            Err(_) => Route::Nothing(reason),
        }
    })
}

fn try_out(by_rules: bool) -> Result<(), String> {
    let nothing = Specification { by_rules, ..Specification::default() };
    let ended = (|| {
        let mut child = command()?
            .arg(VERB)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&serde_json::to_vec(&nothing)?)?;
        }
        child.wait_with_output()
    })();
    let ended: std::process::Output = ended.map_err(|error: io::Error| error.to_string())?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(said.lines().last().unwrap_or("no reason was given").to_owned())
}

/// Ubuntu 24.04 forbids user namespaces to programs that it does not know
/// (`kernel.apparmor_restrict_unprivileged_userns`); the user of GitHub's
/// own runners is the superuser by `sudo` anyway, and the machine ends with the job.
fn lift_rule() -> bool {
    const RULE: &str = "kernel.apparmor_restrict_unprivileged_userns";
    let file = format!("/proc/sys/{}", RULE.replace('.', "/"));
    if !std::fs::read_to_string(file).is_ok_and(|value| value.trim() == "1") {
        return false;
    }
    #[expect(clippy::disallowed_methods, reason = "the group of the caller is the one to stop")]
    let mut sudo = std::process::Command::new("/usr/bin/sudo");
    sudo.args(["-n", "/usr/sbin/sysctl", "-q", "-w", &format!("{RULE}=0")]);
    sudo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    sudo.status().is_ok_and(|status| status.success())
}
