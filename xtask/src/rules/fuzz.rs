//! The fuzz targets are a workspace of their own, which no other command builds: its lock file has to know
//! what our crates need now, and every target has a corpus that tests replay.

use super::layers::Package;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) fn broken(root: &Path, packages: &[Package]) -> Result<Vec<String>> {
    let folder = root.join("fuzz");
    let mut broken = stale(&fs_err::read_to_string(folder.join("Cargo.lock"))?, packages);
    for target in fs_err::read_dir(folder.join("fuzz_targets"))? {
        let path = target?.path();
        let name = path.file_stem().unwrap_or_default();
        let files = std::fs::read_dir(folder.join("corpus").join(name));
        if files.map_or(0, Iterator::count) == 0 {
            let name = name.to_string_lossy();
            broken.push(format!("fuzz/fuzz_targets/{name}.rs: fuzz/corpus/{name} has no file"));
        }
    }
    Ok(broken)
}

/// Our packages of the lock file whose imports it does not know.
fn stale(lock: &str, packages: &[Package]) -> Vec<String> {
    let locked = locked(lock);
    let mut broken = Vec::new();
    for package in packages {
        let Some(known) = locked.get(package.name.as_str()) else { continue };
        let unknown = package.built_in().find(|import| !known.contains(import));
        if let Some(import) = unknown {
            broken.push(format!(
                "fuzz/Cargo.lock: {} without {import}: run `cargo check` in fuzz/",
                package.name
            ));
        }
    }
    broken
}

/// What each package of a lock file needs.
fn locked(lock: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut all = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let mut name = "";
        let mut needs = BTreeSet::new();
        let mut is_list = false;
        for line in block.lines() {
            let word = line.split('"').nth(1).unwrap_or_default();
            match line {
                _ if line.starts_with("name = ") => name = word,
                "dependencies = [" => is_list = true,
                "]" => is_list = false,
                // Behind a blank is the version, where there are several.
                _ if is_list => drop(needs.insert(word.split(' ').next().unwrap_or_default())),
                _ => {}
            }
        }
        all.insert(name, needs);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::layers::packages;
    use serde_json::json;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"robot-tool\"\nversion = \"0.1.0\"\ndependencies = [\n \"clap\",\n \"hashbrown 0.16.0\",\n]\n\n[[package]]\nname = \"clap\"\nversion = \"4.5.0\"\n";

    fn of(imports: &[(&str, Option<&str>)]) -> Vec<String> {
        let imports: Vec<_> =
            imports.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect();
        let metadata = json!({"packages": [{
            "name": "robot-tool", "manifest_path": "/r/crates/tools/tool/Cargo.toml", "dependencies": imports,
        }]});
        stale(LOCK, &packages(&metadata, Path::new("/r")).unwrap())
    }

    #[test]
    fn a_lock_file_that_does_not_know_an_import_is_found() {
        assert!(of(&[("clap", None), ("hashbrown", None), ("proptest", Some("dev"))]).is_empty());
        assert!(of(&[("tar", None)])[0].contains("robot-tool without tar"));
    }
}
