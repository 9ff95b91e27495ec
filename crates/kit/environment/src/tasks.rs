//! Tasks: the same one is not run twice.

use robot_model::{EnvironmentState, TaskRecord, Verdict};

/// Tasks that are kept.
pub const TASKS: usize = 100;

/// What to do with a task that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Run it, as this attempt.
    Run {
        /// From 1.
        attempt: u32,
    },
    /// It runs already: wait for that one.
    Adopt(TaskRecord),
    /// It is done: report that.
    Report(TaskRecord),
}

/// What to do with the task of this identity. `always` runs it even if it is done.
pub fn decide(state: &EnvironmentState, identity: &str, always: bool) -> Decision {
    let Some(known) = find(state, identity) else { return Decision::Run { attempt: 1 } };
    match known.verdict {
        None => Decision::Adopt(known.clone()),
        Some(Verdict::Pass | Verdict::Warn) if !always => Decision::Report(known.clone()),
        Some(_) => Decision::Run { attempt: known.attempt.saturating_add(1) },
    }
}

/// The record of the task with this identity.
pub fn find<'a>(state: &'a EnvironmentState, identity: &str) -> Option<&'a TaskRecord> {
    state.tasks.iter().find(|task| task.identity == identity)
}

/// Keeps what is known of a task, in place of what was.
pub fn keep(state: &mut EnvironmentState, record: TaskRecord) {
    state.tasks.retain(|known| known.identity != record.identity);
    state.tasks.insert(0, record);
    state.tasks.truncate(TASKS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use robot_model::{Workload, WorkloadKind};

    fn record(identity: &str, attempt: u32, verdict: Option<Verdict>) -> TaskRecord {
        TaskRecord {
            identity: identity.to_owned(),
            task: "t".to_owned(),
            attempt,
            workload: Workload {
                kind: WorkloadKind::Job,
                namespace: "robots".to_owned(),
                name: "echo".to_owned(),
                uid: None,
                revision: None,
            },
            verdict,
            cause: None,
            time: String::new(),
            holder: "run 1".to_owned(),
        }
    }

    #[test]
    fn a_done_task_is_told_a_failed_one_gets_the_next_number() {
        let mut state = EnvironmentState::new("echo", "staging");
        assert_eq!(decide(&state, "a", false), Decision::Run { attempt: 1 });
        keep(&mut state, record("a", 1, None));
        assert!(matches!(decide(&state, "a", true), Decision::Adopt(_)));
        keep(&mut state, record("a", 1, Some(Verdict::Fail)));
        assert_eq!(decide(&state, "a", false), Decision::Run { attempt: 2 });
        keep(&mut state, record("a", 2, Some(Verdict::Pass)));
        assert!(matches!(decide(&state, "a", false), Decision::Report(_)));
        assert_eq!(decide(&state, "a", true), Decision::Run { attempt: 3 });
        assert_eq!(decide(&state, "b", false), Decision::Run { attempt: 1 });
        assert_eq!(state.tasks.len(), 1);
        for number in 0..200 {
            keep(&mut state, record(&number.to_string(), 1, None));
        }
        assert_eq!(state.tasks.len(), TASKS);
    }
}
