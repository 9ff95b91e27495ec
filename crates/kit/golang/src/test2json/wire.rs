//! The reader for every event that is valid JSON: with spaces, any order, unknown fields.

use super::{Action, Event};
use serde::Deserialize;
use std::borrow::Cow;

/// A wrapper, because serde borrows a `Cow` that is a field, but not one inside an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    time: Option<Text<'a>>,
    #[serde(borrow)]
    package: Option<Text<'a>>,
    #[serde(borrow)]
    test: Option<Text<'a>>,
    elapsed: Option<f64>,
    #[serde(borrow)]
    output: Option<Text<'a>>,
    #[serde(borrow)]
    failed_build: Option<Text<'a>>,
    #[serde(borrow)]
    import_path: Option<Text<'a>>,
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

/// The event, when `line` is one.
pub(super) fn parse(line: &[u8]) -> Option<Event<'_>> {
    let wire: Wire<'_> = serde_json::from_slice(line).ok()?;
    Some(Event {
        time: wire.time.map(|text| text.0),
        action: Action::of_name(&wire.action.0),
        package: wire.package.map(|text| text.0).unwrap_or_default(),
        test: wire.test.map(|text| text.0),
        elapsed: wire.elapsed,
        output: wire.output.map(|text| text.0),
        failed_build: wire.failed_build.map(|text| text.0),
        import_path: wire.import_path.map(|text| text.0),
        key: wire.key.map(|text| text.0),
        value: wire.value.map(|text| text.0),
    })
}
