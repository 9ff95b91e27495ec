//! The record of one run in the history (`robot.run/v1`).

use crate::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `schema` of a [`RunRecord`].
pub const RUN_SCHEMA: &str = "robot.run/v1";

/// One attempt of a run of the default branch (`runs/YYYY-MM/<run>-<attempt>.json` of the history folder).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// [`RUN_SCHEMA`].
    pub schema: String,
    /// GitHub's number of the run.
    pub run: u64,
    /// Attempt of the run, from 1.
    pub attempt: u64,
    /// Hash of the checked-out commit, hex; empty when unknown.
    pub commit: String,
    /// What started the run: `push`, `schedule`, ….
    pub event: String,
    /// Its jobs, in the order in which they began.
    pub jobs: Vec<JobRecord>,
}

/// One job of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobRecord {
    /// Job key in the workflow file; cells of a matrix share it.
    pub job: String,
    /// When its pipeline began, seconds since 1970.
    pub started: u64,
    /// How long its pipeline took, seconds.
    pub seconds: f64,
    /// What it concluded.
    pub verdict: Verdict,
    /// Finer reason of the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The steps of its pipeline, in the order in which they ended.
    pub steps: Vec<StepRecord>,
}

/// One step of a job's pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// Name in the pipeline.
    pub name: String,
    /// When it began, seconds after the pipeline.
    pub start: f64,
    /// How long it took, seconds.
    pub seconds: f64,
    /// What it concluded.
    pub verdict: Verdict,
    /// Finer reason of the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl RunRecord {
    /// Whether the record is valid: it has a job, the attempt is at least 1, and no time is negative.
    pub fn is_sound(&self) -> bool {
        let is_time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        let steps = || self.jobs.iter().flat_map(|job| &job.steps);
        (self.run > 0 && self.attempt > 0 && !self.jobs.is_empty())
            && self.jobs.iter().all(|job| is_time(job.seconds))
            && steps().all(|step| is_time(step.start) && is_time(step.seconds))
    }

    /// When its first job began, seconds since 1970.
    pub fn started(&self) -> u64 {
        self.jobs.iter().map(|job| job.started).min().unwrap_or(0)
    }

    /// Adds the jobs of another record of the same attempt that this one lacks. The order of records does not
    /// matter.
    pub fn merge(&mut self, other: Self) {
        for job in other.jobs {
            if !self.jobs.contains(&job) {
                self.jobs.push(job);
            }
        }
        let order = |job: &JobRecord| (job.started, job.job.clone());
        self.jobs.sort_by(|one, other| {
            order(one).cmp(&order(other)).then(one.seconds.total_cmp(&other.seconds))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(job: &str, started: u64) -> serde_json::Value {
        json!({
            "schema": "robot.run/v1",
            "run": 42,
            "attempt": 1,
            "commit": "1f",
            "event": "push",
            "jobs": [{
                "job": job,
                "started": started,
                "seconds": 12.5,
                "verdict": "fail",
                "cause": "step",
                "steps": [{"name": "test", "start": 0.5, "seconds": 11.0, "verdict": "fail", "cause": "failed"}],
            }],
        })
    }

    #[test]
    fn records_read_back_and_merge_in_any_order() {
        let read = |job: &str, started| -> RunRecord {
            let written = written(job, started);
            let record: RunRecord = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&record).unwrap(), written);
            record
        };
        let (linux, arm) = (read("linux", 9), read("arm", 7));
        let mut merged = linux.clone();
        merged.merge(arm.clone());
        merged.merge(linux.clone());
        let names: Vec<&str> = merged.jobs.iter().map(|job| job.job.as_str()).collect();
        assert_eq!((names, merged.started()), (vec!["arm", "linux"], 7));
        let mut other = arm;
        other.merge(linux);
        assert_eq!(merged, other);
    }

    #[test]
    fn numbers_that_cannot_be_are_not_sound() {
        let sound: RunRecord = serde_json::from_value(written("ci", 7)).unwrap();
        assert!(sound.is_sound());
        let mut negative = sound.clone();
        negative.jobs[0].steps[0].seconds = -1.0;
        let mut endless = sound.clone();
        endless.jobs[0].seconds = f64::NAN;
        let unsound = [
            negative,
            endless,
            RunRecord { jobs: Vec::new(), ..sound.clone() },
            RunRecord { attempt: 0, ..sound },
        ];
        assert!(unsound.iter().all(|record| !record.is_sound()));
    }
}
