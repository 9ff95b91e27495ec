//! Settings of `go-image build` as they are given, and what they come to.

use robot_contract::{Failure, Provenance};
use robot_oci::{Platform, Reference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of `go-image build`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Repository to push to, such as ghcr.io/acme/robot; without it, only files are written
    #[arg(long, value_name = "NAME")]
    pub image: Option<String>,
    /// Tags that point to the image once all of it is pushed [default: sha- and 12 digits of the commit]
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub image_tags: Vec<String>,
    /// Whether to push to `image`; when false, the image is only built and named
    #[arg(long, default_value_t = true)]
    pub push: bool,
    /// Platforms, as GOOS/GOARCH[/variant]
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', default_value = "linux/amd64")]
    pub platforms: Vec<String>,
    /// Packages whose programs go into the image, as patterns of `go build`
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', default_value = "./...")]
    pub packages: Vec<String>,
    /// Program that the image starts [default: the only one, or the one with the module's name]
    #[arg(long, value_name = "NAME")]
    pub entrypoint: Option<String>,
    /// Arguments that the program gets where whoever starts the image names none
    #[arg(long, value_name = "ARGUMENT", value_delimiter = ',', allow_hyphen_values = true)]
    pub arguments: Vec<String>,
    /// Image to build on, with its digest: NAME@sha256:…; its files take the place of certificates, users and `/tmp` [default: none]
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Flags for the linker; {commit}, {version} and {time} stand for the commit's
    #[arg(long, value_name = "FLAGS", default_value = "-s -w", allow_hyphen_values = true)]
    pub ldflags: String,
    /// Version for labels and `ldflags` [default: the commit]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Files and folders of the checkout for the image, each SOURCE:/DESTINATION
    #[arg(long, value_name = "FILES", value_delimiter = ',')]
    pub files: Vec<String>,
    /// Variables of the program, each NAME=VALUE; never secrets
    #[arg(long, value_name = "VARIABLE", value_delimiter = ',')]
    pub environment: Vec<String>,
    /// Labels and annotations beside the standard ones, each NAME=VALUE
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub labels: Vec<String>,
    /// User and group that the program runs as, by number
    #[arg(long, value_name = "UID:GID", default_value = "65532:65532")]
    pub user: String,
    /// Whether Go's time zones go into the image
    #[arg(long)]
    pub tzdata: bool,
    /// Whether an SPDX list of the modules is attached to the image
    #[arg(long, default_value_t = true)]
    pub sbom: bool,
    /// Whether changes that are not committed may go into the image, which then nobody can verify
    #[arg(long)]
    pub allow_dirty: bool,
    /// Packages that use cgo and do their work without it, by import path
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    pub allow_without_cgo: Vec<String>,
    /// Folder for the image as an OCI layout [default: `image` in the folder of results where nothing is pushed]
    #[arg(long, value_name = "DIR")]
    pub layout: Option<PathBuf>,
    /// File for the image as `docker load` takes it; of one platform only
    #[arg(long, value_name = "FILE")]
    pub docker_archive: Option<PathBuf>,
    /// Repository of the same registry whose blobs are taken instead of being sent
    #[arg(long, value_name = "NAME")]
    pub mount_from: Option<String>,
    /// User of `registry-password`
    #[arg(long, value_name = "USER")]
    pub registry_username: Option<String>,
    /// Whether the registry is asked by plain HTTP; one on this machine is in any case
    #[arg(long)]
    pub insecure_registry: bool,
}

/// Settings as the verb uses them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    pub(crate) input: Input,
    pub(crate) platforms: Vec<Platform>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) user: (u32, u32),
}

impl Input {
    pub(crate) fn resolve(self, provenance: &Provenance) -> Result<Settings, Failure> {
        let wrong =
            |key: &str, why: String| Failure::user(format!("{}: {why}", provenance.place(key)));
        let mut platforms = Vec::new();
        for text in &self.platforms {
            let platform: Platform =
                text.parse().map_err(|error| wrong("platforms", format!("{error}")))?;
            if platforms.iter().any(|known: &Platform| known.is_same(&platform)) {
                return Err(wrong("platforms", format!("`{text}` is named twice")));
            }
            if platform.os != "linux" {
                let why = format!("`{text}` is not a platform of linux, and images are");
                return Err(wrong("platforms", why));
            }
            platforms.push(platform);
        }
        if platforms.is_empty() {
            return Err(wrong("platforms", "no platform is named".to_owned()));
        }
        let mut files = Vec::new();
        for text in &self.files {
            let pair = text.rsplit_once(':').filter(|(source, to)| {
                !source.is_empty() && to.starts_with('/') && !to.split('/').any(|part| part == "..")
            });
            let (source, to) = pair.ok_or_else(|| {
                let why = format!("invalid value `{text}`: expected SOURCE:/DESTINATION");
                wrong("files", why)
            })?;
            files.push((source.to_owned(), to.trim_matches('/').to_owned()));
        }
        for (key, list) in [("environment", &self.environment), ("labels", &self.labels)] {
            let is_pair =
                |text: &&String| text.split_once('=').is_none_or(|(name, _)| name.is_empty());
            if let Some(text) = list.iter().find(is_pair) {
                return Err(wrong(key, format!("invalid value `{text}`: expected NAME=VALUE")));
            }
        }
        let user = self.user.split_once(':').unwrap_or((&self.user, &self.user));
        let user = user.0.parse().ok().zip(user.1.parse().ok());
        let user = user.ok_or_else(|| {
            wrong("user", format!("invalid value `{}`: expected two numbers", self.user))
        })?;
        if let Some(image) = &self.image {
            let reference: Reference =
                image.parse().map_err(|error| wrong("image", format!("{error}")))?;
            if reference.tag.is_some() || reference.digest.is_some() {
                let why = format!("`{image}` names a tag or a digest");
                return Err(wrong("image", why).hint("name tags with `image-tags`"));
            }
        }
        if let Some(base) = &self.base {
            let reference: Reference =
                base.parse().map_err(|error| wrong("base", format!("{error}")))?;
            if reference.digest.is_none() {
                let hint = "write the image as NAME@sha256:…; a tag can be moved to other content";
                return Err(wrong("base", format!("`{base}` has no digest")).hint(hint));
            }
        }
        if self.docker_archive.is_some() && platforms.len() > 1 {
            let why = "an archive for `docker load` is of one platform, and there are several";
            return Err(wrong("docker-archive", why.to_owned()).hint("use `layout`"));
        }
        Ok(Settings { input: self, platforms, files, user })
    }
}
