//! The image that ours is built on, where one is named: its layers are taken as they are.

use crate::archive::Layer;
use crate::recipe::Recipe;
use robot_contract::{Context, Failure};
use robot_oci::{
    Access, Descriptor, Digest, Error, Options, Part, Platform, Reference, Repository, block_on,
    media_type,
};
use serde::Deserialize;

/// Bytes of all compressed layers together.
const MOST: u64 = 512 << 20;
/// Layers that runtimes can stack.
const LAYERS: usize = 120;
/// Largest configuration, bytes.
const CONFIG: u64 = 4 << 20;

/// What an image for one platform takes from its base.
#[derive(Debug, Clone, Default)]
pub(crate) struct Base {
    pub(crate) layers: Vec<Layer>,
    /// Variables, each `NAME=VALUE`.
    pub(crate) environment: Vec<String>,
}

/// What is read of its configuration.
/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md>
#[derive(Deserialize)]
struct Config {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    config: Run,
    rootfs: RootFiles,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Run {
    env: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct RootFiles {
    diff_ids: Vec<Digest>,
}

/// The base, if the recipe has one.
pub(crate) fn named(recipe: &Recipe) -> Option<Reference> {
    recipe.settings.input.base.as_ref().and_then(|base| base.parse().ok())
}

/// Reads the base for a platform; nothing where none is named.
pub(crate) fn fetch(
    recipe: &Recipe,
    platform: &Platform,
    context: &Context,
) -> Result<Base, Failure> {
    let Some(reference) = named(recipe) else { return Ok(Base::default()) };
    let input = &recipe.settings.input;
    let image = input.image.as_deref().and_then(|image| image.parse::<Reference>().ok());
    let mut options = Options::of(context, input.registry_username.as_deref());
    if image.is_none_or(|image| image.registry != reference.registry) {
        // The password is for where the image goes.
        (options.username, options.password) = (None, None);
    } else {
        options.is_insecure = input.insecure_registry;
    }
    let what = || format!("the base image {reference} for {platform} cannot be used");
    let failed = |error: Error| error.into_failure(what());
    let repository =
        Repository::open(context, &reference, Access::Pull, &options).map_err(failed)?;
    let read = read(&repository, &reference, platform);
    block_on(read).map_err(|error| failed(Error::from(error)))?.map_err(|refusal| match refusal {
        Refusal::Registry(error) => failed(error),
        Refusal::Content(why) => Failure::user(format!("{}: {why}", what())),
    })
}

enum Refusal {
    Registry(Error),
    /// It is there, and nothing can be built on it.
    Content(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Registry(error)
    }
}

async fn read(
    repository: &Repository,
    reference: &Reference,
    platform: &Platform,
) -> Result<Base, Refusal> {
    let refused = |why: String| Err(Refusal::Content(why));
    let root = repository.manifest(reference).await?;
    let (_, manifest) = repository.image(&root, platform).await?;
    let config = repository.blob(&manifest.config, CONFIG).await?;
    let config: Config = match serde_json::from_slice(&config) {
        Ok(config) => config,
        Err(error) => return refused(format!("its configuration is not valid: {error}")),
    };
    let own = Platform {
        architecture: config.architecture,
        os: config.os,
        variant: config.variant.filter(|variant| !variant.is_empty()),
    };
    // A variant is often left out of configurations; that of an index was compared.
    if (&own.os, &own.architecture) != (&platform.os, &platform.architecture) {
        return refused(format!("it is for {own}"));
    }
    if manifest.layers.len() != config.rootfs.diff_ids.len() || manifest.layers.len() > LAYERS {
        let (layers, ids) = (manifest.layers.len(), config.rootfs.diff_ids.len());
        return refused(format!(
            "it has {layers} layers, its configuration names {ids}, and at most {LAYERS} are taken"
        ));
    }
    let mut left = MOST;
    let mut base = Base { layers: Vec::new(), environment: config.config.env.unwrap_or_default() };
    for (descriptor, diff_id) in manifest.layers.iter().zip(config.rootfs.diff_ids) {
        let Some(media_type) = layer_type(descriptor) else {
            return refused(format!("layers of type {} are not taken", descriptor.media_type));
        };
        let Some(rest) = left.checked_sub(descriptor.size) else {
            return refused(format!("its layers have more than {} MiB", MOST >> 20));
        };
        left = rest;
        let content = repository.blob(descriptor, descriptor.size).await?;
        let part = Part::new(media_type, content);
        base.layers.push(Layer { part, diff_id, comment: "base image" });
    }
    Ok(base)
}

/// The OCI name of a layer's type: Docker's has the same content.
fn layer_type(descriptor: &Descriptor) -> Option<&'static str> {
    match &*descriptor.media_type {
        media_type::LAYER | "application/vnd.docker.image.rootfs.diff.tar.gzip" => {
            Some(media_type::LAYER)
        }
        "application/vnd.oci.image.layer.v1.tar+zstd" => {
            Some("application/vnd.oci.image.layer.v1.tar+zstd")
        }
        "application/vnd.oci.image.layer.v1.tar" => Some("application/vnd.oci.image.layer.v1.tar"),
        _ => None,
    }
}
