//! The variables that code of the repository may see.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The variables that code of the repository may see.
///
/// These are removed: variables that control our own tools (`INPUT_*`, `ROBOT_ACTIONS_*`), that give access to the
/// runner's services (`ACTIONS_*`) or write to the runner (`GITHUB_ENV`, `GITHUB_PATH`, `GITHUB_OUTPUT`,
/// `GITHUB_STATE`, `GITHUB_STEP_SUMMARY`), and those whose names look like secrets: they contain `TOKEN`, `SECRET`,
/// `PASSWORD`, `PASSWD`, `PASSPHRASE`, `KEY`, `CREDENTIAL` or `PWD`, or have `PAT` or `PASS` as a word, in any case.
/// A test that needs such a variable sets it in its layer's `env` or lists it in `pass-env`.
pub fn untrusted_environment<'a>(
    variables: impl IntoIterator<Item = (&'a OsStr, &'a OsStr)>,
) -> BTreeMap<OsString, OsString> {
    variables
        .into_iter()
        .filter(|(name, _)| !is_withheld(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn is_withheld(name: &OsStr) -> bool {
    is_reserved(name) || is_named_like_a_secret(name)
}

/// Whether code of the repository gets a variable only if its owner says so.
pub fn is_named_like_a_secret(name: &OsStr) -> bool {
    // Anywhere in the name, so that `APIKEY`, `BOTTOKEN` and `TOKEN_FILE` are found.
    const SECRETS: [&str; 8] =
        ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "KEY", "CREDENTIAL", "PWD"];
    // These are parts of ordinary names, such as `PATH`.
    const WORDS: [&str; 2] = ["PAT", "PASS"];
    // Ordinary names and words that contain one of the above.
    const ORDINARY: [&str; 10] = [
        "KEYBOARD",
        "KEYMAP",
        "KEYWORD",
        "KEYCODE",
        "HOTKEY",
        "MONKEY",
        "TURKEY",
        "HOCKEY",
        "TOKENIZER",
        "GIT_CONFIG_KEY_",
    ];
    let mut upper = String::from_utf8_lossy(name.as_bytes()).to_ascii_uppercase();
    if matches!(upper.as_str(), "PWD" | "OLDPWD") {
        return false;
    }
    for ordinary in ORDINARY {
        upper = upper.replace(ordinary, "");
    }
    let is_word = |word: &str| upper.split('_').any(|part| part == word);
    SECRETS.iter().any(|secret| upper.contains(secret)) || WORDS.iter().any(|word| is_word(word))
}

/// Whether a variable controls our own tools or the runner; code of the repository never sees it.
pub fn is_reserved(name: &OsStr) -> bool {
    const PREFIXES: [&str; 3] = ["INPUT_", "ACTIONS_", "ROBOT_ACTIONS_"];
    const NAMES: [&str; 5] =
        ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"];
    // Compares bytes, so that names that are not UTF-8 are checked too.
    let name = name.as_bytes().to_ascii_uppercase();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix.as_bytes()))
        || NAMES.iter().any(|withheld| name == withheld.as_bytes())
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
            "ROBOT_REVISION",
            "SLACK_SECRET",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "GITHUB_PAT",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "TOKEN",
            "BOTTOKEN",
            "TOKEN_FILE",
            "APIKEY",
            "STRIPE_KEYS",
            "DBPASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "SSH_PASSPHRASE",
            "MONKEY_API_KEY",
            "PWD",
            "OLDPWD",
            "GOPATH",
            "COMPASS",
            "HOTKEYS",
            "TOKENIZERS_PARALLELISM",
            "XDG_DATA_DIRS",
            "GIT_CONFIG_KEY_0",
            "KEYBOARD",
            "GITHUB_SHA",
            "GONOSUMDB",
        ];
        let value = OsStr::new("x");
        let kept = untrusted_environment(given.iter().map(|name| (OsStr::new(*name), value)));
        let kept: Vec<_> = kept.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(
            kept,
            [
                "COMPASS",
                "GITHUB_SHA",
                "GIT_CONFIG_KEY_0",
                "GONOSUMDB",
                "GOPATH",
                "HOTKEYS",
                "KEYBOARD",
                "OLDPWD",
                "PATH",
                "PWD",
                "ROBOT_REVISION",
                "TOKENIZERS_PARALLELISM",
                "XDG_DATA_DIRS"
            ]
        );
    }

    #[test]
    fn case_and_broken_text_hide_nothing() {
        let value = OsStr::new("x");
        for name in [&b"npm_token"[..], b"INPUT_\xff", b"\xff_PASSWORD"] {
            let kept = untrusted_environment([(OsStr::from_bytes(name), value)]);
            assert!(kept.is_empty(), "{kept:?}");
        }
    }
}
