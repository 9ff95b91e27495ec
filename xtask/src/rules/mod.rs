//! The project's own rules. Each returns all violations, as `where: what`.

mod budget;
mod caches;
mod fuzz;
mod layers;
mod links;
pub(crate) mod pins;
mod rooms;
mod text;
mod workflows;

use crate::command;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// Checks all that git knows of or would add below `root`.
pub(crate) fn check(root: &Path) -> Result<()> {
    let packages = metadata(root)?;
    let mut broken = layers::broken(&packages);
    broken.extend(links::broken(root, &packages)?);
    broken.extend(caches::broken(root)?);
    broken.extend(budget::broken(&root.join("target/debug/robot"))?);
    broken.extend(fuzz::broken(root, &packages)?);
    let pins = pins::Pin::read(root)?;
    for path in files(root)? {
        // Files that are not text have no lines to check; deleted files are ignored.
        let Ok(text) = fs_err::read_to_string(root.join(&path)) else { continue };
        if path.ends_with("Cargo.toml") && !path.starts_with("fuzz") {
            broken.extend(layers::lints(&path, &text));
        }
        broken.extend(rooms::broken(&path, &text));
        broken.extend(text::broken(&path, &text));
        broken.extend(workflows::broken(&path, &text, &pins));
    }
    if !broken.is_empty() {
        bail!("{} rules are broken:\n  {}", broken.len(), broken.join("\n  "));
    }
    Ok(())
}

/// The workspace's packages and what they import, as cargo resolves the manifests.
fn metadata(root: &Path) -> Result<Vec<layers::Package>> {
    let mut cargo = command("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root);
    let output = cargo.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    layers::packages(&value, root).context("unexpected output of `cargo metadata`")
}

fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut git = command("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let output = git.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.split_terminator('\0').map(PathBuf::from).collect())
}
