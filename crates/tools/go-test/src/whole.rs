//! The kept passes of a whole layer, which are known without a listing of its packages, and so without Go's caches.

use crate::input::ResolvedLayer;
use crate::reuse::Reuse;
use crate::toolchain::{self, Toolchain};
use crate::untested::Untested;
use robot_contract::{Context, Failure, Reference};
use robot_go_command::Whole;
use robot_golang::package_list::Package;
use serde::{Deserialize, Serialize};

/// What a layer's verdict consists of: the kept passes of its packages, and the parts of the cover profile of those
/// without tests, by import path.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptLayer {
    tested: Vec<(String, Reference)>,
    untested: Vec<(String, Reference)>,
}

/// The layer's inputs; `None` if its results are never repeated.
///
/// # Errors
/// There is no go command.
pub(crate) fn open(
    layer: &ResolvedLayer,
    go: &Toolchain,
    has_coverage: bool,
    context: &Context,
) -> Result<Option<Whole>, Failure> {
    if !go.repeats_results(layer) {
        return Ok(None);
    }
    let [ask, run] = ["env", "test"].map(|verb| toolchain::command(layer, context, verb));
    let subject = format!("layer {}", layer.name);
    Whole::of(context, &subject, &ask, &run, &(layer, has_coverage)).map(Some)
}

/// All that is known of the layer.
///
/// # Errors
/// Why it has to run.
pub(crate) fn look_up(whole: &Whole) -> Result<(Reuse, Untested), String> {
    let (mut reuse, mut untested) = (Reuse::default(), Untested::default());
    let layer = whole.look_up::<KeptLayer>()?.value;
    for (path, reference) in layer.tested {
        let kept = whole.follow(&reference).map_err(|why| format!("{path}: {why}"))?;
        reuse.kept.insert(path, kept);
    }
    for (path, reference) in layer.untested {
        let kept = whole.follow(&reference).map_err(|why| format!("{path}: {why}"))?;
        untested.known.insert(path, kept.value);
    }
    Ok((reuse, untested))
}

/// Keeps that all packages of the layer passed, if the pass of each is kept.
pub(crate) fn keep(
    whole: &Whole,
    listed: &[Package],
    reuse: &Reuse,
    untested: &Untested,
    context: &Context,
) {
    let layer = reuse.references().zip(untested.references());
    let layer = layer.map(|(tested, untested)| KeptLayer { tested, untested });
    let named = listed.iter().filter(|package| package.is_named()).count();
    match layer.filter(|layer| layer.tested.len() + layer.untested.len() == named) {
        // What is not kept is looked up package by package.
        Some(layer) if !layer.tested.is_empty() => {
            let _ = whole.keep(context, listed, &layer);
        }
        _ => whole.forget(),
    }
}

/// Why a layer has work.
///
/// # Errors
/// As it says.
pub(crate) fn is_idle(
    layer: &ResolvedLayer,
    has_coverage: bool,
    context: &Context,
) -> Result<(), String> {
    let told = |failure: Failure| failure.record().message.clone();
    let name = &layer.name;
    if layer.env.contains_key("GOTOOLCHAIN") {
        return Err(format!("layer `{name}` has a Go of its own, which may be among the modules"));
    }
    if layer.count.is_some() {
        return Err(format!("layer `{name}` always runs"));
    }
    let go = Toolchain::ask(layer, context).map_err(told)?;
    let whole = open(layer, &go, has_coverage, context).map_err(told)?;
    let whole = whole.ok_or_else(|| format!("GOFLAGS make layer `{name}` run always"))?;
    look_up(&whole).map(drop)
}
