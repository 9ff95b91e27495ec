//! The list of modules that the programs were built from, as SPDX 2.3.
//! <https://spdx.github.io/spdx-spec/v2.3/>

use crate::build_info::Module;
use crate::image::json;
use crate::programs::Program;
use crate::recipe::Recipe;
use robot_contract::Failure;
use robot_oci::{Annotations, Attached, Descriptor, Digest, Manifest, Part, media_type};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The media type of SPDX in JSON, as IANA has it.
pub(crate) const SPDX: &str = "application/spdx+json";

/// The list, and the manifest that attaches it to `subject`. The first two parts are blobs.
pub(crate) struct Sbom {
    pub(crate) document: Part,
    pub(crate) empty: Part,
    pub(crate) attached: Attached,
}

/// Makes the list of what all programs of all platforms hold.
pub(crate) fn attach(
    recipe: &Recipe,
    programs: &[Program],
    subject: &Descriptor,
) -> Result<Sbom, Failure> {
    let document = Part::new(SPDX, json(&document(recipe, programs, &subject.digest))?);
    let empty = Part::new(media_type::EMPTY, &b"{}"[..]);
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(media_type::MANIFEST.to_owned()),
        artifact_type: Some(SPDX.to_owned()),
        config: empty.descriptor.clone(),
        layers: vec![document.descriptor.clone()],
        subject: Some(subject.clone()),
        annotations: Annotations::from([(
            "org.opencontainers.image.created".to_owned(),
            recipe.time.to_string(),
        )]),
    };
    let mut manifest = Part::new(media_type::MANIFEST, json(&manifest)?);
    manifest.descriptor.artifact_type = Some(SPDX.to_owned());
    let attached = Attached { subject: subject.digest.clone(), manifest };
    Ok(Sbom { document, empty, attached })
}

fn document(recipe: &Recipe, programs: &[Program], subject: &Digest) -> Value {
    let modules: BTreeSet<&Module> =
        programs.iter().flat_map(|program| &program.info.modules).collect();
    let go: BTreeSet<&str> = programs.iter().map(|program| &*program.info.go).collect();
    let go = go.into_iter().map(|go| {
        let version = go.strip_prefix("go").unwrap_or(go);
        package("stdlib", version, "", &format!("SPDXRef-stdlib-{}", identifier(version)))
    });
    let dependencies = modules.into_iter().map(|module| {
        let own = format!("{}@{}", module.path, module.version);
        let id = format!("SPDXRef-module-{}", &Digest::of(own.as_bytes()).hex()[..16]);
        package(&module.path, &module.version, &module.sum, &id)
    });
    let main = package(&recipe.module, recipe.version(), "", "SPDXRef-main");
    let image = json!({
        "SPDXID": "SPDXRef-image",
        "name": recipe.title(),
        "versionInfo": subject.as_str(),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [{ "algorithm": "SHA256", "checksumValue": subject.hex() }],
    });
    let packages: Vec<Value> = [image, main].into_iter().chain(go).chain(dependencies).collect();
    let mut relationships = vec![
        relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"),
        relationship("SPDXRef-image", "CONTAINS", "SPDXRef-main"),
    ];
    let ids = packages.iter().skip(2).filter_map(|package| package["SPDXID"].as_str());
    relationships.extend(ids.map(|id| relationship("SPDXRef-main", "DEPENDS_ON", id)));
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": recipe.title(),
        "documentNamespace": format!("https://robot-actions.dev/spdx/{}", subject.hex()),
        "creationInfo": {
            "created": recipe.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "creators": [concat!("Tool: robot-actions-", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relationships,
    })
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

/// A module. `sum` is that of go.sum: a digest of a list of files, which SPDX has no name for.
fn package(path: &str, version: &str, sum: &str, id: &str) -> Value {
    let purl = format!("pkg:golang/{path}@{}", version.replace('+', "%2B"));
    let mut package = json!({
        "SPDXID": id,
        "name": path,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }],
    });
    if !sum.is_empty() {
        package["comment"] = format!("go.sum: {sum}").into();
    }
    package
}

/// What an identifier of SPDX may have.
fn identifier(text: &str) -> String {
    let word = |one: char| if one.is_ascii_alphanumeric() || one == '.' { one } else { '-' };
    text.chars().map(word).collect()
}
