//! Layers of settings: who wins, and what a wrong setting is told.

use robot_contract::{
    Action, ConfigFile, Context, Environment, Failure, Origin, Outcome, Provenance, Resolved, Verb,
    resolve, typed,
};
use robot_model::{Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(clap::Args, Serialize, Deserialize, JsonSchema, Default, Debug)]
#[serde(rename_all = "kebab-case", default)]
struct Input {
    /// Enables the race detector.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    race: Option<bool>,
    /// Build tags.
    #[arg(long)]
    tags: Option<Vec<String>>,
    /// Go version.
    #[arg(long)]
    go_version: Option<String>,
    /// Layers.
    #[arg(skip)]
    layers: Option<BTreeMap<String, Layer>>,
}

#[derive(Serialize, Deserialize, JsonSchema, Default, Debug)]
#[serde(rename_all = "kebab-case", default)]
struct Layer {
    /// Repetitions.
    count: Option<u32>,
}

struct Check;

impl Action for Check {
    const TOOL: &'static str = "check";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str = "Check";
    const MERGED: &'static [&'static str] = &["layers"];
    type Input = Input;
    type Output = ();

    fn defaults() -> Input {
        let layers = Some([("unit".to_owned(), Layer::default())].into());
        Input { race: Some(false), layers, ..Input::default() }
    }

    fn validate(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
        let layers = input.layers.iter().flatten();
        for (name, layer) in layers {
            if layer.count == Some(0) {
                let place = provenance.place(&format!("layers.{name}.count"));
                return Err(Failure::config(format!("{place}: must be at least 1")));
            }
        }
        Ok(())
    }

    fn execute(_: Input, _: &mut Context) -> Result<Outcome<()>, Failure> {
        Ok(Outcome::new(Verdict::Pass, (), Report::default()))
    }
}

fn github(inputs: &[(&str, &str)]) -> Environment {
    std::iter::once(&("GITHUB_ACTIONS", "true")).chain(inputs).copied().collect()
}

fn layered(flags: &Input, inputs: &[(&str, &str)], yaml: &str) -> Result<Resolved, Failure> {
    let file = ConfigFile::parse(yaml, "robot.yml")?;
    file.refuse_unknown_sections(&["check", "other"], true)?;
    file.check_section("check", || vec![(Verb::of::<Check>().input_schema)()])?;
    resolve::<Check>(flags, &github(inputs), &file)
}

fn complaint(inputs: &[(&str, &str)], yaml: &str) -> String {
    layered(&Input::default(), inputs, yaml)
        .map_or_else(|failure| failure.to_string(), |_| String::new())
}

#[test]
fn flag_beats_input_beats_file_beats_default() {
    let yaml = "check: {race: true, tags: [file]}\n";
    let resolved = layered(&Input::default(), &[], "").unwrap();
    assert_eq!(*resolved.provenance.origin("race"), Origin::Default);
    let resolved = layered(&Input::default(), &[("INPUT_TAGS", "")], yaml).unwrap();
    assert_eq!(resolved.values["tags"], serde_json::json!(["file"]));
    let place = Origin::File { path: "robot.yml".into(), line: 1, column: 9 };
    assert_eq!(*resolved.provenance.origin("race"), place);
    let inputs = [("INPUT_TAGS", "a\n b \n"), ("INPUT_RACE", "false")];
    let flags = Input { race: Some(true), ..Input::default() };
    let resolved = layered(&flags, &inputs, yaml).unwrap();
    assert_eq!(resolved.values["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(*resolved.provenance.origin("tags"), Origin::Input);
    assert_eq!(*resolved.provenance.origin("race"), Origin::Flag);
    assert_eq!(typed::<Check>(&resolved).unwrap().race, Some(true));
}

#[test]
fn inputs_count_only_in_a_github_job() {
    let environment: Environment = [("INPUT_RACE", "true")].into_iter().collect();
    let resolved =
        resolve::<Check>(&Input::default(), &environment, &ConfigFile::default()).unwrap();
    assert_eq!(*resolved.provenance.origin("race"), Origin::Default);
}

#[test]
fn a_structured_input_is_yaml() {
    let resolved =
        layered(&Input::default(), &[("INPUT_LAYERS", "unit: {count: 2}\n")], "").unwrap();
    assert_eq!(typed::<Check>(&resolved).unwrap().layers.unwrap()["unit"].count, Some(2));
    assert!(
        complaint(&[("INPUT_LAYERS", "unit: {cuont: 2}")], "").contains("did you mean `count`")
    );
}

#[test]
fn mistakes_in_a_structured_input_have_their_place_in_it() {
    let input = |yaml: &str| complaint(&[("INPUT_LAYERS", yaml)], "");
    let unknown = input("unit:\n  cuont: 2\n");
    assert!(unknown.contains("input `layers`:2:3: unknown setting"), "{unknown}");
    let kind = input("unit:\n  count: many\n");
    assert!(kind.contains("input `layers`:2:3 `layers.unit.count`: "), "{kind}");
    let zero = input("unit: {count: 0}");
    assert!(zero.contains("input `layers`:1:8 `layers.unit.count`: must be"), "{zero}");
    let broken = input("unit: [1\n");
    assert!(broken.contains("input `layers`:1:7: not valid YAML"), "{broken}");
    assert!(broken.contains("line 1, column 7"), "{broken}");
}

#[test]
fn merged_settings_are_laid_entry_by_entry() {
    let resolved = layered(
        &Input::default(),
        &[("INPUT_LAYERS", "e2e: {count: 3}")],
        "check: {layers: {integration: {count: 2}}}\n",
    )
    .unwrap();
    let layers = typed::<Check>(&resolved).unwrap().layers.unwrap();
    let counts: Vec<_> = layers.iter().map(|(name, layer)| (name.as_str(), layer.count)).collect();
    assert_eq!(counts, [("e2e", Some(3)), ("integration", Some(2)), ("unit", None)]);
    let origin = |path: &str| resolved.provenance.origin(path).to_string();
    assert_eq!(origin("layers.unit.count"), "default");
    assert_eq!(origin("layers.integration.count"), "robot.yml:1:32");
    assert_eq!(origin("layers.e2e.count"), "input `layers`:1:7");
}

#[test]
fn unknown_keys_name_place_and_nearest_key() {
    let nested = complaint(&[], "check:\n  layers:\n    unit:\n      cuont: 1\n");
    assert_eq!(
        nested,
        "error: robot.yml:4:7: unknown setting `cuont`\n  hint: did you mean `count`?"
    );
    assert!(complaint(&[], "check:\n  rcae: true\n").contains("robot.yml:2:3"));
    assert!(complaint(&[], "chekc: {}\n").contains("did you mean `check`?"));
    assert!(complaint(&[], "check: [1]\n").contains("robot.yml:1:1: `check` must be a mapping"));
}

#[test]
fn wrong_types_and_values_name_their_place() {
    let number = complaint(&[], "check:\n  go-version: 1.20\n");
    assert!(number.contains("robot.yml:2:3") && number.contains("in quotes"), "{number}");
    let zero = complaint(&[], "check:\n  layers: {unit: {count: 0}}\n");
    assert!(zero.contains("robot.yml:2:19 `layers.unit.count`: must be at least 1"), "{zero}");
    let input = complaint(&[("INPUT_RACE", "maybe")], "");
    assert!(input.contains("input `race`: invalid value 'maybe'"), "{input}");
}
