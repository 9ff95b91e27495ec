//! One line of the stream.

use std::borrow::Cow;

/// The action of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The package's binary is about to start (Go 1.20 and later).
    Start,
    /// A test has started.
    Run,
    /// A parallel test was paused.
    Pause,
    /// A parallel test continues.
    Cont,
    /// Passed.
    Pass,
    /// A benchmark printed its result.
    Bench,
    /// Failed.
    Fail,
    /// A piece of output.
    Output,
    /// Skipped, or a package without tests.
    Skip,
    /// A key and value that a test set (Go 1.25 and later).
    Attr,
    /// A piece of build output (Go 1.24 and later).
    BuildOutput,
    /// A build failed (Go 1.24 and later).
    BuildFail,
    /// An action of a later Go.
    Unknown,
}

impl Action {
    /// The action of that name in the stream, such as `build-fail`.
    pub fn of_name(name: &str) -> Self {
        match name {
            "start" => Self::Start,
            "run" => Self::Run,
            "pause" => Self::Pause,
            "cont" => Self::Cont,
            "pass" => Self::Pass,
            "bench" => Self::Bench,
            "fail" => Self::Fail,
            "output" => Self::Output,
            "skip" => Self::Skip,
            "attr" => Self::Attr,
            "build-output" => Self::BuildOutput,
            "build-fail" => Self::BuildFail,
            _ => Self::Unknown,
        }
    }
}

/// One event; text without escapes is borrowed from the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// Time as written, in RFC 3339. Absent on results from Go's test cache and on build events.
    pub time: Option<Cow<'a, str>>,
    /// Its action.
    pub action: Action,
    /// Import path of the package under test; empty on build events.
    pub package: Cow<'a, str>,
    /// Name of the test, with its parents: `TestA/case_1`; absent on events about the package.
    pub test: Option<Cow<'a, str>>,
    /// Seconds the test or package took; only on `pass`, `fail` and `skip`.
    pub elapsed: Option<f64>,
    /// A piece of output: a line with its end, or a part of one that is long or unfinished.
    pub output: Option<Cow<'a, str>>,
    /// On a package's `fail`: the [`import_path`](Self::import_path) of the build that failed (Go
    /// 1.24 and later).
    pub failed_build: Option<Cow<'a, str>>,
    /// On build events: what was built, such as `example.com/p [example.com/p.test]`.
    pub import_path: Option<Cow<'a, str>>,
    /// On `attr`: its key.
    pub key: Option<Cow<'a, str>>,
    /// On `attr`: its value.
    pub value: Option<Cow<'a, str>>,
}

impl Event<'_> {
    /// An event of that action with nothing else set.
    pub const fn new(action: Action) -> Self {
        Event {
            time: None,
            action,
            package: Cow::Borrowed(""),
            test: None,
            elapsed: None,
            output: None,
            failed_build: None,
            import_path: None,
            key: None,
            value: None,
        }
    }
}

/// One line of the stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<'a> {
    /// An event.
    Event(Event<'a>),
    /// Anything else, without its line end: any bytes, not only UTF-8.
    Text(&'a [u8]),
}
