//! Problems of a layer or a package as a whole, apart from failed tests.

use crate::cause::Cause;
use crate::layer_run::LayerRun;
use robot_contract::Cause as _;
use robot_golang::suite::Package;
use robot_golang::suite::TestOutcome;
use robot_model::Level;

/// A problem of a layer.
pub(crate) struct Problem {
    pub(crate) level: Level,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) detail: String,
}

/// All problems of a layer apart from its tests and packages.
pub(crate) fn problems(run: &LayerRun) -> Vec<Problem> {
    let layer = &run.layer.name;
    let mut problems = Vec::new();
    if let Some(setup) = &run.setup {
        problems.push(Problem {
            level: Level::Error,
            rule: Cause::SetupFail.word(),
            title: format!("{layer}: {}", setup.message),
            detail: lines(&setup.causes, &setup.hints),
        });
    }
    if let Some((verdict, gone)) = &run.gone {
        problems.push(Problem {
            level: if verdict.is_green() { Level::Warning } else { Level::Error },
            rule: Cause::ServiceGone.word(),
            title: format!("{layer}: {}", gone.message),
            detail: lines(&gone.causes, &gone.hints),
        });
    }
    if run.all_skipped() {
        problems.push(Problem {
            level: Level::Warning,
            rule: Cause::AllSkipped.word(),
            title: format!("{layer}: every test was skipped, so nothing was tested"),
            detail: String::new(),
        });
    }
    problems.extend(run.packages_without_a_test().map(|path| Problem {
        level: Level::Warning,
        rule: Cause::NoTestRan.word(),
        title: format!("{layer}: the test process of {path} passed without running any test"),
        detail: "TestMain exits early, or does not call m.Run".to_owned(),
    }));
    let (verdict, cause) = run.verdict();
    let title = match cause {
        _ if verdict.is_green() => return problems,
        Some(Cause::NoTests) => format!("{layer}: no test ran, so nothing was tested"),
        Some(Cause::Interrupted) => {
            format!("{layer}: interrupted after {:.1} s", run.finished.wall.as_secs_f64())
        }
        Some(Cause::UnexplainedExit) => match &run.unaccounted {
            Some(what) => format!("{layer}: {what}"),
            None => format!("{layer}: `go test` ended with {}", run.finished.status()),
        },
        _ => return problems,
    };
    let detail = format!("{}\n{}", run.line, outside(run));
    problems.push(Problem {
        level: Level::Error,
        rule: cause.map(Cause::word).unwrap_or_default(),
        title,
        detail,
    });
    problems
}

fn lines(causes: &[String], hints: &[String]) -> String {
    causes.iter().chain(hints).cloned().collect::<Vec<_>>().join("\n")
}

/// The build output of a package without a binary, or else its own output.
pub(crate) fn package_detail(run: &LayerRun, path: &str, package: &Package) -> String {
    let build = package.failed_build.as_ref().and_then(|build| run.suite.builds.get(build));
    if let Some(build) = build {
        return build.text();
    }
    let is_unbuilt =
        matches!(package.outcome, Some(TestOutcome::BuildFail | TestOutcome::SetupFail));
    let said = String::from_utf8_lossy(&run.finished.stderr);
    let of_build = if is_unbuilt { build_output(&said, path) } else { String::new() };
    match of_build.as_str() {
        "" => format!("{}{}", package.output.text(), outside(run)),
        output => output.to_owned(),
    }
}

/// The build output of one package that Go up to 1.23 prints on standard error, below `# example.com/p` or
/// `# example.com/p [example.com/p.test]`; empty if it is below another package.
fn build_output(said: &str, path: &str) -> String {
    let mut is_its = false;
    let mut output = String::new();
    for line in said.lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            // vet repeats the name in brackets on a separate line.
            let name = heading.trim_start_matches('[').split([' ', ']']).next();
            is_its = name == Some(path);
        }
        if is_its {
            output += line;
            output.push('\n');
        }
    }
    output
}

/// Output outside of any test: standard error and plain lines.
fn outside(run: &LayerRun) -> String {
    format!("{}{}", run.suite.stray.text(), String::from_utf8_lossy(&run.finished.stderr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_has_its_own_part_of_old_gos_build_output() {
        let said = "go: downloading x v1\n# m/a [m/a.test]\na/a_test.go:1:1: no\n# m/ab\n# [m/ab]\nab/b.go:2:2: wrong type\n";
        assert_eq!(build_output(said, "m/a"), "# m/a [m/a.test]\na/a_test.go:1:1: no\n");
        assert_eq!(build_output(said, "m/ab"), "# m/ab\n# [m/ab]\nab/b.go:2:2: wrong type\n");
        assert_eq!(build_output(said, "m"), "");
    }
}
