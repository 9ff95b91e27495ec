//! Writes the record of a run of the default branch to the history.

use super::Record;
use robot_contract::Context;
use robot_history::History;
use robot_model::{JobRecord, RUN_SCHEMA, RunRecord, StepRecord, Verdict};

/// Stores the record of the run; returns notes for the report. A failure does not change the verdict.
pub(crate) fn keep(
    verdict: Verdict,
    cause: Option<String>,
    records: &[Record],
    context: &Context,
) -> Vec<String> {
    let Some(record) = record(verdict, cause, records, context) else { return Vec::new() };
    let mut history = History::new(context.history_directory());
    let kept = history.keep_run(&record);
    let failed =
        kept.err().map(|error| format!("this run could not be recorded in the history: {error}"));
    let aside = history
        .set_aside
        .iter()
        .map(|why| format!("a file of the history could not be read and was renamed: {why}"));
    aside.chain(failed).collect()
}

/// `None` for a run that is not of the default branch or has no id.
fn record(
    verdict: Verdict,
    cause: Option<String>,
    records: &[Record],
    context: &Context,
) -> Option<RunRecord> {
    let run = &context.run;
    let number = run.identity.run_id.filter(|_| run.is_default_branch)?;
    let seconds = context.clock.elapsed().as_secs_f64();
    let began = context.clock.now().as_second() - seconds as i64;
    let step = |record: &Record| StepRecord {
        name: record.name.clone(),
        start: record.start,
        seconds: record.end - record.start,
        verdict: record.ended.verdict,
        cause: Some(record.ended.cause.clone()).filter(|cause| !cause.is_empty()),
    };
    Some(RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        run: number,
        attempt: run.identity.attempt.unwrap_or(1),
        commit: context.commit().to_owned(),
        event: run.identity.event.clone().unwrap_or_default(),
        jobs: vec![JobRecord {
            job: run.identity.job.clone().unwrap_or_default(),
            started: u64::try_from(began).unwrap_or(0),
            seconds,
            verdict,
            cause,
            steps: records.iter().map(step).collect(),
        }],
    })
}
