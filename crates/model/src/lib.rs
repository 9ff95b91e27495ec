//! The vocabulary that every tool, service and renderer shares: verdicts, exit codes, reports,
//! findings, metrics and the documents one run leaves for the next.
//!
//! It contains only types: no I/O, no clock, no environment. Every document has a `schema` name, so that a
//! reader of another version can reject it.

mod coverage;
mod description;
mod environment;
mod event;
mod exit;
mod figure;
mod finding;
mod metric;
mod object;
mod repo_path;
mod report;
mod result;
mod run;
mod run_record;
mod series;
mod timing;
mod verdict;
mod workload;

pub use coverage::{
    COVER_SOURCES_SCHEMA, COVERAGE_SCHEMA, CoverSources, CoverageRecord, Statements,
};
pub use description::{
    Description, InputDescription, InputKind, LeavesDescription, Named, SecretDescription,
    TakesDescription, ToolDescription, VerbDescription,
};
pub use environment::{
    Breaker, BreakerState, Deployed, ENVIRONMENT_SCHEMA, EnvironmentState, Lock, TaskRecord,
};
pub use event::{EVENT_SCHEMA, Event, EventId, NoEventId};
pub use exit::ExitStatus;
pub use figure::{Figure, Unit};
pub use finding::{Finding, Level, Location, Severity};
pub use metric::{Metric, Quality};
pub use object::ObjectRef;
pub use repo_path::RepoPath;
pub use report::{
    Align, Block, Chart, ChartPoint, Column, Heading, Report, Section, Table, Timeline, TimelineBar,
};
pub use result::{FailureKind, FailureRecord, Phase, REPORT_SCHEMA, RESULT_LIMIT, ResultDocument};
pub use run::RunIdentity;
pub use run_record::{JobRecord, RUN_SCHEMA, RunRecord, StepRecord};
pub use series::{Series, SeriesLine, SeriesPoint};
pub use timing::{PackageTiming, TIMINGS_SCHEMA, Timings};
pub use verdict::Verdict;
pub use workload::{Revision, Workload, WorkloadKind};
