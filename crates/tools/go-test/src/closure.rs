//! What a test binary is made of, as the key of its pass: all files of the package, of its tests, and of all that
//! they import, Go itself, how it is built, and the variables that it gets.

use crate::input::ResolvedLayer;
use crate::toolchain::{self, Toolchain};
use robot_contract::{Context, Key};
use robot_golang::package_list::Package;
use std::collections::BTreeMap;
use std::path::Path;

/// Changes when kept results of earlier versions must not be believed any more.
const RULES: &str = "3";

/// The key of each tested package by import path, or why it has none.
pub(crate) type Keys = BTreeMap<String, Result<Key, String>>;

/// What all packages of a layer depend on.
pub(crate) fn common(layer: &ResolvedLayer, go: &Toolchain, has_coverage: bool) -> Key {
    let mut key = Key::of("");
    key.text("rules of go-test", RULES);
    for (name, value) in go.settings() {
        key.text(format!("go env {name}"), value);
    }
    key.text("tags", layer.tags.join(","));
    key.text("race", layer.race.to_string());
    key.text("coverage", has_coverage.to_string());
    key
}

/// Makes them from a listing of `go list -deps -test`.
pub(crate) fn keys(
    packages: &[Package],
    layer: &ResolvedLayer,
    go: &Toolchain,
    has_coverage: bool,
    context: &Context,
) -> Keys {
    let sources = packages.iter().filter(|package| !package.standard && !package.is_variant());
    let parts: BTreeMap<&str, Part> =
        sources.map(|package| (package.import_path.as_str(), Part::of(package))).collect();
    let mut common = common(layer, go, has_coverage);
    common.text("timeout", layer.timeout.clone());
    common.content("env of the layer", format!("{:?}", layer.env));
    let variables = toolchain::command(layer, context, "test");
    for (name, hash) in robot_go_command::variable_digests(&variables) {
        common.digests([(format!("variable {name}").as_str(), hash.as_str())]);
    }
    let binaries: BTreeMap<&str, &Package> = packages
        .iter()
        .filter_map(|package| Some((package.import_path.strip_suffix(".test")?, package)))
        .collect();
    let tested = packages.iter().filter(|package| package.is_named());
    let tested = tested.filter_map(|package| {
        let binary = binaries.get(package.import_path.as_str())?;
        Some((package.import_path.clone(), key(package, binary, &parts, &common)))
    });
    tested.collect()
}

/// A package's part of the binaries that it is in.
struct Part {
    digest: Option<[u8; 32]>,
    has_c: bool,
    is_downloaded: bool,
}

impl Part {
    fn of(package: &Package) -> Self {
        let is_downloaded = package.is_downloaded();
        Self {
            digest: robot_go_command::package_digest(package),
            has_c: !package.cgo_files.is_empty() && !is_downloaded,
            is_downloaded,
        }
    }
}

fn key(
    package: &Package,
    binary: &Package,
    parts: &BTreeMap<&str, Part>,
    common: &Key,
) -> Result<Key, String> {
    let unreadable = |path: &str| format!("files of {path} cannot be read");
    if package.incomplete || binary.incomplete {
        return Err("go cannot load all of its dependencies".to_owned());
    }
    let mut key = common.about(package.import_path.as_str());
    key.text("folder", package.dir.as_str());
    key.text("DefaultGODEBUG", binary.default_godebug.as_str());
    // A variant for a test has the name of its package first: `m/a [m/b.test]`.
    let needed = binary.deps.iter().filter_map(|name| name.split(' ').next());
    let needed = needed.map(|name| {
        name.strip_suffix("_test").filter(|name| *name == package.import_path).unwrap_or(name)
    });
    let mut needed: Vec<&str> = needed.chain([package.import_path.as_str()]).collect();
    needed.sort_unstable();
    needed.dedup();
    let mut downloaded = Vec::new();
    for path in needed {
        // Go's own packages have the version of Go.
        let Some(part) = parts.get(path) else { continue };
        if part.has_c {
            return Err(format!("{path} has C code, whose inputs `go list` does not show"));
        }
        let digest = part.digest.ok_or_else(|| unreadable(path))?;
        match part.is_downloaded {
            true => downloaded.extend(digest),
            false => key.content(format!("package {path}"), digest),
        }
    }
    key.content("packages of other modules", downloaded);
    let tests = [
        &package.test_go_files,
        &package.x_test_go_files,
        &package.test_embed_files,
        &package.x_test_embed_files,
    ];
    for name in tests.into_iter().flatten() {
        let bytes = fs_err::read(Path::new(&package.dir).join(name));
        let bytes = bytes.map_err(|_| unreadable(&package.import_path))?;
        key.content(format!("file {name}"), bytes);
    }
    Ok(key)
}
