//! What was signed: a digest, or a file that is read for it.

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Largest file that is kept in memory, bytes: for keys that sign a message and not its digest.
const WHOLE: u64 = 64 << 20;

/// A SHA-256, written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:…`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64)?;
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What a signature is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Artifact {
    /// Its digest is known: an image, or what somebody else has hashed.
    Digest(Digest),
    /// A file.
    File(PathBuf),
}

impl Artifact {
    /// The artifact that a command line names: a digest, if it is one and no file has that name.
    pub fn named(text: &str, directory: &Path) -> Self {
        let path = directory.join(text);
        match Digest::parse(text).filter(|_| !path.exists()) {
            Some(digest) => Self::Digest(digest),
            None => Self::File(path),
        }
    }

    /// Its digest; a file is read for it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn digest(&self) -> io::Result<Digest> {
        Ok(self.read()?.digest)
    }

    /// Reads it once, so that what is verified and what is named are the same.
    pub(crate) fn read(&self) -> io::Result<Content> {
        let path = match self {
            Self::Digest(digest) => return Ok(Content { digest: *digest, bytes: None }),
            Self::File(path) => path,
        };
        let mut file = std::fs::File::open(path)?;
        let mut bytes = Vec::new();
        file.by_ref().take(WHOLE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= WHOLE {
            return Ok(Content { digest: Digest::of(&bytes), bytes: Some(bytes) });
        }
        let mut hash = Sha256::new_with_prefix(&bytes);
        loop {
            bytes.resize(1 << 16, 0);
            match file.read(&mut bytes)? {
                0 => return Ok(Content { digest: Digest(hash.finalize().into()), bytes: None }),
                read => hash.update(&bytes[..read]),
            }
        }
    }
}

/// What a signature is held against.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) digest: Digest,
    /// Of a file that is not too large.
    pub(crate) bytes: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_one_by_form_and_where_no_file_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("sha256:{}", "0f".repeat(32));
        let digest = Digest::parse(&text).unwrap();
        assert_eq!(digest.to_string(), text);
        assert_eq!(Artifact::named(&text, folder.path()), Artifact::Digest(digest));
        for no_digest in
            [&text[..70], "sha256:", "sha512:00", &format!("sha256:{}", "g".repeat(64))]
        {
            assert_eq!(
                Artifact::named(no_digest, folder.path()),
                Artifact::File(folder.path().join(no_digest))
            );
        }
        fs_err::write(folder.path().join(&text), "a").unwrap();
        let file = Artifact::named(&text, folder.path());
        assert_eq!(file.digest().unwrap(), Digest::of(b"a"));
    }
}
