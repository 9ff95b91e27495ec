//! What a deployment has to say.

use crate::local::NOT_SIMULATED;
use crate::log::Log;
use crate::plan::Plan;
use crate::run::Ended;
use crate::target::{Moment, MomentKind};
use robot_kubernetes::verdict::Answer;
use robot_model::{
    Block, Figure, Finding, Report, Section, Table, TaskRecord, Timeline, TimelineBar, Unit,
    Verdict, Workload,
};
use robot_render::counted;
use std::time::Duration;

/// What happened when.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) pods: u32,
    pub(crate) moments: Vec<Moment>,
}

impl Story {
    /// The time between two moments of the last attempt that has both.
    pub(crate) fn between(&self, from: MomentKind, to: MomentKind) -> Option<Duration> {
        let end = self.moments.iter().rfind(|moment| moment.kind == to)?;
        let of_same = |moment: &&Moment| moment.kind == from && moment.attempt == end.attempt;
        Some(end.at.saturating_sub(self.moments.iter().find(of_same)?.at))
    }
}

/// What a report tells of.
pub(crate) struct Told<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) workload: &'a Workload,
    pub(crate) ended: &'a Ended,
    pub(crate) story: &'a Story,
    pub(crate) log: &'a Log,
    pub(crate) notes: &'a [String],
    pub(crate) audit_head: &'a str,
}

/// The report of a plan.
pub(crate) fn of_plan(plan: &Plan) -> Report {
    let count = plan.objects.len() + 1;
    let mut report = Report::new(match plan.problems.len() {
        0 => format!("{} of {} would be made", counted(count, "object"), plan.application),
        problems => format!("this {} would hang: {}", plan.kind(), counted(problems, "problem")),
    });
    let problems = plan.problems.iter().map(|problem| {
        Finding::error("would-hang", problem.clone())
            .detail("hint: create it, or correct the name in the manifest")
    });
    report.push(Block::findings("Why it would hang", problems));
    let mut table = Table::new("Objects", ["kind", "name"]);
    let all = plan.objects.iter().chain(std::iter::once(&plan.workload));
    for object in all {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        table.row([text(&object["kind"]), text(&object["metadata"]["name"])]);
    }
    report.push(Block::Table(table));
    report.push(Block::text(format!("image {}\ntask {}", plan.image, plan.task)));
    report.push(Block::text(plan.notes.join("\n")));
    report
}

/// The report of a task that was done before.
pub(crate) fn done(record: &TaskRecord) -> Report {
    Report::new(format!(
        "task {} was done before: {} by {} at {}",
        record.task, record.workload.name, record.holder, record.time
    ))
}

/// The report of a deployment.
pub(crate) fn write(told: &Told<'_>) -> Report {
    let name = &told.workload.name;
    let pods = counted(told.story.pods as usize, "pod");
    let mut report = Report::new(match &told.ended.answer {
        Answer::Succeeded => format!("{name} succeeded ({pods})"),
        Answer::Failed(failed) => format!(
            "{name} failed ({}): {}: {}",
            failed.cause.word(),
            failed.reason,
            told.log.mask(&failed.message)
        ),
        Answer::Waiting(_) => format!("{name} was interrupted"),
    });
    report.figures.push(Figure::count("pods", told.story.pods as usize));
    if let Some(time) = told.story.between(MomentKind::Scheduled, MomentKind::Finished) {
        let value = time.as_secs_f64();
        report.figures.push(Figure { name: "last pod".to_owned(), value, unit: Unit::Seconds });
    }
    if let Answer::Failed(failed) = &told.ended.answer {
        let last: Vec<&str> = told.log.last().collect();
        let place = [&failed.part.pod, &failed.part.container];
        let place = place.map(String::as_str).join(" ").trim().to_owned();
        let mut detail = told.log.mask(&failed.message);
        if !place.is_empty() {
            detail.push_str(&format!("\nin {place}"));
        }
        if !last.is_empty() {
            detail.push_str(&format!("\nlast lines of its log:\n{}", last.join("\n")));
        }
        detail.push_str(&format!("\nhint: {}", failed.cause.next_step()));
        let title = format!("{name}: {}", failed.reason);
        let finding = Finding::error(failed.cause.word(), title).detail(detail);
        report.push(Block::findings("Why it failed", [finding]));
    }
    report.push(Block::Timeline(timeline(told)));
    report.push(Block::text(told.notes.join("\n")));
    report.push(Block::text(format!(
        "image {}\ntask {}\naudit record {}",
        told.plan.image, told.plan.task, told.audit_head
    )));
    let mut not = Report::new("What the target `local` does not do");
    not.push(Block::text(NOT_SIMULATED.join("\n")));
    report.push(Block::Section(Section {
        title: "Not simulated".to_owned(),
        verdict: Verdict::Skipped,
        report: not,
    }));
    report
}

/// A bar from each moment of a pod to the next.
fn timeline(told: &Told<'_>) -> Timeline {
    let mut bars = Vec::new();
    let zero = told.story.moments.first().map_or(Duration::ZERO, |moment| moment.at);
    let seconds = |at: Duration| at.saturating_sub(zero).as_secs_f64();
    for pair in told.story.moments.windows(2) {
        let [from, to] = pair else { continue };
        if from.attempt != to.attempt {
            continue;
        }
        let is_last = to.kind == MomentKind::Finished;
        let succeeded = matches!(told.ended.answer, Answer::Succeeded);
        let verdict = match is_last && !(succeeded && to.attempt == told.story.pods) {
            true => Verdict::Fail,
            false => Verdict::Pass,
        };
        bars.push(TimelineBar {
            label: format!("pod {}: {} to {}", to.attempt, from.kind.word(), to.kind.word()),
            start: seconds(from.at),
            end: seconds(to.at).max(seconds(from.at)),
            verdict,
        });
    }
    Timeline { title: "Pods".to_owned(), bars }
}
