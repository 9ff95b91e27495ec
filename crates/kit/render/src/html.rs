//! A report as one self-contained HTML page: first what happened, why and what to do, then the details.

mod block;

use crate::address;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use robot_model::{Figure, Report, RunIdentity, Unit, Verdict};

/// The page: without scripts or external resources, and with all text escaped. `run` must be trusted, unlike the
/// report, because locations link to its files.
pub fn page(title: &str, verdict: Verdict, report: &Report, run: &RunIdentity) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                title { (verdict.mark()) " " (title) ": " (report.headline) }
                style { (PreEscaped(include_str!("html/page.css"))) }
            }
            body {
                header class=(verdict) {
                    span class="mark" aria-hidden="true" { (verdict.mark()) }
                    div {
                        h1 { (title) " " span class="word" { (verdict) } }
                        p class="headline" { (report.headline) }
                        (origin(run))
                    }
                }
                (figures(&report.figures))
                main { (block::write_all(&report.blocks, run, 0)) }
            }
        }
    }
    .into_string()
}

/// The run, with links to it.
fn origin(run: &RunIdentity) -> Markup {
    let link = |address: Option<String>, text: &str| {
        html! { @match address { Some(address) => a href=(address) { (text) }, None => (text) } }
    };
    let commit = run.head_sha.as_deref().and_then(|sha| sha.get(..7));
    let commit_url = run.source_url().map(|url| url.replacen("/blob/", "/commit/", 1));
    let attempt = run.attempt.filter(|attempt| *attempt > 1);
    let attempt = attempt.map_or(String::new(), |attempt| format!(", attempt {attempt}"));
    let parts: Vec<Markup> = [
        run.repository.as_deref().map(|name| link(run.repository_url(), name)),
        run.pull_request
            .map(|number| link(run.pull_request_url(), &format!("pull request #{number}"))),
        commit.map(|commit| link(commit_url.clone(), commit)),
        run.run_id.map(|id| link(run.run_url(), &format!("run {id}{attempt}"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    html! {
        @if !parts.is_empty() {
            p class="origin" {
                @for (index, part) in parts.iter().enumerate() { @if index > 0 { " · " } (part) }
            }
        }
    }
}

/// The headline numbers; invalid ones are not shown.
fn figures(figures: &[Figure]) -> Markup {
    let shown: Vec<_> =
        figures.iter().filter_map(|figure| Some((figure, figure.shown()?))).take(12).collect();
    html! {
        @if !shown.is_empty() {
            dl class="figures" {
                @for (figure, value) in shown {
                    div {
                        dt { (figure.name) }
                        dd class=[(figure.unit == Unit::Points && figure.value <= -0.05).then_some("loss")] {
                            (value)
                        }
                    }
                }
            }
        }
    }
}

/// A path with its line, linked where the run's server shows it.
fn place(location: &robot_model::Location, run: &RunIdentity) -> Markup {
    html! {
        @match address::of_source(run, location) {
            Some(address) => a class="place" href=(address) { (location.shown()) },
            None => span class="place" { (location.shown()) },
        }
    }
}
