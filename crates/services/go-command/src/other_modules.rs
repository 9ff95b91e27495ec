//! Finds modules of the repository that a run does not include.

use robot_contract::Context;
use robot_golang::workspace::GoWork;

/// Folders of committed modules that `./...` does not include: neither the module that go runs in nor, if go.work
/// applies, one of its modules. Folders that go ignores (`testdata`, `vendor`, names that begin with `_` or `.`) are
/// not returned. `tracked` are the paths of all `go.mod` files that git tracks below the working folder.
pub fn other_modules(tracked: &[String], context: &Context) -> Vec<String> {
    let work = fs_err::read_to_string(context.directory.join("go.work")).unwrap_or_default();
    let work = match context.environment.get("GOWORK") {
        Some(_) => GoWork::default(),
        None => GoWork::parse(&work).unwrap_or_default(),
    };
    others(tracked, &work)
}

fn others(tracked: &[String], work: &GoWork) -> Vec<String> {
    let passed_over =
        |part: &str| part.starts_with(['_', '.']) || part == "testdata" || part == "vendor";
    tracked
        .iter()
        .filter_map(|path| path.strip_suffix("/go.mod"))
        .filter(|folder| !folder.split('/').any(passed_over))
        .filter(|folder| !work.folders().any(|used| used == *folder))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_that_nothing_reaches_are_told() {
        let tracked =
            ["go.mod", "a/go.mod", "b/go.mod", "_old/go.mod", "x/testdata/go.mod", "my.go.mod"]
                .map(str::to_owned);
        let work = GoWork::parse("go 1.22\nuse ./b\n").unwrap();
        assert_eq!(others(&tracked, &work), ["a"]);
        assert_eq!(others(&tracked, &GoWork::default()), ["a", "b"]);
    }
}
