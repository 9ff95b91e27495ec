//! What the tests have in common.

use robot_contract::{Context, Environment, SecretText};
use robot_oci::{Access, Error, Options, Reference, Repository, block_on};
use std::path::Path;
use std::time::Duration;

/// A process without anything of the machine: no credentials, no proxy.
pub(crate) fn context(variables: &[(&str, &str)]) -> Context {
    let environment: Environment = variables.iter().copied().collect();
    Context::new(environment, Path::new("/").to_owned(), Default::default())
}

/// Options that do not wait.
pub(crate) fn options() -> Options {
    let mut options = Options { patience: Duration::ZERO, ..Options::default() };
    options.deadlines.read = Duration::from_secs(2);
    options
}

pub(crate) fn with_password(user: &str, password: &str) -> Options {
    let password = Some(SecretText::new(password));
    Options { username: Some(user.to_owned()), password, ..options() }
}

/// Does `work` with the repository `acme/robot` of `host`.
pub(crate) fn with<T>(
    host: &str,
    options: &Options,
    work: impl AsyncFnOnce(&Repository, &Reference) -> Result<T, Error>,
) -> Result<T, Error> {
    let reference: Reference = format!("{host}/acme/robot:v1").parse().unwrap();
    let repository = Repository::open(&context(&[]), &reference, Access::Push, options)?;
    block_on(work(&repository, &reference)).unwrap()
}
