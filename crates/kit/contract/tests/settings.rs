//! Layers of settings: who wins, and what a wrong setting is told.

use robot_contract::{
    Action, ConfigFile, Context, Environment, Failure, Origin, Outcome, Provenance, Resolved, Verb,
    resolve,
};
use robot_model::{Report, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(clap::Args, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(rename_all = "kebab-case")]
struct Input {
    /// Enables the race detector.
    #[arg(long)]
    race: bool,
    /// Build tags.
    #[arg(long)]
    tags: Vec<String>,
    /// Go version.
    #[arg(long)]
    go_version: Option<String>,
    /// Layers.
    #[arg(skip = BTreeMap::from([("unit".to_owned(), Layer::default())]))]
    layers: BTreeMap<String, Layer>,
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
    const GATE: bool = true;
    const MERGED: &'static [&'static str] = &["layers"];
    type Input = Input;
    type Settings = Settings;
    type Output = ();
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        let count = |(name, layer): (String, Layer)| match layer.count.unwrap_or(1) {
            0 => {
                let place = provenance.place(&format!("layers.{name}.count"));
                Err(Failure::config(format!("{place}: must be at least 1")))
            }
            count => Ok((name, count)),
        };
        let counts = input.layers.into_iter().map(count).collect::<Result<_, _>>()?;
        Ok(Settings { race: input.race, counts })
    }

    fn execute(settings: Settings, _: &mut Context) -> Result<Outcome<(), Cause>, Failure> {
        let reasons = settings.race.then_some((Verdict::Fail, Cause::TooFast));
        let counts = settings.counts.iter().map(|(name, count)| format!("{name} {count}"));
        let report = Report::new(counts.collect::<Vec<_>>().join(", "));
        Ok(Outcome::decided(reasons, (), report))
    }
}

/// What the verb works with.
#[derive(Serialize, Deserialize)]
struct Settings {
    race: bool,
    counts: BTreeMap<String, u32>,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Cause {
    /// It races
    TooFast,
}

impl robot_contract::Cause for Cause {}

/// A command line.
type Line<'a> = &'a [&'a str];

fn github(inputs: &[(&str, &str)]) -> Environment {
    std::iter::once(&("GITHUB_ACTIONS", "true")).chain(inputs).copied().collect()
}

fn layered(flags: Line<'_>, inputs: &[(&str, &str)], yaml: &str) -> Result<Resolved, Failure> {
    let file = ConfigFile::parse(yaml, "robot.yml")?;
    file.refuse_unknown_sections(&["check", "other"], true)?;
    file.check_section("check", || vec![Verb::of::<Check>().settings.schema()])?;
    let command =
        (Verb::of::<Check>().settings.augment)(clap::Command::new("check").no_binary_name(true));
    let flags = command.try_get_matches_from(flags);
    let flags = flags.map_err(|error| Failure::user(error.to_string()))?;
    resolve::<Check>(Some(&flags), &github(inputs), &file)
}

fn complaint(inputs: &[(&str, &str)], yaml: &str) -> String {
    layered(&[], inputs, yaml).map_or_else(|failure| failure.to_string(), |_| String::new())
}

/// The run of a verb with these settings: verdict, cause, headline.
fn ran(resolved: Resolved) -> (Verdict, Option<String>, String) {
    let mut context =
        Context::new(Environment::default(), "/".into(), robot_process::Cancellation::default());
    let document = Verb::of::<Check>().run(resolved.assignment, &mut context);
    (document.verdict, document.cause, document.report.headline)
}

#[test]
fn flag_beats_input_beats_file_beats_default() {
    let yaml = "check: {race: true, tags: [file]}\n";
    let resolved = layered(&[], &[], "").unwrap();
    assert_eq!(*resolved.provenance.origin("race"), Origin::Default);
    let resolved = layered(&[], &[("INPUT_TAGS", "")], yaml).unwrap();
    assert_eq!(resolved.values["tags"], serde_json::json!(["file"]));
    let place = Origin::File { path: "robot.yml".into(), line: 1, column: 9 };
    assert_eq!(*resolved.provenance.origin("race"), place);
    let inputs = [("INPUT_TAGS", "a\n b \n"), ("INPUT_RACE", "false")];
    let resolved = layered(&["--race"], &inputs, yaml).unwrap();
    assert_eq!(resolved.values["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(*resolved.provenance.origin("tags"), Origin::Input);
    assert_eq!(*resolved.provenance.origin("race"), Origin::Flag);
    assert_eq!(ran(resolved).0, Verdict::Fail);
}

#[test]
fn a_flag_with_the_default_value_still_beats_the_file() {
    let resolved = layered(&["--race=false"], &[], "check: {race: true}\n").unwrap();
    assert_eq!(*resolved.provenance.origin("race"), Origin::Flag);
    assert_eq!(ran(resolved), (Verdict::Pass, None, "unit 1".to_owned()));
}

#[test]
fn every_gate_has_a_mode_which_the_kit_applies() {
    let cause = Some("too-fast".to_owned());
    let enforced = layered(&["--race"], &[], "").unwrap();
    assert_eq!(ran(enforced), (Verdict::Fail, cause.clone(), "unit 1".to_owned()));
    let told = layered(&["--race"], &[], "check: {mode: report}\n").unwrap();
    assert_eq!(ran(told), (Verdict::Warn, cause, "unit 1".to_owned()));
    let wrong = complaint(&[], "check:\n  mode: relaxed\n");
    assert!(wrong.contains("robot.yml:2:3 `mode`: unknown variant `relaxed`"), "{wrong}");
}

#[test]
fn inputs_count_only_in_a_github_job() {
    let environment: Environment = [("INPUT_RACE", "true")].into_iter().collect();
    let resolved = resolve::<Check>(None, &environment, &ConfigFile::default()).unwrap();
    assert_eq!(*resolved.provenance.origin("race"), Origin::Default);
}

#[test]
fn a_structured_input_is_yaml() {
    let resolved = layered(&[], &[("INPUT_LAYERS", "unit: {count: 2}\n")], "").unwrap();
    assert_eq!(ran(resolved).2, "unit 2");
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
        &[],
        &[("INPUT_LAYERS", "e2e: {count: 3}")],
        "check: {layers: {integration: {count: 2}}}\n",
    )
    .unwrap();
    let origin = |path: &str| resolved.provenance.origin(path).to_string();
    assert_eq!(origin("layers.unit.count"), "default");
    assert_eq!(origin("layers.integration.count"), "robot.yml:1:32");
    assert_eq!(origin("layers.e2e.count"), "input `layers`:1:7");
    assert_eq!(ran(resolved).2, "e2e 3, integration 2, unit 1");
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
