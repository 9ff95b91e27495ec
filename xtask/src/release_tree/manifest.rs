//! `dist/manifest.json` and `dist/SHA256SUMS`.

use super::{File, Tree};
use anyhow::Result;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

const MANIFEST: &str = "dist/manifest.json";

/// Adds `dist/manifest.json`, which the launcher reads, and `dist/SHA256SUMS` for
/// `sha256sum --check`.
pub(super) fn add(tree: &mut Tree, version: &str, commit: &str) -> Result<()> {
    let files: serde_json::Map<String, Value> = tree
        .iter()
        .map(|(path, file)| {
            (path.clone(), json!({ "sha256": hash(&file.content), "size": file.content.len() }))
        })
        .collect();
    let manifest = json!({
        "schema": "robot.release/v1", "version": version, "commit": commit, "files": files,
    });
    let content = (serde_json::to_string_pretty(&manifest)? + "\n").into_bytes();
    tree.insert(MANIFEST.to_owned(), File { content, is_program: false });
    let mut sums = String::new();
    for (path, file) in &*tree {
        let _ = writeln!(sums, "{}  {path}", hash(&file.content));
    }
    let sums = File { content: sums.into_bytes(), is_program: false };
    tree.insert("dist/SHA256SUMS".to_owned(), sums);
    Ok(())
}

fn hash(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}
