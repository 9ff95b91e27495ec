//! Reports how much of a layer was reused, and why the rest was not.

use crate::input::UNIT;
use crate::layer_run::LayerRun;
use robot_golang::suite::Package;
use robot_golang::suite::TestOutcome;
use robot_render::counted;
use std::collections::{BTreeMap, BTreeSet};

/// One line for each layer with tests, with the number of packages for each reason.
pub(crate) fn tell(run: &LayerRun) -> String {
    let with_tests = || run.suite.packages.iter().filter(|(_, package)| !package.tests.is_empty());
    let all = with_tests().count();
    let reused = with_tests().filter(|(_, package)| package.reused).count();
    let name = &run.layer.name;
    let packages = counted(all, "package");
    let from = from(run);
    match reused {
        _ if all == 0 => return String::new(),
        _ if all == reused => {
            return format!("{name}: all {packages} with tests reused{from}");
        }
        _ => {}
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (path, package) in with_tests().filter(|(_, package)| !package.reused) {
        *reasons.entry(reason(run, path, package)).or_default() += 1;
    }
    let ran: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count} ran: {reason}")).collect();
    format!("{name}: {reused} of {packages} with tests reused{from}; {}", ran.join("; "))
}

/// The commits that the reused passes come from.
fn from(run: &LayerRun) -> String {
    let commits = run.reuse.kept.values().filter_map(|kept| kept.commit.as_deref());
    let commits: BTreeSet<&str> = commits.map(|commit| &commit[..commit.len().min(7)]).collect();
    let commits: Vec<&str> = commits.into_iter().collect();
    match commits.as_slice() {
        [] => String::new(),
        few @ ([_] | [_, _] | [_, _, _]) => format!(" from {}", few.join(", ")),
        [first, others @ ..] => {
            format!(" from {first} and {}", counted(others.len(), "other commit"))
        }
    }
}

fn reason(run: &LayerRun, path: &str, package: &Package) -> String {
    let layer = &run.layer;
    match (layer.count, run.toolchain.uncaching_flag(), run.toolchain.unobservable()) {
        _ if layer.name != UNIT => {
            "only the layer `unit` reuses results: the others depend on more than files and variables"
                .to_owned()
        }
        (Some(count), ..) => format!("`count: {count}` runs every test"),
        (_, Some(flag), _) => format!("`{flag}` in GOFLAGS runs every test"),
        (_, _, Some(flag)) => {
            format!("with `{flag}` in GOFLAGS the inputs of a result are unknown")
        }
        _ if package
            .outcome
            .is_none_or(|outcome| outcome.is_failure() || outcome == TestOutcome::Flaky) =>
        {
            "only passes are reused".to_owned()
        }
        _ => match run.reuse.reasons.get(path) {
            Some(reason) => reason.clone(),
            None => "`go list` could not list its inputs".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::resolve_layer;
    use crate::layer::Layer;
    use crate::toolchain::Toolchain;
    use robot_golang::suite::Suite;
    use robot_golang::test2json::parse;

    fn run(name: &str, count: Option<u32>, toolchain: &str, coverage: bool) -> LayerRun {
        let layer = Layer { count, ..Layer::default() };
        let mut suite = Suite::default();
        for (package, end) in [("p", "pass"), ("q", "pass"), ("r", "fail")] {
            for line in [
                format!(r#"{{"Action":"run","Package":"{package}","Test":"T"}}"#),
                format!(r#"{{"Action":"{end}","Package":"{package}","Test":"T"}}"#),
                format!(r#"{{"Action":"{end}","Package":"{package}"}}"#),
            ] {
                suite.take(&parse(line.as_bytes()));
            }
        }
        suite.finish();
        LayerRun {
            toolchain: Toolchain::of(toolchain),
            suite,
            profile: coverage.then(Default::default),
            ..LayerRun::new(resolve_layer(name, &layer))
        }
    }

    #[test]
    fn the_reason_is_the_one_that_holds() {
        let new = r#"{"GOVERSION":"go1.26.8","GOFLAGS":""}"#;
        let cases = [
            (run("e2e", None, new, true), "3 ran: only the layer `unit`"),
            (run(UNIT, Some(2), new, true), "3 ran: `count: 2`"),
            (
                run(UNIT, None, r#"{"GOVERSION":"go1.26.8","GOFLAGS":"-v -count=1"}"#, true),
                "3 ran: `-count=1` in GOFLAGS",
            ),
            (
                run(UNIT, None, r#"{"GOVERSION":"go1.26.8","GOFLAGS":"-overlay=x.json"}"#, true),
                "3 ran: with `-overlay=x.json` in GOFLAGS the inputs",
            ),
            (
                run(UNIT, None, new, true),
                "0 of 3 packages with tests reused; 2 ran: `go list` could not list its inputs; 1 ran: only passes are reused",
            ),
        ];
        for (run, expected) in &cases {
            let told = tell(run);
            assert!(told.contains(expected), "{told} instead of {expected}");
        }
    }
}
