//! Checks that imports point only downwards through the layers.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A package of the workspace.
pub(super) struct Package {
    pub(super) name: String,
    /// Below the root.
    folder: PathBuf,
    imports: Vec<Import>,
}

impl Package {
    pub(super) fn is_tool(&self) -> bool {
        layer(&self.folder) == Some(Layer::Tool)
    }

    /// Names of what it imports, but for tests.
    pub(super) fn built_in(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().filter(|import| !import.development).map(|import| import.name.as_str())
    }
}

struct Import {
    name: String,
    /// For tests only.
    development: bool,
}

/// Reads the output of `cargo metadata`.
pub(super) fn packages(metadata: &Value, root: &Path) -> Option<Vec<Package>> {
    let packages = metadata["packages"].as_array()?.iter();
    packages
        .map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str()?);
            let folder = manifest.parent()?;
            let imports = package["dependencies"].as_array()?.iter().map(|dependency| {
                let development = dependency["kind"] == "dev";
                Some(Import { name: dependency["name"].as_str()?.to_owned(), development })
            });
            Some(Package {
                name: package["name"].as_str()?.to_owned(),
                folder: folder.strip_prefix(root).unwrap_or(folder).to_owned(),
                imports: imports.collect::<Option<_>>()?,
            })
        })
        .collect()
}

/// Layers from the bottom. Inside the kit, `contract` stands on the others, and `driver`, which runs what
/// implements it, on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Model,
    Kit,
    Contract,
    Service,
    Driver,
    Tool,
    Bundle,
    /// For tests: it may import the kit, and only tests may import it.
    Testkit,
    /// Outside of the product: it may import only the vocabulary, and nothing imports it.
    Chores,
}

fn layer(folder: &Path) -> Option<Layer> {
    let folder = folder.to_string_lossy();
    Some(match folder.as_ref() {
        "crates/model" => Layer::Model,
        "crates/kit/contract" => Layer::Contract,
        "crates/kit/driver" => Layer::Driver,
        "crates/robot" => Layer::Bundle,
        "crates/testkit" => Layer::Testkit,
        "xtask" => Layer::Chores,
        path if path.starts_with("crates/kit/") => Layer::Kit,
        path if path.starts_with("crates/services/") => Layer::Service,
        path if path.starts_with("crates/tools/") => Layer::Tool,
        _ => return None,
    })
}

fn may_import(importer: Layer, imported: Layer, development: bool) -> bool {
    match (importer, imported) {
        (Layer::Kit, Layer::Kit) => true,
        (Layer::Chores, imported) => imported == Layer::Model,
        (_, Layer::Chores) => false,
        (_, Layer::Testkit) => development,
        (Layer::Driver, Layer::Service) => false,
        (Layer::Testkit, imported) => imported <= Layer::Kit,
        (importer, imported) => imported < importer,
    }
}

pub(super) fn broken(packages: &[Package]) -> Vec<String> {
    let mut broken = Vec::new();
    for package in packages {
        let Some(importer) = layer(&package.folder) else {
            broken.push(format!("{}: belongs to no layer", package.folder.display()));
            continue;
        };
        for import in &package.imports {
            let imported = packages.iter().find(|known| known.name == import.name);
            let Some(imported) = imported.and_then(|known| layer(&known.folder)) else { continue };
            if !may_import(importer, imported, import.development) {
                broken.push(format!(
                    "{}: {} ({importer:?}) imports {} ({imported:?}); imports point only downwards",
                    package.folder.join("Cargo.toml").display(),
                    package.name,
                    import.name,
                ));
            }
        }
    }
    broken
}

/// The one crate that may have `unsafe` code; it lists the other lints itself.
const EXCEPTED: &str = "crates/kit/observe/Cargo.toml";

/// Every member of the workspace has its lints.
pub(super) fn lints(path: &Path, manifest: &str) -> Option<String> {
    let member = manifest.contains("\n[package]\n") || manifest.starts_with("[package]\n");
    let is_excepted = path.ends_with(EXCEPTED);
    let missing = member && !is_excepted && !manifest.contains("\n[lints]\nworkspace = true\n");
    missing.then(|| format!("{}: `[lints] workspace = true` is missing", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{broken, lints, packages};
    use serde_json::{Value, json};
    use std::path::Path;

    fn package(folder: &str, name: &str, imports: &[(&str, Option<&str>)]) -> Value {
        let imports = imports.iter().map(|(name, kind)| json!({"name": name, "kind": kind}));
        let manifest = format!("/repository/{folder}/Cargo.toml");
        let imports = imports.collect::<Vec<_>>();
        json!({"name": name, "manifest_path": manifest, "dependencies": imports})
    }

    fn check(packages_: &[Value]) -> Vec<String> {
        let metadata = json!({ "packages": packages_ });
        broken(&packages(&metadata, Path::new("/repository")).unwrap())
    }

    #[test]
    fn imports_point_only_downwards() {
        let model = package("crates/model", "model", &[]);
        let net = package("crates/kit/net", "net", &[("model", None)]);
        let contract = package("crates/kit/contract", "contract", &[("net", None)]);
        let tool = package(
            "crates/tools/a",
            "a",
            &[("contract", None), ("driver", None), ("serde", None)],
        );
        let driver = package("crates/kit/driver", "driver", &[("contract", None)]);
        let down = [model, net, contract, driver, tool];
        assert_eq!(check(&down), [""; 0]);
        for (folder, imported) in [
            ("crates/model", "net"),
            ("crates/kit/render", "contract"),
            ("crates/kit/contract", "a"),
            ("crates/tools/b", "a"),
            ("crates/services/github", "a"),
            ("crates/services/github", "driver"),
        ] {
            for kind in [None, Some("dev"), Some("build")] {
                let mut packages = down.to_vec();
                packages.push(package(folder, "wrong", &[(imported, kind)]));
                let broken = check(&packages);
                assert!(broken[0].contains(&format!("imports {imported}")), "{folder}: {broken:?}");
                assert!(broken[0].starts_with(folder), "{broken:?}");
            }
        }
    }

    #[test]
    fn the_testkit_serves_tests_alone_and_chores_import_no_product() {
        let kit = package("crates/testkit", "kit", &[]);
        let tool = |kind| package("crates/tools/a", "a", &[("kit", kind)]);
        assert_eq!(check(&[kit.clone(), tool(Some("dev"))]), [""; 0]);
        assert_eq!(check(&[kit.clone(), tool(None)]).len(), 1);
        let chores = package("xtask", "xtask", &[("kit", Some("dev"))]);
        assert_eq!(check(&[kit, chores]).len(), 1);
        assert_eq!(check(&[package("elsewhere", "x", &[])]), ["elsewhere: belongs to no layer"]);
    }

    #[test]
    fn every_member_has_the_lints() {
        let path = Path::new("crates/x/Cargo.toml");
        assert_eq!(lints(path, "[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"), None);
        assert!(lints(path, "[package]\nname = \"x\"\n\n[lints.rust]\n").is_some());
        assert_eq!(lints(path, "[workspace]\n"), None);
        let observe = Path::new("crates/kit/observe/Cargo.toml");
        assert_eq!(lints(observe, "[package]\nname = \"x\"\n\n[lints.rust]\n"), None);
    }
}
