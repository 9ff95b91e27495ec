//! What a test binary is made of, as a hash: all files of the package, of its tests, and of all that
//! they import, Go itself, and how it is built.

use crate::input::ResolvedLayer;
use crate::toolchain::Toolchain;
use data_encoding::HEXLOWER;
use robot_golang::package_list::Package;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Changes when kept results of earlier versions must not be believed any more.
const FORMAT: &str = "go-test 2";

/// The key of each tested package by import path, or why it has none.
pub(crate) type Keys = BTreeMap<String, Result<String, String>>;

/// Makes them from a listing of `go list -deps -test`.
pub(crate) fn keys(
    packages: &[Package],
    layer: &ResolvedLayer,
    go: &Toolchain,
    has_coverage: bool,
) -> Keys {
    let sources = packages.iter().filter(|package| !package.standard && !package.is_variant());
    let parts: BTreeMap<&str, Part> =
        sources.map(|package| (package.import_path.as_str(), Part::of(package))).collect();
    let mut common = Sha256::new();
    let how = format!(
        "{FORMAT}\n{}\n{}\n{}\n{:?}\n{}\n{has_coverage}\n{:?}",
        env!("CARGO_PKG_VERSION"),
        go.identity(),
        layer.tags.join(","),
        layer.env,
        layer.timeout,
        layer.race,
    );
    common.update(how);
    let binaries: BTreeMap<&str, &Package> = packages
        .iter()
        .filter_map(|package| Some((package.import_path.strip_suffix(".test")?, package)))
        .collect();
    let tested = packages.iter().filter(|package| package.is_named());
    let tested = tested.filter_map(|package| {
        let binary = binaries.get(package.import_path.as_str())?;
        Some((package.import_path.clone(), key(package, binary, &parts, common.clone())))
    });
    tested.collect()
}

/// A package's part of the binaries that it is in.
struct Part {
    digest: Option<[u8; 32]>,
    has_c: bool,
}

impl Part {
    fn of(package: &Package) -> Self {
        Self {
            digest: robot_go_command::package_digest(package),
            has_c: !package.cgo_files.is_empty() && !package.is_downloaded(),
        }
    }
}

fn key(
    package: &Package,
    binary: &Package,
    parts: &BTreeMap<&str, Part>,
    mut hasher: Sha256,
) -> Result<String, String> {
    let unreadable = |path: &str| format!("files of {path} cannot be read");
    if package.incomplete || binary.incomplete {
        return Err("go cannot load all of its dependencies".to_owned());
    }
    hasher.update(
        [&package.import_path, &package.dir, &binary.default_godebug]
            .map(String::as_str)
            .join("\n"),
    );
    // A variant for a test has the name of its package first: `m/a [m/b.test]`.
    let needed = binary.deps.iter().filter_map(|name| name.split(' ').next());
    let needed = needed.map(|name| {
        name.strip_suffix("_test").filter(|name| *name == package.import_path).unwrap_or(name)
    });
    let mut needed: Vec<&str> = needed.chain([package.import_path.as_str()]).collect();
    needed.sort_unstable();
    needed.dedup();
    for path in needed {
        // Go's own packages have the version of Go.
        let Some(part) = parts.get(path) else { continue };
        if part.has_c {
            return Err(format!("{path} has C code, whose inputs `go list` does not show"));
        }
        hasher.update(part.digest.ok_or_else(|| unreadable(path))?);
    }
    let tests = [
        &package.test_go_files,
        &package.x_test_go_files,
        &package.test_embed_files,
        &package.x_test_embed_files,
    ];
    for name in tests.into_iter().flatten() {
        let bytes = fs_err::read(Path::new(&package.dir).join(name));
        let bytes = bytes.map_err(|_| unreadable(&package.import_path))?;
        hasher.update(name);
        hasher.update(Sha256::digest(bytes));
    }
    Ok(HEXLOWER.encode(&hasher.finalize()[..16]))
}
