//! Manifests as users write them, and their mistakes.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn parameters(given: &[(&str, Value)]) -> Parameters {
    let given = given.iter().map(|(name, value)| {
        let place = format!("robot.yml:7:3 `{name}`");
        ((*name).to_owned(), Given { value: value.clone(), place })
    });
    let facts = [
        ("image", Some(json!("registry.example/echo@sha256:ab"))),
        ("application", Some(json!("echo"))),
        ("task-id", None),
    ];
    Parameters::new(given.collect(), facts.into()).unwrap()
}

fn failure(text: &str, given: &[(&str, Value)]) -> String {
    render(text, "job.yaml", &mut parameters(given)).unwrap_err().to_string()
}

const HEAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: echo\nspec:\n";

#[test]
fn a_parameter_keeps_its_type_and_stands_within_texts() {
    let text = format!(
        "{HEAD}  replicas: ${{replicas}}\n  paused: ${{paused}}\n  a: v${{replicas}}-${{name}}\n  b: $${{HOME}}\n  c: $(HOME) $1\n"
    );
    let mut parameters =
        parameters(&[("replicas", json!(3)), ("paused", json!(false)), ("name", json!("x"))]);
    let objects = render(&text, "job.yaml", &mut parameters).unwrap();
    let spec =
        json!({"replicas": 3, "paused": false, "a": "v3-x", "b": "${HOME}", "c": "$(HOME) $1"});
    assert_eq!(objects[0].value["spec"], spec);
    parameters.check_used().unwrap();
}

#[test]
fn unknown_missing_and_unused_parameters_have_their_place() {
    let text = format!("{HEAD}  replicas: ${{replica}}\n");
    let said = failure(&text, &[("replicas", json!(3))]);
    assert!(said.contains("job.yaml:6:13: unknown parameter `replica`"), "{said}");
    assert!(said.contains("did you mean `replicas`?"), "{said}");
    let said = failure(&format!("{HEAD}  a: ${{task-id}}\n"), &[]);
    assert!(said.contains("job.yaml:6:6: the parameter `task-id` is missing"), "{said}");
    let mut unused = parameters(&[("replicas", json!(3))]);
    render(HEAD, "job.yaml", &mut unused).unwrap();
    let said = unused.check_used().unwrap_err().to_string();
    assert!(said.contains("robot.yml:7:3 `replicas`: no manifest uses"), "{said}");
    let said = failure(&format!("{HEAD}  a: ${{b c}}\n"), &[]);
    assert!(said.contains("job.yaml:6:6: `${` does not begin a parameter"), "{said}");
}

#[test]
fn several_documents_each_have_their_place() {
    let text = format!(
        "{HEAD}---\n# nothing\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: echo}}\n"
    );
    let objects = render(&text, "all.yaml", &mut parameters(&[])).unwrap();
    let kinds: Vec<&str> = objects.iter().map(Object::kind).collect();
    assert_eq!(kinds, ["Deployment", "Service"]);
    assert!(objects[1].place.starts_with("all.yaml:9:"), "{}", objects[1].place);
}

#[test]
fn other_kinds_and_versions_are_refused() {
    let said = failure("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", &[]);
    assert!(said.contains("job.yaml:2:7: the kind `Pod` is not deployed"), "{said}");
    let said = failure("apiVersion: batch/v1beta1\nkind: Job\nmetadata: {name: a}\n", &[]);
    assert!(said.contains("job.yaml:1:13: expected `apiVersion: batch/v1`"), "{said}");
    let said = failure("apiVersion: batch/v1\nkind: Job\n", &[]);
    assert!(said.contains("job.yaml:1:1: the Job has no `metadata.name`"), "{said}");
}

#[test]
fn a_parameter_within_a_secret_is_refused() {
    let text =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: bot}\nstringData:\n  token: ${token}\n";
    let said = failure(text, &[("token", json!("x"))]);
    assert!(said.contains("job.yaml:5:10: a parameter within a Secret"), "{said}");
}

#[test]
fn tabs_and_alias_bombs_are_refused_and_anchors_are_not() {
    let said = failure("apiVersion: batch/v1\nkind: Job\nmetadata:\n\tname: a\n", &[]);
    assert!(said.contains("job.yaml:4:") && said.contains("not valid YAML"), "{said}");
    let text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {a: &x [1], b: *x}\n";
    let objects = render(text, "job.yaml", &mut parameters(&[])).unwrap();
    assert_eq!(objects[0].value["spec"]["b"], json!([1]));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    failure(&bomb, &[]);
}

#[test]
fn ten_thousand_parameters_are_refused() {
    let given = (0..10_000).map(|number| {
        (format!("p{number}"), Given { value: json!(1), place: "robot.yml".to_owned() })
    });
    let said = Parameters::new(given.collect(), BTreeMap::new()).unwrap_err().to_string();
    assert!(said.contains("there are 10000 parameters, and 1000 may be given"), "{said}");
}

#[test]
fn a_fact_of_the_run_cannot_be_set_and_a_list_is_no_parameter() {
    let new = |name: &str, value: Value| {
        let given = Given { value, place: "robot.yml:3:5".to_owned() };
        let facts = BTreeMap::from([("image", None)]);
        Parameters::new([(name.to_owned(), given)].into(), facts).unwrap_err().to_string()
    };
    assert!(new("image", json!("x")).contains("robot.yml:3:5: the parameter `image` is given by"));
    assert!(new("a", json!([1])).contains("robot.yml:3:5: expected a text, a number"));
}

proptest! {
    /// Whatever a parameter holds, the structure of the manifest stays.
    #[test]
    fn a_value_never_changes_the_structure(value in any::<String>()) {
        let text = format!("{HEAD}  a: ${{a}}\n  b: x ${{a}} y\n");
        let mut parameters = parameters(&[("a", json!(value))]);
        let objects = render(&text, "job.yaml", &mut parameters).unwrap();
        prop_assert_eq!(&objects[0].value["spec"], &json!({"a": value, "b": format!("x {value} y")}));
    }

    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        let _ = render(&text, "x", &mut parameters(&[]));
    }
}
