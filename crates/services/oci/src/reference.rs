//! Names of images: `ghcr.io/acme/robot:v1@sha256:…`.
//! <https://github.com/distribution/reference/blob/v0.6.0/reference.go>

use crate::Digest;
use std::fmt;
use std::str::FromStr;

/// The registry that a name without one belongs to.
const DOCKER_HUB: &str = "docker.io";
/// Longest repository, registry included.
const NAME: usize = 255;
/// Longest tag.
const TAG: usize = 128;

/// A repository of a registry, and what is meant of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host, and port where it is given; `docker.io` where the name has none.
    pub registry: String,
    /// Path below the registry; `library/` is added for names of Docker Hub without a folder.
    pub repository: String,
    /// Without a tag and a digest, registries mean `latest`.
    pub tag: Option<String>,
    /// Wins over the tag.
    pub digest: Option<Digest>,
}

/// A text that does not name an image.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{text}` does not name an image: {why}")]
pub struct InvalidReference {
    text: String,
    why: String,
}

impl Reference {
    /// The same repository, and the content with this digest.
    #[must_use]
    pub fn with_digest(&self, digest: &Digest) -> Self {
        Self { tag: None, digest: Some(digest.clone()), ..self.clone() }
    }

    /// The same repository, and what the tag points to.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() }
    }

    /// Registry and repository, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The tag that is asked for where there is no digest.
    pub fn tag_or_latest(&self) -> &str {
        self.tag.as_deref().unwrap_or("latest")
    }

    /// Whether the registry is on this machine, where plain HTTP is as good as HTTPS.
    pub fn is_local(&self) -> bool {
        let host = match self.registry.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => self.registry.split(':').next().unwrap_or_default(),
        };
        ["localhost", "127.0.0.1", "::1"].contains(&host)
    }
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        parse(text).map_err(|why| {
            let text = text.chars().take(NAME).collect();
            InvalidReference { text, why }
        })
    }
}

fn parse(text: &str) -> Result<Reference, String> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => {
            let digest = digest.parse::<Digest>().map_err(|error| error.to_string())?;
            (rest, Some(digest))
        }
        None => (text, None),
    };
    // The colon of a port is before the last slash.
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[last..].split_once(':') {
        Some((_, tag)) => (&rest[..rest.len() - tag.len() - 1], Some(tag)),
        None => (rest, None),
    };
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Err(format!("`{tag}` is not a tag"));
    }
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if is_host(first) => (first, path.to_owned()),
        Some(_) => (DOCKER_HUB, name.to_owned()),
        None => (DOCKER_HUB, format!("library/{name}")),
    };
    let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
    if name.is_empty() || path.is_empty() {
        return Err("it has no repository".to_owned());
    }
    if registry.len() + 1 + path.len() > NAME {
        return Err(format!("its repository has more than {NAME} characters"));
    }
    if !is_host_name(registry) {
        return Err(format!("`{registry}` is not a registry"));
    }
    if let Some(wrong) = path.split('/').find(|component| !is_component(component)) {
        let hint = if wrong.bytes().any(|byte| byte.is_ascii_uppercase()) {
            "; a repository has only lower-case letters"
        } else {
            ""
        };
        return Err(format!("`{wrong}` is not part of a repository's name{hint}"));
    }
    let tag = tag.map(str::to_owned);
    Ok(Reference { registry: registry.to_owned(), repository: path, tag, digest })
}

/// Whether the first part of a name is a registry, as Docker decides it.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.starts_with('[')
}

fn is_host_name(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
            let port = if rest.is_empty() { Some(None) } else { rest.strip_prefix(':').map(Some) };
            return is_address && port.is_some_and(|port| port.is_none_or(is_port));
        }
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(component: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let is_separator =
        |text: &[u8]| matches!(text, b"." | b"_" | b"__") || text.iter().all(|byte| *byte == b'-');
    ends.into_iter().all(|end| end.is_some_and(|byte| is_word(*byte)))
        && bytes.split(|byte| is_word(*byte)).all(is_separator)
}

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
pub(crate) fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= TAG
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_docker_means_by_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, expected) in [
            ("robot", "docker.io/library/robot"),
            ("acme/robot:v1", "docker.io/acme/robot:v1"),
            ("index.docker.io/acme/robot", "docker.io/acme/robot"),
            ("ghcr.io/acme/robot", "ghcr.io/acme/robot"),
            ("localhost/robot:1", "localhost/robot:1"),
            ("localhost:5000/a/b-c__d.e:V_1.0-x", "localhost:5000/a/b-c__d.e:V_1.0-x"),
            ("[::1]:5000/robot:v1", "[::1]:5000/robot:v1"),
            (&format!("ghcr.io/a/b:v1@{digest}"), &format!("ghcr.io/a/b:v1@{digest}")),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), expected);
            assert_eq!(expected.parse::<Reference>().unwrap(), reference);
        }
    }

    #[test]
    fn a_text_that_is_no_name_is_refused_with_the_part_that_is_wrong() {
        for (text, why) in [
            ("", "no repository"),
            ("ghcr.io/", "no repository"),
            ("ghcr.io/Acme/robot", "`Acme` is not part of a repository's name; a repository has"),
            ("ghcr.io/a..b", "`a..b`"),
            ("ghcr.io/a/-b", "`-b`"),
            ("ghcr.io/a//b", "``"),
            ("ghcr.io/a:", "`` is not a tag"),
            ("ghcr.io/a:.x", "`.x` is not a tag"),
            ("ghcr.io:99999/a", "`ghcr.io:99999` is not a registry"),
            ("user@ghcr.io/a", "is not a digest"),
            ("ghcr.io/a@sha256:abc", "is not a digest"),
            ("ghcr.io/a@sha512:abc", "is not a digest"),
            ("http://ghcr.io/a", "is not a registry"),
            ("gh..io/a", "is not a registry"),
            (&format!("ghcr.io/{}", "a".repeat(256)), "more than 255"),
            (&format!("ghcr.io/a:{}", "a".repeat(129)), "is not a tag"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        let is_local = |text: &str| text.parse::<Reference>().unwrap().is_local();
        assert!(is_local("localhost:5000/a") && is_local("127.0.0.1:1/a") && is_local("[::1]/a"));
        assert!(!is_local("localhost.example.com/a") && !is_local("127.0.0.1.nip.io/a"));
        assert!(!is_local("ghcr.io/a"));
    }
}
