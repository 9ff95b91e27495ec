//! Package patterns for the go command.

use robot_contract::Context;
use robot_golang::workspace::GoWork;
use std::path::Path;

/// Converts package patterns for the go command.
///
/// `./...` stops at other modules, and go rejects it if the folder of go.work is not a module
/// (<https://go.dev/issue/59610>). With a go.work it becomes `./<folder>/...` for each of its modules. A go.work that
/// cannot be read is left to go, which reports the problem.
pub fn patterns(context: &Context, patterns: &[String]) -> Vec<String> {
    let own = context.directory.join("go.work");
    // The value was fixed before code of the repository ran ([`crate::pin`]), so it names the same file.
    let is_own = match context.environment.get("GOWORK") {
        Some(named) => is_same(Path::new(named), &own),
        None => true,
    };
    let work = is_own.then(|| fs_err::read_to_string(&own).ok()).flatten();
    let Some(work) = work.and_then(|text| GoWork::parse(&text).ok()) else {
        return patterns.to_vec();
    };
    expand(&work, patterns)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

fn expand(work: &GoWork, patterns: &[String]) -> Vec<String> {
    let everywhere = || {
        work.folders().map(|folder| match folder.as_str() {
            "." => "./...".to_owned(),
            absolute if absolute.starts_with('/') => format!("{absolute}/..."),
            folder => format!("./{folder}/..."),
        })
    };
    patterns
        .iter()
        .flat_map(|pattern| match pattern.as_str() {
            "./..." => everywhere().collect(),
            _ => vec![pattern.clone()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_workspace_is_expanded_and_a_foreign_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("go.work");
        fs_err::write(&own, "go 1.22\n\nuse (\n\t.\n\t../lib\n)\n").unwrap();
        let asked = |named: Option<&str>| {
            let environment = named.map(|named| ("GOWORK", named)).into_iter().collect();
            let context = Context::new(
                environment,
                folder.path().into(),
                robot_process::Cancellation::default(),
            );
            patterns(&context, &["./...".to_owned()])
        };
        let both = ["./...", "./../lib/..."];
        assert_eq!(asked(None), both);
        assert_eq!(asked(own.to_str()), both);
        assert_eq!(asked(Some("off")), ["./..."]);
        assert_eq!(asked(Some("/elsewhere/go.work")), ["./..."]);
    }

    #[test]
    fn every_module_of_a_workspace_is_meant() {
        let work = GoWork::parse("go 1.22\n\nuse (\n\t.\n\t./a\n\t../b\n)\n").unwrap();
        let patterns = ["./...", "./x"].map(str::to_owned);
        assert_eq!(expand(&work, &patterns), ["./...", "./a/...", "./../b/...", "./x"]);
    }
}
