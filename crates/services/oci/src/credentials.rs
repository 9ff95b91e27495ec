//! Credentials for a registry: those of the environment first, then what `docker login` has left.
//! <https://docs.docker.com/reference/cli/docker/login/#credential-stores>

use crate::error::{Error, ErrorKind};
use crate::{Options, Reference};
use data_encoding::BASE64;
use robot_contract::{Context, SecretText};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// Largest file of Docker's client that is read, bytes.
const FILE: u64 = 1 << 20;
/// How long a helper may take.
const HELPER: Duration = Duration::from_secs(60);
/// GitHub's registry, the only one that gets `GITHUB_TOKEN`.
const GITHUB: &str = "ghcr.io";
/// Docker Hub's name in files of Docker's client.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// The name of a user by which helpers say that the secret is a refresh token.
const REFRESH: &str = "<token>";

/// How we show who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Not at all.
    Anonymous,
    /// A user with a password or a token.
    Password { user: String, password: SecretText },
    /// A token for which the registry's authority gives others.
    RefreshToken(SecretText),
}

impl Credentials {
    /// Those for the registry of `reference`.
    pub(crate) fn find(
        context: &Context,
        reference: &Reference,
        options: &Options,
    ) -> Result<Self, Error> {
        if let Some(password) = &options.password {
            let Some(user) = options.username.clone() else {
                let reason = "REGISTRY_PASSWORD is set without a name of its user";
                return Err(Error::new(ErrorKind::Settings, "`registry-username`", reason));
            };
            return Ok(Self::Password { user, password: password.clone() });
        }
        let file = Self::of_docker(context, &reference.registry)?;
        Ok(match (file, &options.github_token) {
            (Some(credentials), _) => credentials,
            (None, Some(token)) if reference.registry == GITHUB => {
                let user = context.environment.get("GITHUB_ACTOR").unwrap_or("x-access-token");
                Self::Password { user: user.to_owned(), password: token.clone() }
            }
            _ => Self::Anonymous,
        })
    }

    fn of_docker(context: &Context, registry: &str) -> Result<Option<Self>, Error> {
        let folder = context.environment.path("DOCKER_CONFIG");
        let home = || Some(context.environment.path("HOME")?.join(".docker"));
        let Some(path) = folder.or_else(home).map(|folder| folder.join("config.json")) else {
            return Ok(None);
        };
        let Some(text) = read(&path)? else { return Ok(None) };
        let invalid = |reason: String| {
            Error::new(ErrorKind::Settings, &format!("`{}`", path.display()), reason)
        };
        let file = DockerConfig::parse(&text).map_err(invalid)?;
        match file.helper(registry) {
            Some(helper) => ask_helper(context, helper, registry),
            None => file.stored(registry).map_err(invalid),
        }
    }
}

/// As much of a file as it may have; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let read = || {
        let mut text = Vec::new();
        std::fs::File::open(path)?.take(FILE + 1).read_to_end(&mut text)?;
        Ok::<_, std::io::Error>(text)
    };
    let invalid =
        |reason: String| Error::new(ErrorKind::Settings, &format!("`{}`", path.display()), reason);
    match read() {
        Ok(text) if text.len() as u64 > FILE => Err(invalid("it is larger than 1 MiB".to_owned())),
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(invalid(error.to_string())),
    }
}

/// `config.json` of Docker's client, as far as it is about registries.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Stored>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

/// What is stored in the file itself.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    /// `user:password` in Base64.
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl DockerConfig {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        // The library repeats values that do not fit: they may be secrets.
        serde_json::from_slice(text).map_err(|error| {
            format!("not valid at line {}, column {}", error.line(), error.column())
        })
    }

    /// The helper that knows the registry.
    fn helper(&self, registry: &str) -> Option<&str> {
        let named = self.cred_helpers.iter().find(|(key, _)| is_of(key, registry));
        let helper = named.map_or(&*self.creds_store, |(_, helper)| helper);
        Some(helper).filter(|helper| !helper.is_empty())
    }

    /// What the file itself has for the registry.
    fn stored(&self, registry: &str) -> Result<Option<Credentials>, String> {
        let Some((key, stored)) = self.auths.iter().find(|(key, _)| is_of(key, registry)) else {
            return Ok(None);
        };
        if !stored.identitytoken.is_empty() {
            return Ok(Some(Credentials::RefreshToken(SecretText::new(&stored.identitytoken))));
        }
        let invalid = || format!("the credentials of `{key}` are not `user:password` in Base64");
        let (user, password) = match stored.auth.trim() {
            "" => (stored.username.clone(), stored.password.clone()),
            auth => {
                let text = BASE64.decode(auth.as_bytes()).map_err(|_| invalid())?;
                let text = String::from_utf8(text).map_err(|_| invalid())?;
                let (user, password) = text.split_once(':').ok_or_else(invalid)?;
                (user.to_owned(), password.trim_end_matches('\0').to_owned())
            }
        };
        if user.is_empty() || password.is_empty() {
            return Ok(None);
        }
        Ok(Some(Credentials::of_pair(user, &password)))
    }
}

impl Credentials {
    fn of_pair(user: String, secret: &str) -> Self {
        let password = SecretText::new(secret);
        match user == REFRESH {
            true => Self::RefreshToken(password),
            false => Self::Password { user, password },
        }
    }
}

/// Whether an entry of the file, such as `https://ghcr.io/v2/`, is of the registry.
fn is_of(key: &str, registry: &str) -> bool {
    if registry == "docker.io" && key == DOCKER_HUB {
        return true;
    }
    let host = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    host.split('/').next() == Some(registry)
}

/// What a credential helper answers.
/// <https://github.com/docker/docker-credential-helpers#development>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

fn ask_helper(
    context: &Context,
    helper: &str,
    registry: &str,
) -> Result<Option<Credentials>, Error> {
    let program = format!("docker-credential-{helper}");
    let failed = |reason: String| Error::new(ErrorKind::Settings, &format!("`{program}`"), reason);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !helper.bytes().all(is_word) {
        return Err(failed("this is not a name of a credential helper".to_owned()));
    }
    let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
    let command = context.command(&program).arg("get").stdin_bytes(server.into()).timeout(HELPER);
    let ended = command.run(&context.cancellation).map_err(|error| failed(error.to_string()))?;
    if ended.cancelled {
        let reason = "the run was cancelled";
        return Err(Error::new(ErrorKind::Interrupted, &program, reason));
    }
    if !ended.success() {
        // It prints to standard output why it has none.
        let said = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        if said.contains("credentials not found") {
            return Ok(None);
        }
        let said: String = said.chars().filter(|one| !one.is_control()).take(300).collect();
        return Err(failed(format!("ended with {} {said}", ended.status()).trim_end().to_owned()));
    }
    let answer: Answer = serde_json::from_slice(&ended.stdout)
        .map_err(|_| failed("it did not answer with Username and Secret".to_owned()))?;
    Ok(Some(Credentials::of_pair(answer.username, &answer.secret)))
}

/// The header `Authorization` with a user and a password (RFC 7617).
pub(crate) fn basic(user: &str, password: &SecretText) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{}", password.expose()).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str, registry: &str) -> Result<Option<Credentials>, String> {
        DockerConfig::parse(text.as_bytes())?.stored(registry)
    }

    fn password(user: &str, password: &str) -> Option<Credentials> {
        Some(Credentials::Password { user: user.into(), password: SecretText::new(password) })
    }

    #[test]
    fn entries_are_found_by_the_registry_and_no_other() {
        // dTpw is u:p
        let file = r#"{"auths":{
            "https://index.docker.io/v1/":{"auth":"dTpw"},
            "https://ghcr.io/v2/":{"username":"a","password":"b"},
            "localhost:5000":{"auth":"PHRva2VuPjp4"},
            "gcr.io":{"identitytoken":"t"},
            "empty.io":{}}, "credsStore": "", "HttpHeaders": {"x":"y"}}"#;
        assert_eq!(stored(file, "docker.io"), Ok(password("u", "p")));
        assert_eq!(stored(file, "ghcr.io"), Ok(password("a", "b")));
        let token = |text| Ok(Some(Credentials::RefreshToken(SecretText::new(text))));
        assert_eq!(stored(file, "localhost:5000"), token("x"));
        assert_eq!(stored(file, "gcr.io"), token("t"));
        for none in ["localhost:5001", "empty.io", "evil-ghcr.io", "io", "ghcr.io.evil.test"] {
            assert_eq!(stored(file, none), Ok(None), "{none}");
        }
    }

    #[test]
    fn a_helper_of_the_registry_goes_before_the_store() {
        let file = r#"{"credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"}"#;
        let file = DockerConfig::parse(file.as_bytes()).unwrap();
        assert_eq!((file.helper("gcr.io"), file.helper("x.io")), (Some("gcloud"), Some("desktop")));
        assert_eq!(DockerConfig::default().helper("gcr.io"), None);
    }

    #[test]
    fn an_error_does_not_repeat_what_is_in_the_file() {
        for wrong in [
            r#"{"auths":{"ghcr.io":"topsecret"}}"#,
            r#"{"auths":{"ghcr.io":{"auth":"topsecret"}}}"#,
            r#"{"auths":{"ghcr.io":{"auth":"dG9wc2VjcmV0"}}}"#,
            r#"{"auths": topsecret"#,
        ] {
            let error = stored(wrong, "ghcr.io").unwrap_err();
            assert!(!error.contains("topsecret") && !error.contains("dG9w"), "{error}");
        }
    }
}
