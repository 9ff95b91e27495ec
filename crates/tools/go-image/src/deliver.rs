//! Where the image goes: a registry, folders.

use crate::base;
use crate::layout::{write_docker_archive, write_layout};
use crate::made::Made;
use crate::recipe::Recipe;
use robot_contract::{Context, Failure};
use robot_oci::{
    Access, Error, InvalidReference, Options, Pushed, Reference, Repository, block_on,
};
use std::path::PathBuf;

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// `ghcr.io/acme/robot@sha256:…`, where it has a repository.
    pub(crate) reference: Option<String>,
    pub(crate) pushed: Option<Pushed>,
    pub(crate) tags: Vec<String>,
    pub(crate) layout: Option<PathBuf>,
}

/// Writes and pushes the image.
pub(crate) fn deliver(
    made: &Made,
    recipe: &Recipe,
    context: &mut Context,
) -> Result<Delivered, Failure> {
    let input = &recipe.settings.input;
    let repository = match &input.image {
        Some(name) => Some(
            name.parse::<Reference>()
                .map_err(|error| Failure::user("`image` cannot be used").caused_by(&error))?,
        ),
        None => None,
    };
    let mut tags = input.image_tags.clone();
    if tags.is_empty() {
        tags.push(format!("sha-{}", recipe.commit.get(..12).unwrap_or(&recipe.commit)));
    }
    let mut delivered = Delivered { tags, ..Delivered::default() };
    let is_pushed = input.push && repository.is_some();
    let layout = match (&input.layout, is_pushed) {
        (Some(folder), _) => Some(context.absolute(folder)),
        (None, true) => None,
        (None, false) => Some(context.output_directory()?.join("image")),
    };
    if let Some(folder) = layout {
        write_layout(made, &delivered.tags[0], &folder)?;
        delivered.layout = Some(folder);
    }
    if let Some(path) = &input.docker_archive {
        let name = match &repository {
            Some(name) => name.clone(),
            // What `docker load` takes for a name of its own.
            None => recipe.title().to_lowercase().parse().map_err(|error: InvalidReference| {
                Failure::user("the module's name cannot name an image")
                    .caused_by(&error)
                    .hint("set `image`")
            })?,
        };
        let names: Vec<Reference> = delivered.tags.iter().map(|tag| name.with_tag(tag)).collect();
        write_docker_archive(made, &names, &context.absolute(path))?;
    }
    let Some(reference) = repository else { return Ok(delivered) };
    if input.push {
        let pushed =
            context.phase("push", |context| push(made, &reference, &delivered, recipe, context));
        delivered.pushed = Some(pushed?);
    }
    delivered.reference = Some(reference.with_digest(&made.digest).to_string());
    Ok(delivered)
}

fn push(
    made: &Made,
    reference: &Reference,
    delivered: &Delivered,
    recipe: &Recipe,
    context: &Context,
) -> Result<Pushed, Failure> {
    let input = &recipe.settings.input;
    let mut options = Options::of(context, input.registry_username.as_deref());
    options.is_insecure = input.insecure_registry;
    let what = || format!("the image cannot be pushed to {}", reference.name());
    let repository = Repository::open(context, reference, Access::Push, &options)
        .map_err(|error| error.into_failure(what()))?;
    // What the registry has of the base needs not be sent.
    let base = base::named(recipe).filter(|base| base.registry == reference.registry);
    let base = base.map(|base| base.repository);
    let mount_from = input.mount_from.as_deref().or(base.as_deref());
    let push = repository.push(&made.upload, &delivered.tags, mount_from);
    let pushed = block_on(push).map_err(|error| Error::from(error).into_failure(what()))?;
    pushed.map_err(|error| error.into_failure(what()))
}
