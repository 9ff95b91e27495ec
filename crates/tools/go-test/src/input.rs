//! Settings of `go-test`, and their resolution.

use crate::layer::{Declared, Layer, Service};
use robot_contract::{Failure, Isolate, Origin, Provenance};
use robot_process::is_reserved;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Settings of `go-test`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Layers of tests by name; `unit` exists unless you write `unit: false`, and only its results are reused
    #[arg(skip = layers_by_default())]
    pub layers: BTreeMap<String, Declared>,
    /// Names of the layers to run [default: all, unit first]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub layer: Vec<String>,
    /// Whether to measure statement coverage and write a cover profile
    #[arg(long, default_value_t = true)]
    pub coverage: bool,
    /// How often failed tests are run again; a test that then passes is a warning
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub reruns: u32,
    /// Largest number of failed tests that are run again; with more, none is
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub rerun_limit: usize,
}

fn layers_by_default() -> BTreeMap<String, Declared> {
    [(UNIT.to_owned(), Layer::default().into())].into()
}

/// The resolved settings.
#[derive(Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Layers in the order in which they run.
    pub(crate) layers: Vec<ResolvedLayer>,
    pub(crate) coverage: bool,
    pub(crate) reruns: u32,
    pub(crate) rerun_limit: usize,
}

/// Resolves the input.
///
/// # Errors
/// Settings that cannot work; the error names every location involved.
pub(crate) fn resolve(input: &Input, provenance: &Provenance) -> Result<Settings, Failure> {
    check(input, provenance)?;
    Ok(Settings {
        layers: layers(input, provenance),
        coverage: input.coverage,
        reruns: input.reruns,
        rerun_limit: input.rerun_limit,
    })
}

/// A layer with every default filled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResolvedLayer {
    pub(crate) name: String,
    pub(crate) packages: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) race: bool,
    pub(crate) timeout: String,
    pub(crate) count: Option<u32>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) pass_env: Vec<String>,
    pub(crate) isolate: Isolate,
    pub(crate) services: Vec<Service>,
    /// Whether it was not declared although other layers were: then it may have no tests.
    pub(crate) is_implied: bool,
}

/// The only layer that reuses results of earlier runs, because the others depend on services.
pub(crate) const UNIT: &str = "unit";

/// Layers in the order in which they run: unit, integration, e2e, then the others by name.
pub(crate) fn layers(input: &Input, provenance: &Provenance) -> Vec<ResolvedLayer> {
    let is_default = |name: &str| *provenance.origin(&format!("layers.{name}")) == Origin::Default;
    // A layer that is named explicitly counts as declared.
    let some_are_declared =
        input.layer.is_empty() && declared(input).any(|(name, _)| !is_default(name));
    let mut layers: Vec<ResolvedLayer> = declared(input)
        .filter(|(name, _)| input.layer.is_empty() || input.layer.contains(*name))
        .map(|(name, layer)| ResolvedLayer {
            is_implied: some_are_declared && is_default(name),
            ..resolve_layer(name, layer)
        })
        .collect();
    let known = [UNIT, "integration", "e2e"];
    let rank = |name: &str| known.iter().position(|known| *known == name).unwrap_or(known.len());
    layers.sort_by(|a, b| rank(&a.name).cmp(&rank(&b.name)).then_with(|| a.name.cmp(&b.name)));
    layers
}

/// Layers that are not turned off, with their names.
fn declared(input: &Input) -> impl Iterator<Item = (&String, &Layer)> {
    input.layers.iter().filter_map(|(name, layer)| Some((name, layer.layer()?)))
}

/// A layer with its defaults, which depend on its name.
pub(crate) fn resolve_layer(name: &str, layer: &Layer) -> ResolvedLayer {
    let unit = name == UNIT;
    let layer = layer.clone();
    ResolvedLayer {
        packages: layer.packages.unwrap_or_else(|| vec!["./...".to_owned()]),
        tags: layer.tags.unwrap_or_else(|| if unit { vec![] } else { vec![name.to_owned()] }),
        race: layer.race.unwrap_or(unit),
        timeout: layer.timeout.unwrap_or_else(|| "10m".to_owned()),
        count: if unit { layer.count } else { Some(layer.count.unwrap_or(1)) },
        env: layer.env.unwrap_or_default(),
        pass_env: layer.pass_env.unwrap_or_default(),
        isolate: layer.isolate.unwrap_or_default(),
        services: layer.services.unwrap_or_default(),
        is_implied: false,
        name: name.to_owned(),
    }
}

/// Rejects settings that cannot work, and names every location involved.
fn check(input: &Input, provenance: &Provenance) -> Result<(), Failure> {
    for wanted in &input.layer {
        if !declared(input).any(|(name, _)| name == wanted) {
            let known: Vec<&str> = declared(input).map(|(name, _)| name.as_str()).collect();
            let place = provenance.place("layer");
            return Err(Failure::config(format!("{place}: there is no layer `{wanted}`"))
                .hint(format!("declared layers: {}", known.join(", "))));
        }
    }
    for (name, layer) in declared(input) {
        let resolved = resolve_layer(name, layer);
        let place = |key: &str| provenance.place(&format!("layers.{name}.{key}"));
        let set_in_file = |key: &str| {
            matches!(provenance.origin(&format!("layers.{name}.{key}")), Origin::File { .. })
        };
        if resolved.race && resolved.env.get("CGO_ENABLED").is_some_and(|value| value == "0") {
            let race = match layer.race {
                Some(_) => place("race"),
                None => format!("the default of `layers.{name}.race`, true,"),
            };
            return Err(Failure::config(format!(
                "{race} and {} contradict each other: the race detector needs cgo",
                place("env.CGO_ENABLED"),
            ))
            .hint("set `race: false`, or remove `CGO_ENABLED: 0`"));
        }
        if let Some(at) = resolved.pass_env.iter().position(|name| is_reserved(name.as_ref())) {
            let place = place(&format!("pass-env.{at}"));
            let name = &resolved.pass_env[at];
            return Err(Failure::config(format!(
                "{place}: `{name}` controls the runner, so code under test never gets it"
            )));
        }
        if layer.count == Some(0) {
            return Err(Failure::config(format!("{}: must be at least 1", place("count"))));
        }
        if layer.packages.as_ref().is_some_and(Vec::is_empty) && set_in_file("packages") {
            return Err(Failure::config(format!(
                "{}: must name at least one package",
                place("packages")
            )));
        }
        if let Some(timeout) = &layer.timeout {
            duration(timeout).ok_or_else(|| not_a_duration(&place("timeout"), timeout))?;
        }
        for (index, service) in layer.services.iter().flatten().enumerate() {
            let place = |key: &str| place(&format!("services.{index}.{key}"));
            if service.name.is_empty() || service.command.is_empty() {
                return Err(Failure::config(format!(
                    "{}: a service needs `name`, `command` and `ready`",
                    place("name")
                )));
            }
            if !service.ready.starts_with("http://") {
                return Err(Failure::config(format!(
                    "{}: expected an http:// URL that responds when the service is ready",
                    place("ready")
                )));
            }
            if let Some(timeout) = &service.timeout {
                duration(timeout).ok_or_else(|| not_a_duration(&place("timeout"), timeout))?;
            }
        }
    }
    Ok(())
}

fn not_a_duration(place: &str, value: &str) -> Failure {
    Failure::config(format!("{place}: invalid duration `{value}`"))
        .hint("write a duration in Go's format: 30s, 10m, 1h30m")
}

/// A duration in Go's format, of whole hours, minutes, seconds and milliseconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit());
        let unit_end = unit_end.map_or(rest.len(), |end| digits + end);
        let unit = match &rest[digits..unit_end] {
            "h" => Duration::from_secs(3600),
            "m" => Duration::from_secs(60),
            "s" => Duration::from_secs(1),
            "ms" => Duration::from_millis(1),
            _ => return None,
        };
        total = total.checked_add(unit.checked_mul(u32::try_from(number).ok()?)?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "5", "m", "5 m", "5d", "-1s", "99999999999h"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_unit_may_reuse_results() {
        let input = input(&serde_json::json!({ UNIT: null, "integration": null }));
        let resolved = layers(&input, &Provenance::default());
        assert_eq!((resolved[0].name.as_str(), resolved[0].count), (UNIT, None));
        assert_eq!(resolved[1].count, Some(1));
        assert_eq!(resolved[1].tags, ["integration"]);
    }

    fn input(layers: &serde_json::Value) -> Input {
        let layers = serde_json::from_value(layers.clone()).unwrap();
        Input { layers, layer: Vec::new(), coverage: true, reruns: 1, rerun_limit: 10 }
    }

    #[test]
    fn a_layer_is_settings_or_nothing_or_off() {
        let input = input(
            &serde_json::json!({"unit": null, "e2e": true, "integration": false, "smoke": {"count": 2}}),
        );
        let names: Vec<_> =
            layers(&input, &Provenance::default()).into_iter().map(|layer| layer.name).collect();
        assert_eq!(names, ["unit", "e2e", "smoke"]);
        let again = serde_json::to_value(&input).unwrap();
        assert_eq!(
            again["layers"],
            serde_json::json!({"unit": {}, "e2e": {}, "integration": false, "smoke": {"count": 2}})
        );
    }

    #[test]
    fn contradictions_with_a_default_are_told_too() {
        let complaint = |layers: serde_json::Value| {
            let failure = check(&input(&layers), &Provenance::default()).unwrap_err();
            failure.to_string()
        };
        let cgo = complaint(serde_json::json!({"unit": {"env": {"CGO_ENABLED": "0"}}}));
        assert!(
            cgo.contains("layers.unit.race`, true, and") && cgo.contains("CGO_ENABLED"),
            "{cgo}"
        );
        let fine = serde_json::json!({"integration": {"env": {"CGO_ENABLED": "0"}}});
        assert!(check(&input(&fine), &Provenance::default()).is_ok());
        let reserved =
            complaint(serde_json::json!({"unit": {"pass-env": ["BOT_TOKEN", "GITHUB_OUTPUT"]}}));
        assert!(reserved.contains("`GITHUB_OUTPUT` controls the runner"), "{reserved}");
    }
}
