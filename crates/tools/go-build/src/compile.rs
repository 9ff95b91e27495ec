use crate::Input;
use robot_contract::{Context, Failure};
use robot_process::{Command, Finished};

/// A package of the patterns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) path: String,
    pub(crate) is_program: bool,
    /// Name of the file that linking gives; empty when go does not tell.
    pub(crate) executable: String,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) packages: Vec<Package>,
    /// What go said when it failed.
    pub(crate) errors: Option<String>,
}

/// `go list -export` compiles what it lists, and links nothing.
const FORMAT: &str = "{{.Name}}\t{{.ImportPath}}\t{{.Target}}";

/// Compiles every package.
///
/// # Errors
/// go does not start.
pub(crate) fn run(input: &Input, context: &Context) -> Result<Compiled, Failure> {
    let patterns = input.packages.iter().flatten().cloned();
    let command = go(context, "list", &input.tags).args(["-export", "-f", FORMAT]).args(patterns);
    let finished = execute(&command, context)?;
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

/// `go <verb>` without version-control stamps, which would make each commit another program.
pub(crate) fn go(context: &Context, verb: &str, tags: &Option<Vec<String>>) -> Command {
    let command = context.untrusted(Command::new("go")).args([verb, "-buildvcs=false"]);
    match tags.as_deref() {
        Some(tags) if !tags.is_empty() => command.arg(format!("-tags={}", tags.join(","))),
        _ => command,
    }
}

pub(crate) fn execute(command: &Command, context: &Context) -> Result<Finished, Failure> {
    command.run(&context.cancellation).map_err(|error| {
        Failure::external("the go command did not run")
            .caused_by(&error)
            .hint("install Go, or set it up before this step")
    })
}

/// What a failed go command said, without its news of downloads.
pub(crate) fn errors(finished: &Finished) -> Option<String> {
    let said = String::from_utf8_lossy(&finished.stderr);
    let lines = said.lines().filter(|line| !line.starts_with("go: downloading "));
    (!finished.success()).then(|| lines.collect::<Vec<_>>().join("\n"))
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
