//! The vectors of Sigstore's conformance suite.

use super::hex;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// The identity of vectors that name none.
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
/// The issuer of vectors that name none.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A bundle, what it is of, and what must become of it.
#[derive(Debug)]
pub struct Vector {
    /// Its folder's name.
    pub name: String,
    /// Whether it is to be accepted.
    pub is_valid: bool,
    /// What was signed.
    pub artifact: PathBuf,
    folder: PathBuf,
}

impl Vector {
    /// What was signed, by its digest.
    pub fn digest(&self) -> String {
        let bytes = std::fs::read(&self.artifact).unwrap();
        format!("sha256:{}", hex(&Sha256::digest(bytes)))
    }

    /// The key that must have signed, where it is one.
    pub fn key(&self) -> Option<PathBuf> {
        Some(self.folder.join("key.pub")).filter(|path| path.exists())
    }

    /// The suite's arguments for `verify-bundle`, but for what was signed, which comes last.
    pub fn arguments(&self) -> Vec<String> {
        let text = |name: &str| std::fs::read_to_string(self.folder.join(name)).ok();
        let mut arguments = vec!["--bundle".to_owned(), self.path("bundle.sigstore.json")];
        if self.key().is_some() {
            arguments.extend(["--key".to_owned(), self.path("key.pub")]);
        } else {
            let identity = text("identity").map_or(IDENTITY.to_owned(), |it| it.trim().to_owned());
            let issuer = text("issuer").map_or(ISSUER.to_owned(), |it| it.trim().to_owned());
            arguments.extend(["--certificate-identity".to_owned(), identity]);
            arguments.extend(["--certificate-oidc-issuer".to_owned(), issuer]);
        }
        if self.folder.join("trusted_root.json").exists() {
            arguments.extend(["--trusted-root".to_owned(), self.path("trusted_root.json")]);
        }
        arguments
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

/// All vectors, by name.
pub fn conformance_vectors() -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sigstore/conformance");
    let entries = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    let vector = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let own = folder.join("artifact");
        Vector {
            is_valid: !name.ends_with("_fail"),
            artifact: if own.exists() { own } else { root.join("a.txt") },
            name,
            folder,
        }
    };
    folders.into_iter().map(vector).collect()
}
