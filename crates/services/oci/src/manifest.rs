//! Manifests and indexes, with types of our own: maps are sorted, so that what is written twice has the
//! same digest, and what others add breaks nothing.
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md>

use crate::{Digest, media_type};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Annotations of content.
pub type Annotations = BTreeMap<String, String>;

/// Entries of an index, and layers of a manifest, that are read at most.
const MOST: usize = 1000;

/// What content is, and how to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Of all of its bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// Of a manifest: what the artifact is. Fallback tags may lack it or have it wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Of an image in an index: what it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Anything more.
    #[serde(default, deserialize_with = "or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

impl Descriptor {
    /// The descriptor of `content`.
    pub fn of(media_type: &str, content: &[u8]) -> Self {
        let digest = Digest::of(content);
        Self::new(media_type, digest, content.len() as u64)
    }

    /// A descriptor without anything more.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            artifact_type: None,
            platform: None,
            annotations: Annotations::new(),
        }
    }
}

/// What an image runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// As Go's `GOARCH`: `amd64`.
    pub architecture: String,
    /// As Go's `GOOS`: `linux`.
    pub os: String,
    /// Of the architecture: `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// Whether what is made for it runs here; a variant that is not given is the usual one.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.os, &self.architecture, self.usual_variant())
            == (&other.os, &other.architecture, other.usual_variant())
    }

    fn usual_variant(&self) -> &str {
        match (&*self.architecture, self.variant.as_deref()) {
            ("arm64", None) => "v8",
            ("arm", None) => "v7",
            ("amd64", None) => "v1",
            (_, variant) => variant.unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(formatter, "/{variant}"))
    }
}

/// A text that does not name a platform.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{0}` is not a platform: expected something like `linux/arm64` or `linux/arm/v7`")]
pub struct InvalidPlatform(String);

impl std::str::FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let is_word = |word: &&str| {
            (1..=20).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let words: Vec<&str> = text.split('/').collect();
        let words = Some(words).filter(|words| words.iter().all(|word| is_word(word)));
        let (os, architecture, variant) = match words.as_deref() {
            Some([os, architecture]) => (os, architecture, None),
            Some([os, architecture, variant]) => (os, architecture, Some((*variant).to_owned())),
            _ => return Err(InvalidPlatform(text.chars().take(100).collect())),
        };
        Ok(Self { architecture: (*architecture).to_owned(), os: (*os).to_owned(), variant })
    }
}

/// An image of one platform, or an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// [`media_type::MANIFEST`]; old writers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What the artifact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// From the lowest.
    #[serde(default, deserialize_with = "or_null")]
    pub layers: Vec<Descriptor>,
    /// What it says something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Anything more.
    #[serde(default, deserialize_with = "or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

impl Manifest {
    /// What the artifact is: by the specification the type of its configuration, where the manifest does
    /// not say.
    pub fn artifact_type(&self) -> &str {
        self.artifact_type.as_deref().unwrap_or(&self.config.media_type)
    }
}

/// A list of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// [`media_type::INDEX`]; old writers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What the artifact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The list.
    #[serde(default, deserialize_with = "or_null")]
    pub manifests: Vec<Descriptor>,
    /// What it says something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Anything more.
    #[serde(default, deserialize_with = "or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

impl Index {
    /// An index of these manifests.
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: Annotations::new(),
        }
    }

    /// The image for a platform.
    pub fn child(&self, platform: &Platform) -> Option<&Descriptor> {
        let runs = |one: &Platform| one.is_same(platform);
        self.manifests.iter().find(|one| one.platform.as_ref().is_some_and(runs))
    }
}

/// What a registry has under a tag or a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An image of one platform, or an artifact.
    Manifest(Manifest),
    /// A list of them.
    Index(Index),
}

/// The fields by which a document tells what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    config: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    layers: Option<serde::de::IgnoredAny>,
}

impl Content {
    /// Reads a document that came with this media type. A document that can be read as an image and as
    /// an index, or says itself that it is something else, is refused: readers would disagree on it
    /// (CVE-2021-41190).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(media_type: &str, bytes: &[u8]) -> Result<Self, String> {
        let invalid = |error: serde_json::Error| format!("not valid: {error}");
        let kind: Kind = serde_json::from_slice(bytes).map_err(invalid)?;
        if kind.schema_version != 2 {
            return Err(format!("schema version {} is not supported", kind.schema_version));
        }
        if let Some(own) = kind.media_type.filter(|own| own != media_type) {
            let own: String = own.chars().take(100).collect();
            return Err(format!("it came as `{media_type}` and says that it is `{own}`"));
        }
        let is_image = kind.config.is_some() || kind.layers.is_some();
        if is_image && kind.manifests.is_some() {
            return Err("it is an image and an index at once".to_owned());
        }
        let count = |count: usize| match count {
            ..=MOST => Ok(()),
            _ => Err(format!("it has {count} entries, more than {MOST}")),
        };
        match media_type {
            media_type::INDEX | media_type::DOCKER_INDEX if is_image => {
                Err("it came as an index and is an image".to_owned())
            }
            media_type::INDEX | media_type::DOCKER_INDEX => {
                let index: Index = serde_json::from_slice(bytes).map_err(invalid)?;
                count(index.manifests.len())?;
                Ok(Self::Index(index))
            }
            media_type::MANIFEST | media_type::DOCKER_MANIFEST => {
                let manifest: Manifest = serde_json::from_slice(bytes).map_err(invalid)?;
                count(manifest.layers.len())?;
                Ok(Self::Manifest(manifest))
            }
            other => {
                let other: String = other.chars().take(100).collect();
                Err(format!("the media type `{other}` is not supported"))
            }
        }
    }
}

/// Go writes empty lists and maps as `null`.
fn or_null<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(media_type: &str, document: &Value) -> Result<Content, String> {
        Content::read(media_type, document.to_string().as_bytes())
    }

    fn descriptor() -> Value {
        json!({ "mediaType": "x/y", "digest": Digest::of(b"").as_str(), "size": 0 })
    }

    #[test]
    fn a_document_is_what_it_came_as_or_is_refused() {
        let image = json!({ "schemaVersion": 2, "config": descriptor(), "layers": null });
        let index = json!({ "schemaVersion": 2, "manifests": [], "annotations": null });
        assert!(matches!(read(media_type::MANIFEST, &image), Ok(Content::Manifest(_))));
        assert!(matches!(read(media_type::DOCKER_INDEX, &index), Ok(Content::Index(_))));
        let both = json!({ "schemaVersion": 2, "config": descriptor(), "manifests": [] });
        let other = json!({ "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [] });
        let many = vec![descriptor(); MOST + 1];
        let many = json!({ "schemaVersion": 2, "manifests": many });
        for (media_type, document, why) in [
            (media_type::MANIFEST, &both, "an image and an index at once"),
            (media_type::INDEX, &both, "an image and an index at once"),
            (media_type::DOCKER_INDEX, &other, "says that it is"),
            (media_type::DOCKER_INDEX, &image, "came as an index and is an image"),
            (media_type::MANIFEST, &index, "missing field `config`"),
            ("text/html", &index, "`text/html` is not supported"),
            (media_type::INDEX, &json!({ "schemaVersion": 1 }), "schema version 1"),
            (media_type::INDEX, &many, "more than 1000"),
        ] {
            let error = read(media_type, document).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_child_of_a_platform_is_found_by_its_usual_variant() {
        let child = |text: &str| {
            let platform: Platform = text.parse().unwrap();
            let digest = Digest::of(text.as_bytes());
            Descriptor { platform: Some(platform), ..Descriptor::new("m", digest, 1) }
        };
        let index = Index::new(vec![child("linux/arm/v6"), child("linux/arm64/v8")]);
        let found = |text: &str| index.child(&text.parse().unwrap()).map(|one| one.digest.clone());
        assert_eq!(found("linux/arm64"), Some(Digest::of(b"linux/arm64/v8")));
        assert_eq!(found("linux/arm/v6"), Some(Digest::of(b"linux/arm/v6")));
        assert_eq!((found("linux/arm"), found("linux/amd64")), (None, None));
        for wrong in ["linux", "linux/", "Linux/amd64", "linux/arm/v7/x", "linux/../x"] {
            assert!(wrong.parse::<Platform>().is_err(), "{wrong}");
        }
    }
}
