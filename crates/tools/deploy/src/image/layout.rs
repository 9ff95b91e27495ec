//! OCI image layouts: <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>.
//!
//! Everything is read by its digest and compared with it.

use data_encoding::HEXLOWER;
use robot_contract::Failure;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of an index, manifest or configuration.
const DOCUMENT: u64 = 4 << 20;
/// Bytes of one layer as it is stored.
const LAYER: u64 = 1 << 30;
/// Layers of an image.
const LAYERS: usize = 128;
/// Indexes within each other.
const DEPTH: usize = 3;

/// An image in a layout.
#[derive(Debug)]
pub(crate) struct Layout {
    folder: PathBuf,
    /// Of the index or manifest that the layout names.
    digest: String,
    pub(crate) config: Config,
    layers: Vec<Descriptor>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    platform: Option<Platform>,
    /// What is attached to an image, such as a list of its modules, and is none itself.
    #[serde(default)]
    artifact_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

#[derive(Debug, Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// An image's configuration: <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md>.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Config {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    pub(crate) config: Process,
}

/// How the image's program is started.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Process {
    pub(crate) env: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) working_dir: Option<String>,
}

/// The architecture of this machine, as images name it.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Layout {
    /// Opens a layout with one image, or one for several platforms.
    ///
    /// # Errors
    /// It is no layout, it is not whole, or it has no image for this machine.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let name = folder.display();
        let index = folder.join("index.json");
        let bytes = read(&index, DOCUMENT).map_err(|error| {
            Failure::evidence(format!("{name}: there is no OCI layout"))
                .caused_by(&error)
                .hint("build the image before this step, and give its folder as `layout`")
        })?;
        let index: Index = parse(&bytes, &index)?;
        let images = index.manifests.iter().filter(|entry| entry.artifact_type.is_none());
        let images: Vec<&Descriptor> = images.collect();
        let [top] = images.as_slice() else {
            return Err(Failure::config(format!(
                "{name}: the layout contains {} images, but a deployment runs one",
                images.len()
            )));
        };
        let digest = top.digest.clone();
        let mut descriptor = (*top).clone();
        for _ in 0..DEPTH {
            let bytes = document(folder, &descriptor)?;
            let path = blob(folder, &descriptor.digest)?;
            if let Ok(index) = serde_json::from_slice::<Index>(&bytes) {
                descriptor = for_this_machine(&index, folder)?.clone();
                continue;
            }
            let manifest: Manifest = parse(&bytes, &path)?;
            if manifest.layers.len() > LAYERS {
                return Err(unsound(&path, "it has more than 128 layers"));
            }
            let bytes = document(folder, &manifest.config)?;
            let config: Config = parse(&bytes, &blob(folder, &manifest.config.digest)?)?;
            if config.os != "linux" || config.architecture != architecture() {
                return Err(Failure::config(format!(
                    "{name}: the image is for {}/{}, and this machine is linux/{}",
                    config.os,
                    config.architecture,
                    architecture()
                ))
                .hint(format!("build it for linux/{} too", architecture())));
            }
            return Ok(Self { folder: folder.to_owned(), digest, config, layers: manifest.layers });
        }
        Err(unsound(folder, "its indexes are nested too deeply"))
    }

    /// Digest of the image: of the index where it is for several platforms.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The layers as tar archives, the lowest first, each compared with its digest before it is read.
    pub(crate) fn layers(&self) -> impl Iterator<Item = Result<Layer, Failure>> {
        self.layers.iter().map(|descriptor| Layer::open(&self.folder, descriptor))
    }
}

fn for_this_machine<'a>(index: &'a Index, folder: &Path) -> Result<&'a Descriptor, Failure> {
    let fits = |descriptor: &&Descriptor| {
        descriptor.platform.as_ref().is_some_and(|platform| {
            platform.os == "linux" && platform.architecture == architecture()
        })
    };
    index.manifests.iter().find(fits).ok_or_else(|| {
        let platforms = index.manifests.iter().filter_map(|one| one.platform.as_ref());
        let names: Vec<String> =
            platforms.map(|one| format!("{}/{}", one.os, one.architecture)).collect();
        Failure::config(format!(
            "{}: there is no image for linux/{}",
            folder.display(),
            architecture()
        ))
        .hint(format!("it is for {}", names.join(", ")))
    })
}

/// A layer while it is read.
pub(crate) struct Layer {
    source: Box<dyn Read>,
    expected: String,
    path: PathBuf,
}

impl Layer {
    fn open(folder: &Path, descriptor: &Descriptor) -> Result<Self, Failure> {
        let path = blob(folder, &descriptor.digest)?;
        if descriptor.size > LAYER {
            return Err(unsound(&path, "the layer is larger than 1 GiB"));
        }
        let kind = descriptor.media_type.rsplit(['.', '+']).next().unwrap_or_default();
        // Checked before it is unpacked: a layer may be what somebody else put there.
        let mut file = fs_err::File::open(&path).map_err(|error| missing(&path, &error))?;
        let mut hash = Sha256::new();
        let read = io::copy(&mut (&mut file).take(LAYER + 1), &mut Hashing(&mut hash))
            .map_err(|error| missing(&path, &error))?;
        let found = format!("sha256:{}", HEXLOWER.encode(&hash.finalize()));
        if found != descriptor.digest || read != descriptor.size {
            return Err(unsound(&path, "its content is not that of its digest"));
        }
        let file = fs_err::File::open(&path).map_err(|error| missing(&path, &error))?;
        let source: Box<dyn Read> = match kind {
            "gzip" => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(file))),
            "tar" => Box::new(io::BufReader::new(file)),
            other => {
                return Err(unsound(
                    &path,
                    &format!("layers compressed by {other} are not supported"),
                ));
            }
        };
        Ok(Self { source, expected: descriptor.digest.clone(), path })
    }

    /// What to say where it cannot be unpacked.
    pub(crate) fn broken(&self, error: &io::Error) -> Failure {
        Failure::external(format!(
            "{}: the layer {} cannot be unpacked",
            self.path.display(),
            self.expected
        ))
        .caused_by(error)
    }
}

impl Read for Layer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn blob(folder: &Path, digest: &str) -> Result<PathBuf, Failure> {
    let is_hex = |hex: &&str| hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_hexdigit());
    match digest.strip_prefix("sha256:").filter(is_hex) {
        Some(hex) => Ok(folder.join("blobs/sha256").join(hex)),
        None => Err(unsound(folder, "it names a blob that has no SHA-256")),
    }
}

/// A document, compared with its digest and size.
fn document(folder: &Path, descriptor: &Descriptor) -> Result<Vec<u8>, Failure> {
    let path = blob(folder, &descriptor.digest)?;
    let bytes = read(&path, DOCUMENT).map_err(|error| missing(&path, &error))?;
    let found = format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&bytes)));
    if found != descriptor.digest || bytes.len() as u64 != descriptor.size {
        return Err(unsound(&path, "its content is not that of its digest"));
    }
    Ok(bytes)
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs_err::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => Err(io::Error::other(format!("it is larger than {} MiB", limit >> 20))),
        false => Ok(bytes),
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], path: &Path) -> Result<T, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|error| unsound(path, "it is not sound").caused_by(&error))
}

fn missing(path: &Path, error: &io::Error) -> Failure {
    unsound(path, "it cannot be read").caused_by(error)
}

fn unsound(path: &Path, what: &str) -> Failure {
    Failure::evidence(format!("{}: {what}", path.display())).hint("build the image again")
}
