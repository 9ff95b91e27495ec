//! The image's configuration, manifests and index.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md>

use crate::archive::Layer;
use crate::base;
use crate::recipe::Recipe;
use crate::root_files::TIME_ZONES;
use robot_contract::Failure;
use robot_oci::{Annotations, Index, Manifest, Part, Platform, Upload, media_type};
use serde::Serialize;
use std::collections::BTreeMap;

/// Where programs are, which is in `PATH` of most images.
pub(crate) const PROGRAMS: &str = "usr/local/bin";

/// The image of one platform.
#[derive(Debug)]
pub(crate) struct PlatformImage {
    pub(crate) platform: Platform,
    pub(crate) layers: Vec<Layer>,
    pub(crate) config: Part,
    pub(crate) manifest: Part,
}

#[derive(Serialize)]
struct Config<'a> {
    created: String,
    architecture: &'a str,
    os: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    config: Run<'a>,
    rootfs: RootFiles,
    history: Vec<History<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Run<'a> {
    user: String,
    env: Vec<String>,
    entrypoint: [String; 1],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    cmd: &'a [String],
    working_dir: &'static str,
    labels: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct RootFiles {
    r#type: &'static str,
    diff_ids: Vec<String>,
}

#[derive(Serialize)]
struct History<'a> {
    created: String,
    created_by: &'static str,
    comment: &'a str,
}

/// Makes the image of a platform from its layers.
pub(crate) fn of_platform(
    recipe: &Recipe,
    platform: &Platform,
    entrypoint: &str,
    layers: Vec<Layer>,
    of_base: &[String],
) -> Result<PlatformImage, Failure> {
    let input = &recipe.settings.input;
    let (uid, gid) = recipe.settings.user;
    let mut env = of_base.to_vec();
    if input.base.is_none() {
        env = vec![format!("PATH=/{PROGRAMS}:/usr/bin:/bin"), "HOME=/home/nonroot".to_owned()];
    }
    if input.tzdata {
        set(&mut env, format!("ZONEINFO=/{TIME_ZONES}"));
    }
    input.environment.iter().for_each(|variable| set(&mut env, variable.clone()));
    let created = recipe.time.to_string();
    let history = |layer: &Layer| History {
        created: created.clone(),
        created_by: "robot-actions go-image",
        comment: layer.comment,
    };
    let config = Config {
        created: created.clone(),
        architecture: &platform.architecture,
        os: &platform.os,
        variant: platform.variant.as_deref(),
        config: Run {
            user: format!("{uid}:{gid}"),
            env,
            entrypoint: [format!("/{PROGRAMS}/{entrypoint}")],
            cmd: &input.arguments,
            working_dir: "/",
            labels: annotations(recipe),
        },
        rootfs: RootFiles {
            r#type: "layers",
            diff_ids: layers.iter().map(|layer| layer.diff_id.to_string()).collect(),
        },
        history: layers.iter().map(history).collect(),
    };
    let config = Part::new(media_type::CONFIG, json(&config)?);
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(media_type::MANIFEST.to_owned()),
        artifact_type: None,
        config: config.descriptor.clone(),
        layers: layers.iter().map(|layer| layer.part.descriptor.clone()).collect(),
        subject: None,
        annotations: annotations(recipe),
    };
    let manifest = Part::new(media_type::MANIFEST, json(&manifest)?);
    Ok(PlatformImage { platform: platform.clone(), layers, config, manifest })
}

/// Sets a variable, each `NAME=VALUE`, in place of one that is there.
fn set(variables: &mut Vec<String>, variable: String) {
    let name = variable.split('=').next().unwrap_or_default().to_owned();
    variables.retain(|known| known.split('=').next() != Some(&name));
    variables.push(variable);
}

/// All that is pushed, the root last: the image itself, or an index of several.
pub(crate) fn upload(recipe: &Recipe, images: &[PlatformImage]) -> Result<Upload, Failure> {
    let mut upload = Upload::default();
    let mut add = |part: &Part| {
        let is_known = |known: &Part| known.descriptor.digest == part.descriptor.digest;
        if !upload.blobs.iter().any(is_known) {
            upload.blobs.push(part.clone());
        }
    };
    for image in images {
        image.layers.iter().for_each(|layer| add(&layer.part));
        add(&image.config);
    }
    upload.manifests = images.iter().map(|image| image.manifest.clone()).collect();
    if images.len() > 1 {
        let children = images.iter().map(|image| {
            let mut child = image.manifest.descriptor.clone();
            child.platform = Some(image.platform.clone());
            child
        });
        let mut index = Index::new(children.collect());
        index.annotations = annotations(recipe);
        upload.manifests.push(Part::new(media_type::INDEX, json(&index)?));
    }
    Ok(upload)
}

/// The standard names, and the user's own.
/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md>
fn annotations(recipe: &Recipe) -> Annotations {
    let name = |name: &str| format!("org.opencontainers.image.{name}");
    let mut all = Annotations::from([
        (name("created"), recipe.time.to_string()),
        (name("revision"), recipe.commit.clone()),
        (name("title"), recipe.title().to_owned()),
        (name("version"), recipe.version().to_owned()),
    ]);
    if let Some(base) = base::named(recipe) {
        all.extend(base.digest.as_ref().map(|digest| (name("base.digest"), digest.to_string())));
        all.insert(name("base.name"), base.name());
    }
    all.extend(recipe.source.iter().map(|source| (name("source"), source.clone())));
    let own = recipe.settings.input.labels.iter().filter_map(|label| label.split_once('='));
    all.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    all
}

pub(crate) fn json(document: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(document)
        .map_err(|error| Failure::internal("a document cannot be written").caused_by(&error))
}
