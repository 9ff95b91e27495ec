//! Every scenario ends as its file says. `SNAPSHOTS=overwrite` writes what the engine says into the files.

use crate::replay::{Scenario, replay};
use serde_json::{Value, json};

#[test]
fn each_scenario_is_judged_as_its_file_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario: Scenario = serde_json::from_str(&text).unwrap();
        let said = replay(&scenario);
        count += 1;
        if said == scenario.transcript {
            continue;
        }
        if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
            let mut value: Value = serde_json::from_str(&text).unwrap();
            value["transcript"] = json!(said);
            let text = serde_json::to_string_pretty(&value).unwrap();
            std::fs::write(&path, text + "\n").unwrap();
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        wrong.push(format!("{name}: {said:#?}\n  is not {:#?}", scenario.transcript));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 40, "only {count} scenarios were found");
}
