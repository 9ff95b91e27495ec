//! What decides: severity and reachability as two axes, and evidence that is none.

use super::*;
use crate::SecurityGate;
use crate::evidence::{Evidence, Package, Subject};
use crate::merge;
use jiff::SignedDuration;
use robot_contract::{Mode, default_settings};

fn rules() -> Rules {
    default_settings::<SecurityGate>().unwrap().rules
}

fn row(severity: Severity, reach: Option<Reachability>, fixed: &str) -> Row {
    let subject = Subject::Advisory {
        package: Some(Package::go("m")),
        version: "1.0.0".to_owned(),
        fixed: fixed.to_owned(),
    };
    let evidence = Evidence { severity, reachability: reach, ..Evidence::new(subject, "CVE-1") };
    let scan = Scan { findings: vec![evidence], ..Scan::default() };
    merge::merge(vec![scan]).0.remove(0)
}

struct World {
    rows: Vec<Row>,
    states: Vec<State>,
    scans: Vec<Scan>,
    unsound: Vec<Unsound>,
    baseline: Baseline,
    rules: Rules,
}

impl World {
    fn of(rows: Vec<Row>) -> Self {
        let states = vec![State::Unjudged; rows.len()];
        Self {
            rows,
            states,
            scans: Vec::new(),
            unsound: Vec::new(),
            baseline: Baseline::Nothing,
            rules: rules(),
        }
    }

    fn decide(&self) -> (Verdict, Option<Cause>) {
        self.decide_in(Mode::Enforce)
    }

    fn decide_in(&self, mode: Mode) -> (Verdict, Option<Cause>) {
        let applied = Applied { by_row: vec![None; self.rows.len()], ..Applied::default() };
        let facts = Facts {
            rows: &self.rows,
            states: &self.states,
            applied: &applied,
            foreign_warnings: 0,
            scans: &self.scans,
            unsound: &self.unsound,
            baseline: &self.baseline,
            now: now(),
        };
        let gravest = mode.gravest(decide(&facts, &self.rules).reasons);
        gravest.map_or((Verdict::Pass, None), |(verdict, cause)| (verdict, Some(cause)))
    }
}

fn now() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

#[test]
fn a_finding_fails_when_it_is_both_grave_and_near() {
    let verdict = |severity, reach| World::of(vec![row(severity, reach, "2.0.0")]).decide().0;
    assert_eq!(verdict(Severity::High, Some(Reachability::Called)), Verdict::Fail);
    assert_eq!(verdict(Severity::High, None), Verdict::Fail);
    assert_eq!(verdict(Severity::Critical, Some(Reachability::Imported)), Verdict::Pass);
    assert_eq!(verdict(Severity::Medium, Some(Reachability::Called)), Verdict::Pass);
}

#[test]
fn what_has_no_severity_is_high_where_it_is_called_or_can_be_mended() {
    let verdict = |reach, fixed| World::of(vec![row(Severity::Unknown, reach, fixed)]).decide().0;
    assert_eq!((verdict(None, "2.0.0"), verdict(None, "")), (Verdict::Fail, Verdict::Pass));
    assert_eq!(verdict(Some(Reachability::Called), ""), Verdict::Fail);
}

#[test]
fn the_change_answers_for_what_it_brings() {
    let decided = |state| {
        let mut world = World::of(vec![row(Severity::High, None, "")]);
        world.states = vec![state];
        world.decide()
    };
    assert_eq!(decided(State::Introduced), (Verdict::Fail, Some(Cause::Introduced)));
    assert_eq!(decided(State::Drift(String::new())), (Verdict::Warn, Some(Cause::Drift)));
    assert_eq!(decided(State::Known), (Verdict::Warn, Some(Cause::Known)));
    assert_eq!(decided(State::Unjudged), (Verdict::Fail, Some(Cause::Found)));
}

#[test]
fn limits_count_rows() {
    let mut world = World::of(vec![row(Severity::Low, None, "")]);
    world.rules.limits = [(Severity::Low, 1)].into();
    assert_eq!(world.decide().0, Verdict::Pass);
    world.rules.limits = [(Severity::Low, 0)].into();
    assert_eq!(world.decide(), (Verdict::Fail, Some(Cause::OverLimit)));
}

#[test]
fn what_proves_nothing_is_never_green() {
    let mut world = World::of(Vec::new());
    world.scans = vec![Scan { doubts: vec!["x".to_owned()], ..Scan::default() }];
    assert_eq!(world.decide(), (Verdict::Inconclusive, Some(Cause::Incomplete)));
    let mut world = World::of(Vec::new());
    let reason = "is empty".to_owned();
    world.unsound = vec![Unsound { origin: "a".into(), reason, hint: String::new() }];
    assert_eq!(world.decide(), (Verdict::Inconclusive, Some(Cause::UnsoundReport)));
    let mut world = World::of(Vec::new());
    world.baseline = Baseline::Unknown(String::new());
    assert_eq!(world.decide(), (Verdict::Inconclusive, Some(Cause::NoBaseline)));
    // What is found weighs more.
    world = World { baseline: world.baseline, ..World::of(vec![row(Severity::High, None, "")]) };
    assert_eq!(world.decide().0, Verdict::Fail);
    // Where it is only told, it hides nothing.
    let expected = (Verdict::Inconclusive, Some(Cause::NoBaseline));
    assert_eq!(world.decide_in(Mode::Report), expected);
    world.baseline = Baseline::Nothing;
    assert_eq!(world.decide_in(Mode::Report), (Verdict::Warn, Some(Cause::Found)));
}

/// trivy is silent about a database six years old.
#[test]
fn an_old_database_warns_and_then_proves_nothing() {
    let aged = |days: i64| {
        let mut world = World::of(Vec::new());
        let time = now() - SignedDuration::from_hours(24 * days);
        world.scans = vec![Scan { has_database: true, database: Some(time), ..Scan::default() }];
        world.decide().0
    };
    assert_eq!(aged(7), Verdict::Pass);
    assert_eq!(aged(8), Verdict::Warn);
    assert_eq!(aged(30), Verdict::Warn);
    assert_eq!(aged(31), Verdict::Inconclusive);
    assert_eq!(aged(6 * 365), Verdict::Inconclusive);
    assert_eq!(aged(-3), Verdict::Inconclusive);
    let untold = |made| {
        let mut world = World::of(Vec::new());
        world.scans = vec![Scan { has_database: true, made, ..Scan::default() }];
        world.decide().0
    };
    assert_eq!(untold(Some(now())), Verdict::Warn);
    assert_eq!(untold(Some(now() - SignedDuration::from_hours(24 * 40))), Verdict::Inconclusive);
    assert_eq!(untold(None), Verdict::Warn);
}
