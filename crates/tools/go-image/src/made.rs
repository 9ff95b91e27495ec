//! Makes the image in memory: the same for `build` and `verify`.

use crate::archive::layer;
use crate::base;
use crate::cause::BuildCause;
use crate::files::{Entries, Kind, of_checkout};
use crate::image::{PROGRAMS, PlatformImage, of_platform, upload};
use crate::programs::{Program, Refused, compile};
use crate::recipe::Recipe;
use crate::{root_files, sbom};
use data_encoding::HEXLOWER;
use robot_contract::{Context, Failure};
use robot_evidence::{ImagePlatform, ImageProgram};
use robot_oci::{Digest, Upload};
use sha2::{Digest as _, Sha256};

/// What the layer of every image is called that has what they all have.
const ROOT_FILES: &str = "certificates, users and folders";
/// What the layer with files of the user's is called.
const FILES: &str = "files of the checkout";

/// An image.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) upload: Upload,
    pub(crate) images: Vec<PlatformImage>,
    /// Of the index, or of the only image.
    pub(crate) digest: Digest,
    /// What it is made of, for who compares.
    pub(crate) platforms: Vec<ImagePlatform>,
    /// Of the manifest that attaches the SBOM.
    pub(crate) sbom: Option<Digest>,
    /// Compressed, each blob once.
    pub(crate) bytes: u64,
    /// Of those, what is not programs.
    pub(crate) bytes_beside_programs: u64,
}

/// Compiles the programs and makes the image.
pub(crate) fn make(
    recipe: &Recipe,
    context: &mut Context,
) -> Result<Result<Made, Refused>, Failure> {
    let settings = &recipe.settings;
    let has_base = settings.input.base.is_some();
    let root = root_files::entries(settings.user, settings.input.tzdata, has_base, context)?;
    let files = of_checkout(context, &settings.files)?;
    let mut shared = Vec::new();
    if !root.is_empty() {
        shared.push(layer(ROOT_FILES, &root)?);
    }
    if !files.is_empty() {
        shared.push(layer(FILES, &files)?);
    }
    let (mut images, mut platforms, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for platform in &settings.platforms {
        let base = context.phase("base", |context| base::fetch(recipe, platform, context))?;
        let compiled = context.phase("compile", |context| compile(recipe, platform, context))?;
        let programs = match compiled {
            Ok(programs) => programs,
            Err(refused) => return Ok(Err(refused)),
        };
        let entrypoint = match entrypoint(recipe, &programs) {
            Ok(entrypoint) => entrypoint,
            Err(refused) => return Ok(Err(refused)),
        };
        let image = context.phase("assemble", |_| {
            let mut entries = Entries::default();
            for program in &programs {
                let path = format!("{PROGRAMS}/{}", program.name);
                entries.add(&path, 0o755, Kind::File(program.content.clone()));
            }
            let mut layers = base.layers.clone();
            layers.extend(shared.iter().cloned());
            layers.push(layer("programs", &entries.sorted())?);
            of_platform(recipe, platform, &entrypoint, layers, &base.environment)
        })?;
        platforms.push(ImagePlatform {
            platform: platform.to_string(),
            digest: image.manifest.descriptor.digest.to_string(),
            programs: programs.iter().map(told).collect(),
            layers: image.layers.iter().map(|layer| layer.diff_id.to_string()).collect(),
        });
        images.push(image);
        all.extend(programs);
    }
    let mut upload = upload(recipe, &images)?;
    let sum = |upload: &Upload| upload.blobs.iter().map(|blob| blob.descriptor.size).sum();
    let bytes: u64 = sum(&upload);
    let layers = images.iter().filter_map(|image| image.layers.last());
    let programs: u64 = layers.map(|layer| layer.part.descriptor.size).sum();
    let Some(subject) = upload.manifests.last().map(|root| root.descriptor.clone()) else {
        return Err(Failure::internal("there is no image"));
    };
    let mut attached = None;
    if settings.input.sbom {
        let sbom = sbom::attach(recipe, &all, &subject)?;
        attached = Some(sbom.attached.manifest.descriptor.digest.clone());
        upload.blobs.extend([sbom.document, sbom.empty]);
        upload.attached.push(sbom.attached);
    }
    let digest = subject.digest;
    let bytes_beside_programs = bytes.saturating_sub(programs);
    Ok(Ok(Made { upload, images, digest, platforms, sbom: attached, bytes, bytes_beside_programs }))
}

fn told(program: &Program) -> ImageProgram {
    ImageProgram {
        path: format!("/{PROGRAMS}/{}", program.name),
        sha256: HEXLOWER.encode(&Sha256::digest(&program.content)),
        size: program.content.len() as u64,
        go: program.info.go.clone(),
        settings: program.info.settings.clone(),
        modules: program
            .info
            .modules
            .iter()
            .map(|module| (module.path.clone(), format!("{} {}", module.version, module.sum)))
            .collect(),
    }
}

/// The program that the image starts.
fn entrypoint(recipe: &Recipe, programs: &[Program]) -> Result<String, Refused> {
    let names: Vec<&str> = programs.iter().map(|program| &*program.name).collect();
    let wanted = recipe.settings.input.entrypoint.as_deref();
    let found = match (wanted, names.as_slice()) {
        (Some(name), _) => names.iter().find(|known| **known == name),
        (None, [only]) => Some(only),
        (None, _) => names.iter().find(|known| **known == recipe.title()),
    };
    found.map(|name| (*name).to_owned()).ok_or_else(|| {
        let what = match wanted {
            Some(name) => format!("there is no program `{name}` to start"),
            None => "the image has several programs, and none is named to start".to_owned(),
        };
        let hint = format!("set `entrypoint` to one of {}", names.join(", "));
        Refused::new(BuildCause::NoPrograms, what, &hint)
    })
}
