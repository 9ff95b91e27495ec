//! Compiles all packages.

use crate::Input;
use robot_contract::{Context, Failure, Seal};
use robot_go_command::{errors, patterns, run_with_protected_modules};

/// A package of the patterns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) path: String,
    pub(crate) is_program: bool,
    /// Name of the linked file; empty if go does not list it.
    pub(crate) executable: String,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) packages: Vec<Package>,
    /// Output of go when it failed.
    pub(crate) errors: Option<String>,
}

/// `go list -export` compiles the listed packages without linking.
const FORMAT: &str = "{{.Name}}\t{{.ImportPath}}\t{{.Target}}";

/// Compiles every package.
///
/// # Errors
/// go does not start.
pub(crate) fn run(input: &Input, context: &Context) -> Result<Compiled, Failure> {
    let patterns = patterns(context, &input.packages);
    let arguments = ["-export", "-f", FORMAT].map(str::to_owned);
    let finished = run_with_protected_modules(
        context,
        "list",
        &input.tags,
        &arguments,
        &patterns,
        Seal::default(),
    )?;
    let listed = String::from_utf8_lossy(&finished.stdout);
    Ok(Compiled {
        packages: listed.lines().filter_map(package).collect(),
        errors: errors(&finished),
    })
}

fn package(line: &str) -> Option<Package> {
    let mut fields = line.split('\t');
    let (name, path, target) = (fields.next()?, fields.next()?, fields.next()?);
    let executable = target.rsplit(['/', '\\']).next().unwrap_or_default();
    Some(Package {
        path: path.to_owned(),
        is_program: name == "main",
        executable: executable.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_listing_is_a_package() {
        let program = package("main\texample.com/r/cmd/robot\t/root/go/bin/robot").unwrap();
        assert!(program.is_program);
        assert_eq!(program.executable, "robot");
        assert!(!package("redact\texample.com/r/redact\t").unwrap().is_program);
        assert_eq!(package("warning"), None);
    }
}
