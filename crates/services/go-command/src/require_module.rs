//! The requirement that there is a Go module.

use robot_contract::{Context, Failure, Requirement};
use std::path::{Path, PathBuf};

/// Largest number of folders in the hint.
const TOLD: usize = 5;
/// Number of levels below that are searched.
const DEPTH: usize = 4;

/// The requirement of most verbs on Go sources: a module, or a workspace, in the working folder.
pub const MODULE: Requirement = Requirement { name: "a Go module", check: require_module };

/// Rejects a folder that belongs to no module, before every go command reports it.
///
/// # Errors
/// There is no go.mod or go.work here or above. The hint lists those below.
fn require_module(context: &Context) -> Result<(), Failure> {
    let environment = &context.environment;
    // With these settings, go finds its module elsewhere or needs none.
    let is_elsewhere = environment.get("GO111MODULE") == Some("off")
        || environment.get("GOWORK").is_some_and(|work| work != "off")
        || environment.get("GOFLAGS").is_some_and(|flags| flags.contains("-modfile"));
    let is_module =
        |folder: &Path| folder.join("go.mod").is_file() || folder.join("go.work").is_file();
    if is_elsewhere || context.directory.ancestors().any(is_module) {
        return Ok(());
    }
    let failure = Failure::user(format!(
        "no go.mod or go.work in {} or in a folder above it",
        context.directory.display()
    ));
    let mut below = Vec::new();
    modules_below(&context.directory, Path::new(""), DEPTH, &mut below);
    below.sort();
    let folders: Vec<String> =
        below.iter().take(TOLD).map(|folder| folder.display().to_string()).collect();
    Err(match folders.as_slice() {
        [] => failure
            .hint("run this in the robot's folder, or set `working-directory` to that folder"),
        [only] => failure.hint(format!("set `working-directory: {only}`, where there is a go.mod")),
        several => {
            failure.hint(format!("set `working-directory` to one of these: {}", several.join(", ")))
        }
    })
}

fn modules_below(root: &Path, folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let entries = fs_err::read_dir(root.join(folder)).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        // Folders that go ignores.
        if text.starts_with(['.', '_']) || ["vendor", "testdata", "node_modules"].contains(&&*text)
        {
            continue;
        }
        let below = folder.join(&name);
        if root.join(&below).join("go.mod").is_file() {
            found.push(below);
        } else if depth > 1 {
            modules_below(root, &below, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_contract::Environment;

    #[test]
    fn a_folder_of_no_module_is_refused_with_those_below() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |below: &str, variables: &[(&str, &str)]| {
            let environment: Environment = variables.iter().copied().collect();
            let directory = folder.path().join(below);
            let context = Context::new(environment, directory, Default::default());
            require_module(&context).map_or_else(|failure| failure.to_string(), |()| String::new())
        };
        assert!(refused("", &[]).contains("run this in the robot's folder"));
        for module in ["robots/a", "robots/vendor/x"] {
            let module = folder.path().join(module);
            std::fs::create_dir_all(module.join("cmd")).unwrap();
            std::fs::write(module.join("go.mod"), "module m\n").unwrap();
        }
        assert!(refused("", &[]).contains("`working-directory: robots/a`"));
        assert_eq!(refused("robots/a/cmd", &[]), "");
        assert_eq!(refused("", &[("GO111MODULE", "off")]), "");
    }
}
