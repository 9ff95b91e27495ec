use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The variables that code of the repository may see.
///
/// Left out: what steers our own tools (`INPUT_*`, `ROBOT_*`), what reaches the runner's services
/// (`ACTIONS_*`) or writes to the runner (`GITHUB_ENV`, `GITHUB_PATH`, `GITHUB_OUTPUT`,
/// `GITHUB_STATE`, `GITHUB_STEP_SUMMARY`), and whatever is named like a secret (`*_TOKEN`,
/// `*_SECRET`, `*_PASSWORD`). A test that needs such a variable declares it in its layer's `env`.
pub fn untrusted_environment<'a>(
    variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)>,
) -> BTreeMap<OsString, OsString> {
    variables
        .filter(|(name, _)| name.to_str().is_none_or(|name| !is_withheld(name)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn is_withheld(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["INPUT_", "ACTIONS_", "ROBOT_"];
    const SUFFIXES: [&str; 3] = ["_TOKEN", "_SECRET", "_PASSWORD"];
    const NAMES: [&str; 5] =
        ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"];
    let name = name.to_uppercase();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_code_sees_neither_tokens_nor_the_runner() {
        let given = [
            "PATH",
            "INPUT_LAYERS",
            "ACTIONS_RUNTIME_URL",
            "GH_TOKEN",
            "GITHUB_TOKEN",
            "GITHUB_OUTPUT",
            "ROBOT_ACTIONS_BIN",
            "SLACK_SECRET",
            "GITHUB_SHA",
            "GONOSUMDB",
        ];
        let value = OsStr::new("x");
        let kept = untrusted_environment(given.iter().map(|name| (OsStr::new(*name), value)));
        let kept: Vec<_> = kept.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(kept, ["GITHUB_SHA", "GONOSUMDB", "PATH"]);
    }
}
