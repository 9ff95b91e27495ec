//! The real gosec and govulncheck, through the binary.

use crate::world::{ADVISORIES, World};
use robot_testkit::Event;
use serde_json::Value;

/// The finding of that name in the record.
fn finding<'a>(record: &'a Value, name: &str) -> &'a Value {
    let all = record["findings"].as_array().unwrap();
    let has = |row: &&Value| row["names"].as_array().unwrap().iter().any(|it| it == name);
    all.iter().find(has).unwrap_or_else(|| panic!("no {name} in {record}"))
}

#[test]
fn what_is_called_fails_and_what_is_not_is_told() {
    let world = World::new();
    let database = world.database(&ADVISORIES);
    let (code, result) = world.scan(&["--vulnerability-db", &database]);
    assert_eq!((code, &result["cause"]), (Some(10), &"found".into()), "{result}");
    let record = world.left("security.json");
    let reach = |name: &str| finding(&record, name)["reachability"].clone();
    assert_eq!(reach("GO-2021-0113"), "called");
    assert_eq!(reach("GO-2099-0001"), "imported");
    assert_eq!(reach("GO-2099-0002"), "required");
    assert_eq!(reach("GO-2099-0003"), "called");
    assert_eq!(finding(&record, "G401")["severity"], "medium");
    assert_eq!(result["outputs"]["failing"], 2, "{result}");
    // Both names are one row, and the first scanner's versions are told.
    assert_eq!(finding(&record, "CVE-2021-0113"), finding(&record, "GO-2021-0113"));
    let gosec = record["scanners"].as_array().unwrap().iter().find(|it| it["name"] == "gosec");
    assert_eq!(gosec.unwrap()["version"], "2.30.0");
}

#[test]
fn nothing_vulnerable_passes() {
    let world = World::new();
    let database = world.database(&ADVISORIES[2..3]);
    let flags = ["--vulnerability-db", database.as_str(), "--scanners=govulncheck"];
    let (code, result) = world.scan(&flags);
    assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{result}");
}

/// `govulncheck -db file://EMPTY` says "No vulnerabilities found" and ends with 0.
#[test]
fn an_empty_database_is_not_green() {
    let world = World::new();
    let empty = world.runner.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let address = format!("file://{}", empty.display());
    let flags = ["--vulnerability-db", address.as_str(), "--scanners=govulncheck"];
    let (code, result) = world.scan(&flags);
    assert_eq!(code, Some(11), "{result}");
}

/// `gosec -no-fail` on such code ends with 0; without it, 1 means both findings and errors.
#[test]
fn code_that_does_not_compile_is_not_green() {
    let world = World::new();
    world.write("lang/broken.go", "package lang\n\nfunc Broken() int { return undefined }\n");
    let (code, result) = world.scan(&["--scanners=gosec"]);
    assert_eq!((code, &result["cause"]), (Some(11), &"incomplete".into()), "{result}");
    assert!(result.to_string().contains("broken.go"), "{result}");
}

#[test]
fn a_nested_module_is_not_walked_into() {
    let world = World::new();
    world.write("inner/go.mod", "module example.com/inner\n\ngo 1.24\n");
    world.write(
        "inner/inner.go",
        "package inner\n\nimport \"crypto/md5\"\n\nfunc Sum() [16]byte { return md5.Sum(nil) }\n",
    );
    let (_, result) = world.scan(&["--scanners=gosec"]);
    assert!(!world.left("security.json")["findings"].to_string().contains("inner"), "{result}");
}

#[test]
fn a_comment_with_a_reason_sets_aside_and_is_told() {
    let world = World::new();
    let text = std::fs::read_to_string(world.folder.join("lang/lang.go")).unwrap();
    let text = text
        .replace("md5.Sum([]byte(header))", "md5.Sum([]byte(header)) // #nosec G401 -- no secret");
    world.write("lang/lang.go", &text);
    let (code, result) = world.scan(&["--scanners=gosec", "--fail-on=medium"]);
    assert_eq!(finding(&world.left("security.json"), "G401")["ignored"], "no secret");
    // The import is another finding.
    assert_eq!((code, &result["outputs"]["ignored"]), (Some(10), &1.into()), "{result}");
}

#[test]
fn a_pull_request_answers_for_what_it_brings() {
    let main = World::new();
    let database = main.database(&ADVISORIES[..1]);
    let flags = ["--vulnerability-db", database.as_str(), "--scanners=govulncheck"];
    assert_eq!(main.scan(&flags).0, Some(10));
    let history = main.runner.path("temp/robot-history");
    let change = World::on(&Event::pull_request(7, &"3".repeat(40), false));
    let compared = |advisories: &[crate::world::Advisory]| {
        let database = change.database(advisories);
        let flags = ["--vulnerability-db", &database, "--scanners=govulncheck"];
        let history = ["--history", history.to_str().unwrap()];
        change.scan(&[flags[0], flags[1], flags[2], history[0], history[1]])
    };
    // Known before: told, and not this change's matter.
    let (code, result) = compared(&ADVISORIES[..1]);
    assert_eq!((code, &result["cause"]), (Some(0), &"known".into()), "{result}");
    // Published since.
    let (code, result) = compared(&[&ADVISORIES[..1], &ADVISORIES[3..]].concat());
    assert_eq!((code, &result["outputs"]["drift"]), (Some(0), &1.into()), "{result}");
    // The change calls what it names.
    let lang = std::fs::read_to_string(change.folder.join("lang/lang.go")).unwrap();
    let call = "\n// Match is new.\nfunc Match() { language.MatchStrings(nil) }\n";
    change.write("lang/lang.go", &(lang + call));
    let (code, result) = compared(&ADVISORIES[..2]);
    assert_eq!((code, &result["cause"]), (Some(10), &"introduced".into()), "{result}");
}
