use robot_contract::Context;
use robot_golang::workspace::GoWork;

/// Folders of checked-in modules that `./...` does not reach: neither the module that go runs in
/// nor, where go.work counts, one of its modules. What go itself passes over (`testdata`, `vendor`,
/// names that begin with `_` or `.`) is not told. Empty outside of git.
pub fn other_modules(context: &Context) -> Vec<String> {
    let listing = ["ls-files", "-z", "--", "*go.mod"];
    let listed = context.command("git").args(listing).run(&context.cancellation);
    let listed = listed.map(|finished| finished.stdout).unwrap_or_default();
    let work = fs_err::read_to_string(context.directory.join("go.work")).unwrap_or_default();
    let work = match context.environment.get("GOWORK") {
        Some(_) => GoWork::default(),
        None => GoWork::parse(&work).unwrap_or_default(),
    };
    others(&String::from_utf8_lossy(&listed), &work)
}

fn others(listed: &str, work: &GoWork) -> Vec<String> {
    let passed_over =
        |part: &str| part.starts_with(['_', '.']) || part == "testdata" || part == "vendor";
    listed
        .split('\0')
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
        let listed = "go.mod\0a/go.mod\0b/go.mod\0_old/go.mod\0x/testdata/go.mod\0my.go.mod\0";
        let work = GoWork::parse("go 1.22\nuse ./b\n").unwrap();
        assert_eq!(others(listed, &work), ["a"]);
        assert_eq!(others(listed, &GoWork::default()), ["a", "b"]);
    }
}
