//! The metrics of a deployment as a file in OpenMetrics' text format:
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>.

use robot_model::{BreakerState, Verdict};
use std::fmt::Write as _;
use std::time::Duration;

/// What is measured.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) application: &'a str,
    pub(crate) environment: &'a str,
    pub(crate) revision: &'a str,
    pub(crate) verdict: Verdict,
    pub(crate) cause: &'a str,
    pub(crate) phases: &'a [(&'a str, Duration)],
    /// Attempts beyond the first.
    pub(crate) retries: u32,
    pub(crate) breaker: BreakerState,
}

/// The whole file.
pub(crate) fn text(measured: &Measured<'_>) -> String {
    let labels = format!(
        "application=\"{}\",environment=\"{}\",revision=\"{}\"",
        escaped(measured.application),
        escaped(measured.environment),
        escaped(measured.revision)
    );
    let mut text = String::new();
    let mut family = |name: &str, unit: &str, help: &str, samples: &[(String, f64)]| {
        let _ = writeln!(text, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        for (more, value) in samples {
            let _ = writeln!(text, "{name}{{{labels}{more}}} {value}");
        }
    };
    let phases: Vec<(String, f64)> = measured
        .phases
        .iter()
        .map(|(phase, time)| (format!(",phase=\"{}\"", escaped(phase)), time.as_secs_f64()))
        .collect();
    family("robot_deploy_phase_seconds", "seconds", "Time of each phase.", &phases);
    let retries = [(String::new(), f64::from(measured.retries))];
    family("robot_deploy_retries", "", "Attempts beyond the first.", &retries);
    let states = [BreakerState::Closed, BreakerState::Open, BreakerState::HalfOpen];
    let states = states.map(|state| {
        let is = if state == measured.breaker { 1.0 } else { 0.0 };
        (format!(",state=\"{}\"", state.word()), is)
    });
    family("robot_deploy_breaker", "", "Where the circuit breaker stands.", &states);
    let outcome =
        format!(",verdict=\"{}\",cause=\"{}\"", measured.verdict.word(), escaped(measured.cause));
    family("robot_deploy_outcome", "", "How the deployment ended.", &[(outcome, 1.0)]);
    text.push_str("# EOF\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_of_the_format() {
        let text = text(&Measured {
            application: "echo",
            environment: "a\"b",
            revision: "sha256:ab",
            verdict: Verdict::Fail,
            cause: "registry",
            phases: &[("pull", Duration::from_millis(1500))],
            retries: 1,
            breaker: BreakerState::Open,
        });
        let labels = r#"application="echo",environment="a\"b",revision="sha256:ab""#;
        for line in [
            "# TYPE robot_deploy_phase_seconds gauge\n# UNIT robot_deploy_phase_seconds seconds\n"
                .to_owned(),
            format!("robot_deploy_phase_seconds{{{labels},phase=\"pull\"}} 1.5\n"),
            format!("robot_deploy_breaker{{{labels},state=\"open\"}} 1\n"),
            format!("robot_deploy_outcome{{{labels},verdict=\"fail\",cause=\"registry\"}} 1\n"),
        ] {
            assert!(text.contains(&line), "{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
