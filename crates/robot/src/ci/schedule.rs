//! Decides which step may start, from `needs`, `after`, cores and memory.

use super::planned::Planned;
use robot_model::Verdict;

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Running,
    Ended(Verdict),
    /// Will not run, because a step that it needs did not pass. It has no verdict of its own, and steps that need it do not run
    /// either.
    Blocked,
}

impl State {
    /// Whether steps after it may start.
    const fn is_over(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Blocked)
    }

    /// Whether steps that need it may start.
    const fn is_fulfilled(self) -> bool {
        matches!(self, Self::Ended(verdict) if verdict.is_green())
    }
}

/// Cores and MiB of memory that steps share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens {
    pub(crate) cpu: u32,
    pub(crate) memory: u64,
}

/// The next step to start, if any. A step that needs more cores or memory than available runs alone.
pub(crate) fn next(plan: &[Planned], states: &[State], tokens: Tokens) -> Option<usize> {
    let running = || plan.iter().zip(states).filter(|(_, state)| **state == State::Running);
    let idle = running().next().is_none();
    let cpu: u32 = running().map(|(step, _)| step.cpu).sum();
    let memory: u64 = running().map(|(step, _)| step.memory).sum();
    (0..plan.len()).find(|&index| {
        let step = &plan[index];
        let fits = cpu.saturating_add(step.cpu) <= tokens.cpu
            && memory.saturating_add(step.memory) <= tokens.memory;
        states[index] == State::Waiting
            && step.after.iter().all(|other| states[*other].is_over())
            && step.needs.iter().all(|need| states[*need].is_fulfilled())
            && (idle || fits)
    })
}

/// A waiting step that can never start, with the step that it waits for.
pub(crate) fn blocked(plan: &[Planned], states: &[State]) -> Option<(usize, usize)> {
    let is_hopeless = |need: &&usize| states[**need].is_over() && !states[**need].is_fulfilled();
    (0..plan.len())
        .filter(|&index| states[index] == State::Waiting)
        .find_map(|index| plan[index].needs.iter().find(is_hopeless).map(|need| (index, *need)))
}

#[cfg(test)]
mod tests {
    use super::super::pipeline::Priority;
    use super::super::planned::Work;
    use super::*;
    use robot_contract::Isolate;

    fn step(needs: &[usize], cpu: u32) -> Planned {
        let work = Work::Run(String::new());
        Planned {
            name: String::new(),
            work,
            needs: needs.to_vec(),
            after: vec![],
            cpu,
            memory: 1,
            priority: Priority::Normal,
            isolate: Isolate::Auto,
        }
    }

    const TWO: Tokens = Tokens { cpu: 2, memory: 100 };

    #[test]
    fn steps_start_when_their_needs_passed_and_tokens_are_left() {
        let plan = [step(&[], 1), step(&[0], 1), step(&[], 1), step(&[], 9)];
        let mut states = [State::Waiting; 4];
        assert_eq!(next(&plan, &states, TWO), Some(0));
        states[0] = State::Running;
        assert_eq!(next(&plan, &states, TWO), Some(2));
        states[2] = State::Running;
        assert_eq!(next(&plan, &states, TWO), None);
        states[0] = State::Ended(Verdict::Warn);
        assert_eq!(next(&plan, &states, TWO), Some(1));
        states[1] = State::Ended(Verdict::Pass);
        assert_eq!(next(&plan, &states, TWO), None, "the large step waits until it is alone");
        states[2] = State::Ended(Verdict::Fail);
        assert_eq!(next(&plan, &states, TWO), Some(3));
    }

    #[test]
    fn only_what_needs_a_failed_step_is_blocked() {
        let plan = [step(&[], 1), step(&[0], 1), step(&[], 1)];
        let states = [State::Ended(Verdict::Fail), State::Waiting, State::Waiting];
        assert_eq!(blocked(&plan, &states), Some((1, 0)));
        assert_eq!(next(&plan, &states, TWO), Some(2));
    }

    #[test]
    fn a_chain_behind_a_failed_step_is_blocked_to_its_end() {
        // test, package needs test, deploy needs package; beside them a slow step, and one that
        // only comes after the chain.
        let mut plan = [step(&[], 1), step(&[0], 1), step(&[1], 1), step(&[], 1), step(&[], 1)];
        plan[4].after = vec![2];
        let mut states = [State::Waiting; 5];
        states[0] = State::Ended(Verdict::Fail);
        states[3] = State::Running;
        assert_eq!(blocked(&plan, &states), Some((1, 0)));
        states[1] = State::Blocked;
        assert_eq!(next(&plan, &states, TWO), None, "deploy must not start");
        assert_eq!(blocked(&plan, &states), Some((2, 1)));
        states[2] = State::Blocked;
        assert_eq!(blocked(&plan, &states), None);
        assert_eq!(next(&plan, &states, TWO), Some(4));
    }

    #[test]
    fn what_comes_after_a_step_comes_after_its_failure_too() {
        let mut plan = [step(&[], 1), step(&[], 1)];
        plan[1].after = vec![0];
        assert_eq!(next(&plan, &[State::Running, State::Waiting], TWO), None);
        let failed = State::Ended(Verdict::Fail);
        assert_eq!(next(&plan, &[failed, State::Waiting], TWO), Some(1));
    }
}
