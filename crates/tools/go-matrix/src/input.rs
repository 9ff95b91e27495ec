//! Settings of `go-matrix`.

use crate::cell::{Cell, Pattern};
use crate::request::Request;
use robot_contract::{Failure, Provenance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of `go-matrix`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Go versions: 1.22 (its newest release), 1.22.3, stable, oldstable, 1.19-1.22 (the newest release of each)
    #[arg(long, value_name = "VERSION", value_delimiter = ',', default_value = "oldstable,stable")]
    #[schemars(with = "Vec<String>")]
    pub go: Vec<Request>,
    /// Versions of modules to test with, by module path: those of an SDK
    #[arg(skip)]
    pub modules: BTreeMap<String, Vec<String>>,
    /// Cells to leave out: `go` and module paths with a version each; `go: "1.19"` means all its releases
    #[arg(skip)]
    pub exclude: Vec<Pattern>,
    /// Cells whose failure is a warning
    #[arg(skip)]
    pub allow_failure: Vec<Pattern>,
    /// Cells that a pull request tests [default: all]
    #[arg(skip)]
    pub pull_request: Vec<Pattern>,
    /// Cells to test instead of all: those that `plan` gives a job
    #[arg(long, value_name = "CELL", value_delimiter = ',')]
    pub cells: Vec<String>,
    /// Package patterns, as `go test` takes them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', default_value = "./...")]
    pub packages: Vec<String>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Enable the race detector
    #[arg(long)]
    pub race: bool,
    /// Time for each test binary, as Go writes it
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub timeout: String,
    /// Cells that run at the same time [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub parallel: Option<usize>,
}

/// What spans the matrix.
pub(crate) struct Axes<'a> {
    pub(crate) go: &'a [Request],
    pub(crate) modules: &'a BTreeMap<String, Vec<String>>,
    pub(crate) exclude: &'a [Pattern],
    pub(crate) pull_request: &'a [Pattern],
}

impl Input {
    pub(crate) fn axes(&self) -> Axes<'_> {
        Axes {
            go: &self.go,
            modules: &self.modules,
            exclude: &self.exclude,
            pull_request: &self.pull_request,
        }
    }
}

/// Refuses what means nothing.
///
/// # Errors
/// An axis without a version, a pattern of an axis that is not there, or a cell of other axes; it names its place.
pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
    check(&input.axes(), &input.allow_failure, provenance)?;
    for name in &input.cells {
        let has_axes = |cell: Cell| cell.modules.keys().eq(input.modules.keys());
        if !Cell::parse(name).is_some_and(has_axes) {
            let place = provenance.place("cells");
            return Err(Failure::config(format!("{place}: `{name}` is not a cell of this matrix"))
                .hint("pass on what `go-matrix plan` says of this job"));
        }
    }
    Ok(input)
}

/// Refuses axes that mean nothing.
///
/// # Errors
/// An axis without a version, or a pattern of an axis that is not there; it names its place.
pub(crate) fn check(
    axes: &Axes<'_>,
    allow_failure: &[Pattern],
    provenance: &Provenance,
) -> Result<(), Failure> {
    let wrong = |key: &str, what: String| {
        Err(Failure::config(format!("{}: {what}", provenance.place(key))))
    };
    if axes.go.is_empty() {
        return wrong("go", "names no version".to_owned());
    }
    if let Some((path, _)) = axes.modules.iter().find(|(_, versions)| versions.is_empty()) {
        return wrong("modules", format!("names no version of {path}"));
    }
    let patterns = [
        ("exclude", axes.exclude),
        ("allow-failure", allow_failure),
        ("pull-request", axes.pull_request),
    ];
    for (key, patterns) in patterns {
        for (index, pattern) in patterns.iter().enumerate() {
            let is_known = |axis: &&String| *axis == "go" || axes.modules.contains_key(*axis);
            if let Some(axis) = pattern.keys().find(|axis| !is_known(axis)) {
                return wrong(
                    &format!("{key}.{index}.{axis}"),
                    format!("there is no axis `{axis}`"),
                );
            }
            if pattern.is_empty() {
                return wrong(&format!("{key}.{index}"), "means every cell".to_owned());
            }
        }
    }
    Ok(())
}
