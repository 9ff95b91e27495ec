//! Rules that no compiler knows: which crate may import which, and how long a file may be.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

const LINES: usize = 800;

/// Layers from the bottom; a crate imports only from layers below its own. Inside the kit,
/// `contract` stands on the others.
fn layer(folder: &Path) -> Option<u8> {
    let folder = folder.to_string_lossy();
    Some(match folder.as_ref() {
        "crates/model" => 0,
        "crates/kit/contract" => 2,
        path if path.starts_with("crates/kit/") => 1,
        path if path.starts_with("crates/services/") => 3,
        path if path.starts_with("crates/tools/") => 4,
        "crates/robot" => 5,
        _ => return None,
    })
}

/// Checks every crate below `root`.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut manifests = Vec::new();
    let mut sources = Vec::new();
    for folder in ["crates", "xtask", "fuzz"] {
        walk(&root.join(folder), &mut manifests, &mut sources)?;
    }
    let folder_of = |manifest: &Path| {
        let folder = manifest.parent().unwrap_or(manifest);
        folder.strip_prefix(root).unwrap_or(folder).to_owned()
    };
    let mut crates = Vec::new();
    for manifest in &manifests {
        let text = fs_err::read_to_string(manifest)?;
        let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        crates.push((name.unwrap_or_default().to_owned(), folder_of(manifest), text));
    }
    for (name, folder, text) in &crates {
        let Some(own) = layer(folder) else { continue };
        if !text.contains("[lints]\nworkspace = true") {
            bail!("{}: `[lints] workspace = true` is missing", folder.display());
        }
        let normal = text.split("[dev-dependencies]").next().unwrap_or_default();
        for line in normal.lines() {
            let Some(dependency) = line.strip_suffix(".workspace = true") else { continue };
            let known = crates.iter().find(|(name, ..)| name == dependency);
            let below = known.and_then(|(_, folder, _)| layer(folder));
            if below.is_some_and(|below| below >= own && !(below == 1 && own == 1)) {
                bail!("{name} imports {dependency}: imports point only downwards");
            }
        }
    }
    for source in sources {
        let lines = fs_err::read_to_string(&source)?.lines().count();
        if lines > LINES {
            bail!("{}: {lines} lines; {LINES} is the most", source.display());
        }
    }
    Ok(())
}

fn walk(folder: &Path, manifests: &mut Vec<PathBuf>, sources: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if name != "target" && name != "corpus" && name != "testdata" {
                walk(&path, manifests, sources)?;
            }
        } else if name == "Cargo.toml" {
            manifests.push(path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}
