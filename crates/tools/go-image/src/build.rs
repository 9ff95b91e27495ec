//! `go-image build`: makes the image, and leaves its digest.

use crate::cause::BuildCause;
use crate::deliver::{Delivered, deliver};
use crate::input::{Input, Settings};
use crate::made::{Made, make};
use crate::programs::Refused;
use crate::recipe::{Recipe, dirty};
use robot_contract::{
    Action, Context, Evidence as _, Failure, Leaves, Outcome, Provenance, Requirement,
    ResultExt as _, Secret,
};
use robot_evidence::ImageBuilt;
use robot_model::{Block, Figure, Finding, Metric, Report, Table, Unit, Verdict};
use robot_render::counted;
use schemars::JsonSchema;
use serde::Serialize;

/// Paths of changed files that are told.
const TOLD: usize = 20;

/// `go-image build`.
#[derive(Debug)]
pub struct Build;

/// The image.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Digest of the image, or of the index of several platforms
    pub digest: String,
    /// The image by its digest, `ghcr.io/acme/robot@sha256:…`; empty where no `image` is named
    pub reference: String,
    /// Digest of the attached list of modules
    pub sbom_digest: String,
    /// Platforms, separated by commas
    pub platforms: String,
    /// Folder with the image as an OCI layout, where one was written
    pub layout: String,
    /// Compressed size of the image, bytes
    pub bytes: u64,
    /// Bytes that were sent to the registry
    pub uploaded_bytes: u64,
}

impl Action for Build {
    const TOOL: &'static str = "go-image";
    const VERB: Option<&'static str> = Some("build");
    const ABOUT: &'static str = "Build an image of static Go programs, push it, leave its digest";
    const REQUIRES: &'static [Requirement] = &[robot_go_command::MODULE];
    const LEAVES: &'static [Leaves] = &[Leaves { kind: ImageBuilt::KIND, unless_off: None }];
    const SECRETS: &'static [Secret] = &[robot_oci::PASSWORD, robot_oci::GITHUB_TOKEN];
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = BuildCause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        input.resolve(provenance)
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, BuildCause>, Failure> {
        // What an earlier build left must not pass for this one's.
        let results = context.output_directory()?;
        ImageBuilt::KIND
            .forget(&results)
            .or_external(|| "the evidence of an earlier build cannot be removed".to_owned())?;
        let recipe = Recipe::read(settings, context)?;
        let changed = dirty(context)?;
        if !changed.is_empty() && !recipe.settings.input.allow_dirty {
            let told = changed.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
            let headline = format!("{} not committed", counted(changed.len(), "changed file"));
            let detail = format!(
                "{told}\nhint: commit, ignore the files with .gitignore, or set `allow-dirty`"
            );
            return Ok(refused(&Refused::new(BuildCause::DirtyTree, headline, &detail)));
        }
        let made = match make(&recipe, context)? {
            Ok(made) => made,
            Err(why) => return Ok(refused(&why)),
        };
        let delivered = deliver(&made, &recipe, context)?;
        let evidence = ImageBuilt {
            reference: delivered.reference.clone(),
            digest: made.digest.to_string(),
            sbom: made.sbom.as_ref().map(ToString::to_string),
            platforms: made.platforms.clone(),
            is_dirty: !changed.is_empty(),
            recipe: serde_json::to_value(&recipe).map_err(|error| {
                Failure::internal("the recipe cannot be written").caused_by(&error)
            })?,
        };
        context.leave(&evidence)?;
        Ok(told(&made, &delivered))
    }
}

fn refused(why: &Refused) -> Outcome<Output, BuildCause> {
    let mut report = Report::new(why.headline.clone());
    let detail = match why.cause {
        BuildCause::BuildFail | BuildCause::DirtyTree => why.detail.clone(),
        _ => format!("hint: {}", why.detail),
    };
    let finding = Finding::error("go-image", why.headline.clone()).detail(detail);
    report.push(Block::findings("No image", [finding]));
    Outcome::because(Verdict::Fail, why.cause, Output::default(), report)
}

fn told(made: &Made, delivered: &Delivered) -> Outcome<Output, BuildCause> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let platforms: Vec<&str> = made.platforms.iter().map(|one| &*one.platform).collect();
    let output = Output {
        digest: made.digest.to_string(),
        reference: text(delivered.reference.clone()),
        sbom_digest: text(made.sbom.as_ref().map(ToString::to_string)),
        platforms: platforms.join(","),
        layout: text(delivered.layout.as_ref().map(|folder| folder.display().to_string())),
        bytes: made.bytes,
        uploaded_bytes: delivered.pushed.map_or(0, |pushed| pushed.bytes),
    };
    let what = delivered.reference.clone().unwrap_or_else(|| made.digest.to_string());
    let done = if delivered.pushed.is_some() { "pushed" } else { "built" };
    let mut report = Report::new(format!("{done} {what}"));
    let size = |name: &str, value: u64| Figure {
        name: name.to_owned(),
        value: value as f64,
        unit: Unit::Bytes,
    };
    report.figures.push(size("image", made.bytes));
    report.figures.push(size("beside programs", made.bytes_beside_programs));
    if let Some(pushed) = delivered.pushed {
        report.figures.push(size("uploaded", pushed.bytes));
        let tags = delivered.tags.join(", ");
        let blobs = counted(pushed.uploaded, "blob");
        report.push(Block::text(format!(
            "{blobs} sent, {} taken from another repository, {} there already; tags: {tags}",
            pushed.mounted, pushed.present
        )));
    }
    let mut table = Table::new("Platforms", ["platform", "digest", "programs"]);
    for one in &made.platforms {
        let names: Vec<&str> = one.programs.iter().map(|program| &*program.path).collect();
        table.row([one.platform.clone(), one.digest.clone(), names.join(", ")]);
    }
    report.push(Block::Table(table));
    let metric = |name: &str, value: u64| Metric::measured(name, "By", value as f64);
    let metrics = vec![
        metric("image.bytes", made.bytes),
        metric("image.bytes_beside_programs", made.bytes_beside_programs),
        metric("image.uploaded_bytes", output.uploaded_bytes),
    ];
    Outcome::pass(output, report).measured(metrics)
}
