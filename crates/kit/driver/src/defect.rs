//! Makes a process that panics kill its children and write a result.

use crate::sinks::Sinks;
use robot_contract::{Context, Environment, Failure, Verb};
use robot_model::ExitStatus;
use robot_process::Cancellation;
use std::path::{Path, PathBuf};

/// Where the result would have been written.
pub(crate) struct Witness {
    pub(crate) verb: Verb,
    pub(crate) environment: Environment,
    pub(crate) directory: PathBuf,
    /// The result file of a pipeline's step; without one, the result goes to all outputs.
    pub(crate) result: Option<PathBuf>,
}

impl Witness {
    /// Turns every panic of this process into an internal failure. Released binaries abort on a panic, so that
    /// nothing is unwound.
    pub(crate) fn install(self) {
        std::panic::set_hook(Box::new(move |panic| {
            robot_process::kill_all();
            let what = panic.payload_as_str().unwrap_or("no panic message");
            let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
            let name = self.verb.full_name();
            let place = place.unwrap_or_default();
            let failure = Failure::internal(format!("{name} panicked: {what} ({place})"))
                .hint("this is a bug: please report it with this line");
            self.publish(&failure);
            end();
        }));
    }

    fn publish(&self, failure: &Failure) {
        let (environment, directory) = (self.environment.clone(), self.directory.clone());
        let context = Context::new(environment, directory, Cancellation::default());
        let document = self.verb.failed(failure, &context);
        let written = match &self.result {
            Some(path) => publish_step(path, &document, failure),
            None => Sinks::of(&context).publish(&self.verb, &document),
        };
        if let Err(unwritten) = written {
            Sinks::complain(&unwritten);
        }
    }
}

fn publish_step(
    path: &Path,
    document: &robot_model::ResultDocument,
    failure: &Failure,
) -> Result<(), Failure> {
    Sinks::complain(failure);
    Sinks::write_result(path, document)
}

#[expect(clippy::exit, reason = "after a panic there is nothing to return to")]
fn end() -> ! {
    std::process::exit(i32::from(ExitStatus::Internal.code()))
}
