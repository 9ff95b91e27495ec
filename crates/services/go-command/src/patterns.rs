//! Which packages to ask go for.

use robot_contract::Context;
use robot_golang::workspace::GoWork;

/// Package patterns as the go command has to get them.
///
/// `./...` stops at other modules, and is refused where go.work has no module itself
/// (<https://go.dev/issue/59610>): there it becomes `./<folder>/...` for each module of go.work.
/// A go.work that cannot be read is left to go, which says what is wrong with it.
pub fn patterns(context: &Context, patterns: &[String]) -> Vec<String> {
    let work = match context.environment.get("GOWORK") {
        Some(_) => None,
        None => fs_err::read_to_string(context.directory.join("go.work")).ok(),
    };
    let Some(work) = work.and_then(|text| GoWork::parse(&text).ok()) else {
        return patterns.to_vec();
    };
    expand(&work, patterns)
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
    fn every_module_of_a_workspace_is_meant() {
        let work = GoWork::parse("go 1.22\n\nuse (\n\t.\n\t./a\n\t../b\n)\n").unwrap();
        let patterns = ["./...", "./x"].map(str::to_owned);
        assert_eq!(expand(&work, &patterns), ["./...", "./a/...", "./../b/...", "./x"]);
    }
}
