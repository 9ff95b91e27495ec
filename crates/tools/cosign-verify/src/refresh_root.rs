//! `refresh-root`: fetches the trusted roots that instances of Sigstore publish today.

use crate::{Cause, roots};
use jiff::Timestamp;
use robot_contract::{Action, Context, Failure, Outcome, Provenance, ResultExt};
use robot_files::write_atomically;
use robot_model::{Block, Report, Table};
use robot_sigstore::{Instance, Publisher, PublisherError, Root};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// The file's name in the results folder.
const FILE: &str = "trusted_root.jsonl";

/// Fetches roots.
#[derive(Debug)]
pub struct RefreshRoot;

/// Settings of `cosign-verify refresh-root`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Instances whose roots are fetched: public-good, github, staging
    #[arg(
        long,
        value_name = "INSTANCE",
        value_delimiter = ',',
        default_value = "public-good,github"
    )]
    pub instance: Vec<Published>,
    /// URL of a private instance's TUF repository, instead of `instance`; needs `tuf-root`
    #[arg(long, value_name = "URL")]
    pub tuf_repository: Option<String>,
    /// First root of that repository (`root.json`), which you trust
    #[arg(long, value_name = "FILE")]
    pub tuf_root: Option<PathBuf>,
    /// Where to write the roots, for `trusted-root` [default: trusted_root.jsonl in the results folder]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Total seconds to wait for servers that do not respond
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub patience: u64,
}

/// An instance of Sigstore.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// The public one
    PublicGood,
    /// GitHub's, for attestations of private repositories
    Github,
    /// The public one's staging instance
    Staging,
}

impl Published {
    const fn instance(self) -> (&'static str, Instance) {
        match self {
            Self::PublicGood => ("public-good", Instance::PublicGood),
            Self::Github => ("github", Instance::GitHub),
            Self::Staging => ("staging", Instance::Staging),
        }
    }
}

/// Settings with nothing left open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    origin: Origin,
    output: Option<PathBuf>,
    patience: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Origin {
    Instances(Vec<Published>),
    Private { url: String, root: PathBuf },
}

/// The outputs of `cosign-verify refresh-root`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// File with the roots, for `trusted-root`
    pub trusted_root: PathBuf,
}

impl Action for RefreshRoot {
    const TOOL: &'static str = "cosign-verify";
    const VERB: Option<&'static str> = Some("refresh-root");
    const ABOUT: &'static str = "Fetch the trusted roots that instances of Sigstore publish today";
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        let wrong =
            |key: &str, what: &str| Failure::config(format!("{}: {what}", provenance.place(key)));
        let origin = match (input.tuf_repository, input.tuf_root) {
            (Some(url), Some(root)) => Origin::Private { url, root },
            (None, None) if input.instance.is_empty() => {
                return Err(wrong("instance", "expected at least one instance"));
            }
            (None, None) => Origin::Instances(input.instance),
            (Some(_), None) => {
                return Err(wrong("tuf-repository", "`tuf-root` is not set")
                    .hint("nothing else vouches for what the repository publishes"));
            }
            (None, Some(_)) => return Err(wrong("tuf-root", "`tuf-repository` is not set")),
        };
        Ok(Settings { origin, output: input.output, patience: input.patience })
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let publishers = match &settings.origin {
            Origin::Instances(instances) => instances
                .iter()
                .map(|instance| {
                    let (name, instance) = instance.instance();
                    (name.to_owned(), Publisher::embedded(instance))
                })
                .collect(),
            Origin::Private { url, root } => {
                vec![(url.clone(), Publisher::private(url, roots::read(root, context)?))]
            }
        };
        let now = context.clock.now();
        let mut lines = Vec::new();
        let mut table = Table::new("Trusted roots", ["instance", "newest key since"]);
        for (name, publisher) in publishers {
            let root = fetch(&name, &publisher, now, settings.patience, context)?;
            let (line, since) = checked(&name, &root)?;
            lines.extend(line);
            lines.push(b'\n');
            table.row([name, since.map_or_else(|| "?".to_owned(), |time| time.to_string())]);
        }
        let path = match &settings.output {
            Some(path) => context.absolute(path),
            None => context.output_directory()?.join(FILE),
        };
        let cannot = || format!("{} cannot be written", path.display());
        write_atomically(&path, &lines).or_external(cannot)?;
        roots::note_fetched(&path, &lines, now).or_external(cannot)?;
        let mut report =
            Report::new(format!("the trusted roots of today are in {}", path.display()));
        report.push(Block::Table(table));
        Ok(Outcome::pass(Output { trusted_root: path }, report))
    }
}

fn fetch(
    name: &str,
    publisher: &Publisher,
    now: Timestamp,
    patience: u64,
    context: &Context,
) -> Result<Vec<u8>, Failure> {
    let what = format!("the trusted root of {name} was not fetched");
    let fetched = publisher.trusted_root(context, now, Duration::from_secs(patience));
    let fetched = robot_net::block_on(fetched)
        .map_err(|error| Failure::internal("the network did not start").caused_by(&error))?;
    fetched.map_err(|error| match &error {
        PublisherError::Unreachable(cause) if cause.kind == robot_net::ErrorKind::Interrupted => {
            Failure::interrupted(what)
        }
        PublisherError::Unreachable(_) => Failure::external(what).caused_by(&error).hint(
            "the embedded roots are still usable; or copy the file from a machine with access",
        ),
        PublisherError::Refused { .. } => Failure::evidence(what).caused_by(&error).hint(
            "nothing was written; a mirror that is behind, a wrong clock or an attack causes this",
        ),
    })
}

/// The root in one line, and when its newest key began.
fn checked(name: &str, bytes: &[u8]) -> Result<(Vec<u8>, Option<Timestamp>), Failure> {
    let what = || format!("what {name} publishes is not one trusted root");
    let roots =
        Root::read(name, bytes).map_err(|error| Failure::evidence(what()).caused_by(&error))?;
    let [root] = roots.as_slice() else { return Err(Failure::evidence(what())) };
    let value: serde_json::Value = serde_json::from_slice(bytes)
        .map_err(|error| Failure::evidence(what()).caused_by(&error))?;
    Ok((value.to_string().into_bytes(), root.as_of()))
}
