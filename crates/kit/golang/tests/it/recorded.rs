//! Files that the go command itself wrote (see `testdata/README.md`).

use robot_golang::module::{GoMod, Target, Word};
use robot_golang::version::Version;
use robot_golang::workspace::GoWork;
use robot_golang::{sum, vendor};
use serde_json::{Value, json};

const GO_MODS: [&str; 2] = [
    include_str!("../../testdata/go1.19.13/go.mod"),
    include_str!("../../testdata/go1.26.8/go.mod"),
];
const GO_SUMS: [&str; 2] = [
    include_str!("../../testdata/go1.19.13/go.sum"),
    include_str!("../../testdata/go1.26.8/go.sum"),
];
const VENDORED: [&str; 2] = [
    include_str!("../../testdata/go1.19.13/modules.txt"),
    include_str!("../../testdata/go1.26.8/modules.txt"),
];

#[test]
fn a_module_and_its_sums() {
    for (go_mod, go_sum) in GO_MODS.into_iter().zip(GO_SUMS) {
        let module = GoMod::parse(go_mod).unwrap();
        assert_eq!(module.module.unwrap().text, "example.com/robot");
        assert_eq!(Version::parse(&module.go.unwrap().text), Version::parse("1.19"));
        let direct: Vec<_> =
            module.require.iter().filter(|one| !one.indirect).map(|one| &*one.path).collect();
        assert_eq!(direct, ["example.com/local", "rsc.io/quote"]);
        assert_eq!(module.replace[0].target, Target::Folder("./local".into()));
        let sums = sum::parse_set(go_sum).unwrap();
        // Every module has its sum, under the name of what replaces it; a folder has none.
        for required in module.require {
            let replacement = module.replace.iter().find(|one| one.path == required.path);
            let (path, version) = match replacement.map(|one| &one.target) {
                Some(Target::Folder(_)) => {
                    assert!(sums.iter().all(|sum| sum.module != required.path));
                    continue;
                }
                Some(Target::Module { path, version }) => (path, version),
                None => (&required.path, &required.version),
            };
            for is_go_mod in [false, true] {
                assert!(sums.iter().any(|sum| (sum.module, sum.version, sum.is_go_mod)
                    == (path.as_str(), version.as_str(), is_go_mod)));
            }
        }
        assert!(sums.iter().all(|sum| sum.hash.starts_with("h1:")));
    }
}

/// What `go mod edit -json` would print.
fn as_go_prints(file: &GoMod) -> Value {
    let version = |path: &str, version: Option<&str>| match version {
        Some(version) => json!({"Path": path, "Version": version}),
        None => json!({"Path": path}),
    };
    let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
    let require = file.require.iter().map(|one| {
        let mut required = version(&one.path, Some(&one.version));
        if one.indirect {
            required["Indirect"] = json!(true);
        }
        required
    });
    let replace = file.replace.iter().map(|one| {
        let new = match &one.target {
            Target::Folder(folder) => version(folder, None),
            Target::Module { path, version: target } => version(path, Some(target)),
        };
        json!({"Old": version(&one.path, one.version.as_deref()), "New": new})
    });
    let retract = file
        .retract
        .iter()
        .map(|one| json!({"Low": one.low, "High": one.high, "Rationale": one.rationale}));
    let paths =
        |words: &[Word]| -> Value { words.iter().map(|word| version(&word.text, None)).collect() };
    json!({
        "Module": version(&text(&file.module).unwrap_or_default(), None),
        "Go": text(&file.go),
        "Toolchain": text(&file.toolchain),
        "GoDebug": file.godebug.iter().map(|one| json!({"Key": one.key, "Value": one.value})).collect::<Value>(),
        "Require": require.collect::<Value>(),
        "Exclude": file.exclude.iter().map(|one| version(&one.path, Some(&one.version))).collect::<Value>(),
        "Replace": replace.collect::<Value>(),
        "Retract": retract.collect::<Value>(),
        "Tool": paths(&file.tool),
        "Ignore": paths(&file.ignore),
    })
}

#[test]
fn every_directive_means_what_go_says() {
    let file = GoMod::parse(include_str!("../../testdata/go1.26.8/every.mod")).unwrap();
    let go: Value =
        serde_json::from_str(include_str!("../../testdata/go1.26.8/every.mod.json")).unwrap();
    assert_eq!(as_go_prints(&file), go);
    assert_eq!(file.unknown, []);
}

#[test]
fn vendor_folders_of_a_module() {
    for text in VENDORED {
        let vendored = vendor::parse(text).unwrap();
        assert!(!vendored.is_workspace);
        let [local, _, quote, sampler, ..] = vendored.modules.as_slice() else {
            panic!("{vendored:?}")
        };
        assert_eq!(local.replacement.unwrap().target, "./local");
        assert_eq!((local.is_explicit, local.go), (true, Some("1.19")));
        assert_eq!((quote.path, quote.version), ("rsc.io/quote", Some("v1.5.2")));
        assert_eq!(quote.packages, ["rsc.io/quote"]);
        assert_eq!(sampler.replacement.unwrap().version, Some("v1.3.1"));
        assert!(vendored.modules[4..].iter().all(|module| module.version.is_none()));
    }
}

#[test]
fn a_workspace_and_its_vendor_folder() {
    let work = GoWork::parse(include_str!("../../testdata/go1.26.8/go.work")).unwrap();
    assert_eq!(work.folders().collect::<Vec<_>>(), ["other", "robot"]);
    let vendored = include_str!("../../testdata/go1.26.8/work-modules.txt");
    assert!(vendor::parse(vendored).unwrap().is_workspace);
}
