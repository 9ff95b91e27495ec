//! `go-image verify`: builds the commit again elsewhere, with nothing of this build, and compares.

use crate::cause::VerifyCause;
use crate::difference::differences;
use crate::made::make;
use crate::recipe::Recipe;
use robot_contract::{
    Action, Context, Evidence as _, Failure, Outcome, Provenance, Requirement, ResultExt as _,
    Secret, Takes,
};
use robot_evidence::ImageBuilt;
use robot_golang::toolchain::GoEnvironment;
use robot_model::{Block, Finding, Report, Table, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `go-image verify`.
#[derive(Debug)]
pub struct Verify;

/// Settings of `go-image verify`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {}

/// What the second build came to.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Whether the second build is the same image
    pub reproducible: bool,
    /// Digest that `go-image build` left
    pub digest: String,
    /// Digest of the second build
    pub rebuilt_digest: String,
}

impl Action for Verify {
    const TOOL: &'static str = "go-image";
    const VERB: Option<&'static str> = Some("verify");
    const ABOUT: &'static str = "Build the image again elsewhere, with empty caches, and compare";
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    // For a base image.
    const SECRETS: &'static [Secret] = &[robot_oci::PASSWORD, robot_oci::GITHUB_TOKEN];
    const TAKES: &'static [Takes] = &[Takes { kind: ImageBuilt::KIND, unless_set: None }];
    type Input = Input;
    type Settings = Input;
    type Output = Output;
    type Cause = VerifyCause;

    fn resolve(input: Input, _: &Provenance) -> Result<Input, Failure> {
        Ok(input)
    }

    fn execute(_: Input, context: &mut Context) -> Result<Outcome<Output, VerifyCause>, Failure> {
        let built = context.require::<ImageBuilt>()?;
        let output = Output { digest: built.digest.clone(), ..Output::default() };
        if built.is_dirty {
            let report = Report::new("the image holds changes that are not committed");
            let (verdict, cause) = (Verdict::Inconclusive, VerifyCause::DirtyTree);
            return Ok(Outcome::because(verdict, cause, output, report));
        }
        let recipe: Recipe = serde_json::from_value(built.recipe.clone()).map_err(|error| {
            Failure::evidence("the evidence of the build cannot be used").caused_by(&error)
        })?;
        let folder = tempfile::tempdir()
            .or_external(|| "there is no folder for the second build".to_owned())?;
        let mut elsewhere = elsewhere(context, &recipe, folder.path())?;
        let made = context.phase("rebuild", |_| make(&recipe, &mut elsewhere))?;
        remove(context, folder);
        let made = match made {
            Ok(made) => made,
            Err(refused) => {
                let mut report = Report::new(format!("second build: {}", refused.headline));
                let finding = Finding::error("go-image", refused.headline).detail(refused.detail);
                report.push(Block::findings("The second build", [finding]));
                let cause = VerifyCause::BuildFail;
                return Ok(Outcome::because(Verdict::Fail, cause, output, report));
            }
        };
        let rebuilt_digest = made.digest.to_string();
        let reproducible = rebuilt_digest == output.digest;
        let output = Output { reproducible, rebuilt_digest, ..output };
        if reproducible {
            let report =
                Report::new(format!("built again elsewhere, the image is {}", output.digest));
            return Ok(Outcome::pass(output, report));
        }
        let mut table = Table::new("Differences", ["platform", "file", "what", "first", "second"]);
        let layers = made.images.first().map(|image| image.layers.as_slice()).unwrap_or_default();
        let names: Vec<&str> = layers.iter().map(|layer| layer.comment).collect();
        let found = differences(&built.platforms, &made.platforms, &names);
        for one in &found {
            table.row([&*one.platform, &one.file, &one.what, &one.first, &one.second]);
        }
        let headline = match found.first() {
            Some(one) => format!("the second build differs: {} of {}", one.what, one.file),
            None => "the second build differs in its index".to_owned(),
        };
        let mut report = Report::new(headline.clone());
        let finding = Finding::error("go-image", headline)
            .detail("hint: fix the setting that is named for both builds, such as the version of Go in go.mod");
        report.push(Block::findings("Not reproducible", [finding]));
        report.push(Block::Table(table));
        Ok(Outcome::because(Verdict::Fail, VerifyCause::Differs, output, report))
    }
}

/// A clone of the commit, with a home and caches of its own. Modules come from the archives that the
/// first build downloaded, and go.sum vouches for them again.
fn elsewhere(context: &Context, recipe: &Recipe, folder: &Path) -> Result<Context, Failure> {
    let ask = robot_go_command::go(context, "env", &[]).args(["-json", "GOMODCACHE"]);
    let told = robot_go_command::run(&ask, context)?;
    let go = GoEnvironment::parse(&told.stdout).or_external(|| "`go env` failed".to_owned())?;
    let archives = go.module_cache().map(|cache| cache.join("cache/download"));
    let below = context.folder_in_repository();
    let depth = below.components().count();
    let root = context.directory.ancestors().nth(depth).unwrap_or(&context.directory);
    let checkout = folder.join("checkout");
    let git = |arguments: &[&str]| {
        let command = context.git().args(arguments.iter().copied()).current_directory(root);
        let ended = command.run(&context.cancellation);
        let ended = ended.and_then(|ended| ended.require_success(&command));
        ended.map(drop).or_external(|| "the commit cannot be cloned".to_owned())
    };
    let (from, to) = (root.display().to_string(), checkout.display().to_string());
    git(&["clone", "--quiet", "--no-checkout", "--shared", "--", &from, &to])?;
    git(&["-C", &to, "checkout", "--quiet", "--detach", &recipe.commit])?;
    let mut environment = context.environment.clone();
    for (name, path) in [("HOME", "home"), ("GOCACHE", "build"), ("GOMODCACHE", "modules")] {
        let path = folder.join(path);
        fs_err::create_dir_all(&path)
            .or_external(|| "a folder of the second build cannot be made".to_owned())?;
        environment.set(name, path);
    }
    environment.set("TZ", "Pacific/Kiritimati");
    environment.set("GOENV", "off");
    // Where `docker login` left what a base image may need.
    if environment.path("DOCKER_CONFIG").is_none()
        && let Some(home) = context.environment.path("HOME")
    {
        environment.set("DOCKER_CONFIG", home.join(".docker"));
    }
    if let Some(archives) = archives.filter(|archives| archives.is_dir()) {
        environment.set("GOPROXY", format!("file://{}", archives.display()));
        // The archives of private modules are there, too.
        environment.set("GONOPROXY", "none");
    }
    Ok(Context::new(environment, checkout.join(below), context.cancellation.clone()))
}

/// Files of a module cache are read-only.
fn remove(context: &Context, folder: tempfile::TempDir) {
    let clean = robot_go_command::go(context, "clean", &[]).arg("-modcache");
    let clean = clean.env("GOMODCACHE", folder.path().join("modules"));
    // What is left is in the folder for temporary files.
    let _ = robot_go_command::run(&clean, context);
    let _ = folder.close();
}
