//! Files go.mod and go.work as people write them.

use super::*;
use proptest::prelude::*;

const SAMPLE: &str = "module \"example.com/robot\" // the robot\r
\r
go 1.19\r
toolchain go1.22.1\r
godebug default=go1.21\r
require (\r
\tgithub.com/slack-go/slack v0.12.3\r
\tgopkg.in/yaml.v3 v3.0.1 // indirect\r
\texample.com/both v1.0.0 // indirect; for tools\r
)\r
require `example.com/one` v1.0.0// indirectly\r
replace example.com/one v1.0.0 => ..\\one\r
replace example.com/two => example.com/three v3.0.0\r
exclude example.com/one v0.9.0\r
// Lost data.\r
// Twice.\r
retract [v1.0.0, v1.1.0]\r
retract v1.2.0 // Wrong tag.\r
tool golang.org/x/tools/cmd/stringer\r
ignore ./node_modules\r
future (\r
\ta b\r
)\r
empty ( )\r
";

#[test]
fn directives_of_every_go_are_read() {
    let file = GoMod::parse(SAMPLE).unwrap();
    let text = |word: &Option<Word>| word.as_ref().map(|word| (word.text.clone(), word.line));
    assert_eq!(text(&file.module), Some(("example.com/robot".into(), 1)));
    assert_eq!(text(&file.go), Some(("1.19".into(), 3)));
    assert_eq!(text(&file.toolchain), Some(("go1.22.1".into(), 4)));
    assert_eq!((&*file.godebug[0].key, &*file.godebug[0].value), ("default", "go1.21"));
    let require: Vec<_> =
        file.require.iter().map(|one| (&*one.path, one.indirect, one.line)).collect();
    assert_eq!(
        require,
        [
            ("github.com/slack-go/slack", false, 7),
            ("gopkg.in/yaml.v3", true, 8),
            ("example.com/both", true, 9),
            ("example.com/one", false, 11),
        ]
    );
    assert_eq!(file.require[3].version, "v1.0.0");
    assert_eq!(file.exclude[0].version, "v0.9.0");
    assert_eq!(file.tool[0].text, "golang.org/x/tools/cmd/stringer");
    assert_eq!(file.ignore[0].text, "./node_modules");
    assert_eq!(file.unknown[0].to_string(), "future a b");
    assert_eq!(file.unknown.len(), 1);
}

#[test]
fn replacements_tell_folders_from_modules() {
    let file = GoMod::parse(SAMPLE).unwrap();
    let [folder, module] = file.replace.as_slice() else { panic!("{:?}", file.replace) };
    assert_eq!(folder.version.as_deref(), Some("v1.0.0"));
    assert_eq!(folder.target, Target::Folder("..\\one".into()));
    assert_eq!(folder.target.folder().as_deref(), Some("../one"));
    assert!(folder.target.is_windows_only());
    assert_eq!(
        module.target,
        Target::Module { path: "example.com/three".into(), version: "v3.0.0".into() }
    );
    for (target, is_windows_only) in
        [("C:\\x", true), ("/x", false), (".", false), ("../x", false), ("\"./a b\"", false)]
    {
        let file = GoMod::parse(&format!("replace m => {target}")).unwrap();
        assert_eq!(file.replace[0].target.is_windows_only(), is_windows_only, "{target}");
    }
}

#[test]
fn retractions_carry_their_reasons() {
    let file = GoMod::parse(SAMPLE).unwrap();
    let [interval, one] = file.retract.as_slice() else { panic!("{:?}", file.retract) };
    assert_eq!((&*interval.low, &*interval.high), ("v1.0.0", "v1.1.0"));
    assert_eq!(interval.rationale, "Lost data.\nTwice.");
    assert_eq!((&*one.low, &*one.high, &*one.rationale), ("v1.2.0", "v1.2.0", "Wrong tag."));
}

#[test]
fn what_no_go_accepts_is_an_error_with_its_line() {
    for (text, line) in [
        ("module m\nrequire (\n", 2),
        ("module \"m\n", 1),
        ("module `m\n", 1),
        ("module m\nmodule n\n", 2),
        ("module m\ngo 1.19\ngo 1.20\n", 3),
        ("\n\nrequire m\n", 3),
        ("require m v1 v2\n", 1),
        ("require m v1 (\n)\n", 1),
        ("require (\n\tm v1\n) x\n", 3),
        ("replace m => n\n", 1),
        ("replace m => ./n v1\n", 1),
        ("replace m ./n\n", 1),
        ("retract [v1, v2\n", 1),
        ("godebug x\n", 1),
        ("go 1.19 /* x */\n", 1),
        ("module \"a\\qb\"\n", 1),
        (")\n", 1),
        ("module m\nrequire a\u{feff} v1\n", 2),
        ("module m\u{1b}\n", 1),
        ("module m\n<<<<<<< HEAD\ngo 1.19\n=======\ngo 1.20\n>>>>>>> main\n", 2),
    ] {
        let error = GoMod::parse(text).expect_err(text);
        assert_eq!(error.line, line, "{text:?}: {error}");
    }
}

#[test]
fn quotes_keep_what_would_end_a_word() {
    let file = ModuleFile::parse("ignore \"a (b) // c\\t\\x41\\u00e9\\U0001F916\" `d\\n`").unwrap();
    assert_eq!(file.directives[0].arguments, ["a (b) // c\tAé🤖", "d\\n"]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = GoMod::parse(&text);
    }

    /// Words in either form of quotes, in a block or on a line of its own, come back as they were.
    #[test]
    fn every_word_comes_back(word in "[a-z(),\\[\\] /=>.🤖-]{1,12}", in_block in any::<bool>(), raw in any::<bool>()) {
        let quoted = if raw { format!("`{word}`") } else { format!("\"{word}\"") };
        let text = if in_block {
            format!("require (\r\n\t{quoted} v1 // indirect\r\n)\r\n")
        } else {
            format!("require {quoted} v1 // indirect")
        };
        let file = GoMod::parse(&text).unwrap();
        prop_assert_eq!(&file.require[0].path, &word);
        prop_assert!(file.require[0].indirect);
    }
}
