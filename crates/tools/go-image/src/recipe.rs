//! All that an image is made of, beside the sources and Go: the same recipe gives the same image.

use crate::input::Settings;
use jiff::Timestamp;
use robot_contract::{Context, Failure, ResultExt as _};
use robot_git::{ask, paths, require, without_filters};
use serde::{Deserialize, Serialize};

/// The settings, and what the commit says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recipe {
    pub(crate) settings: Settings,
    /// In full.
    pub(crate) commit: String,
    /// The committer's time.
    pub(crate) time: Timestamp,
    /// Address of the repository, where it is known.
    pub(crate) source: Option<String>,
    /// Path of the module.
    pub(crate) module: String,
}

impl Recipe {
    /// Reads what the checkout says.
    pub(crate) fn read(settings: Settings, context: &Context) -> Result<Self, Failure> {
        let told = require(context, &["show", "--no-patch", "--format=%H %ct", "HEAD"])
            .map_err(|failure| failure.hint("an image is stamped with its commit: commit first"))?;
        let (commit, seconds) = told.trim().split_once(' ').unwrap_or_default();
        let time = seconds.parse().ok().and_then(|time| Timestamp::from_second(time).ok());
        let time = time.ok_or_else(|| Failure::external("git told no time of the commit"))?;
        let source = match repository_of_job(context) {
            Some(source) => Some(source),
            None => ask(context, &["config", "--get", "remote.origin.url"])?
                .and_then(|url| web_address(url.trim())),
        };
        let module = module(context)?;
        Ok(Self { settings, commit: commit.to_owned(), time, source, module })
    }

    /// What the user calls the version, or the commit.
    pub(crate) fn version(&self) -> &str {
        self.settings.input.version.as_deref().unwrap_or(&self.commit)
    }

    /// Flags for the linker.
    pub(crate) fn ldflags(&self) -> String {
        let flags = self.settings.input.ldflags.replace("{commit}", &self.commit);
        let flags = flags.replace("{version}", self.version());
        flags.replace("{time}", &self.time.to_string())
    }

    /// The module's last name that is no version: `example.com/echo-robot/v2` is `echo-robot`.
    pub(crate) fn title(&self) -> &str {
        let is_version = |name: &&str| {
            name.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok()) && name.len() < 5
        };
        let mut names = self.module.rsplit('/');
        let last = names.next().unwrap_or_default();
        names.next().filter(|_| is_version(&last)).unwrap_or(last)
    }
}

/// Files of the checkout that are not as they were committed, some of them.
pub(crate) fn dirty(context: &Context) -> Result<Vec<String>, Failure> {
    let filters = without_filters(context)?;
    let mut arguments: Vec<&str> = filters.iter().map(String::as_str).collect();
    arguments.extend(["status", "--porcelain=v1", "-z", "--untracked-files=normal"]);
    let told = require(context, &arguments)?;
    Ok(paths(&told).filter_map(|entry| entry.get(3..)).map(str::to_owned).collect())
}

/// The path of the module of the working folder; its name where it is a workspace.
fn module(context: &Context) -> Result<String, Failure> {
    let name = || context.directory.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = context.directory.join("go.mod");
    if !file.is_file() {
        return Ok(name().unwrap_or_default());
    }
    let text = fs_err::read_to_string(file).or_external(|| "go.mod cannot be read".to_owned())?;
    let file = robot_golang::module::GoMod::parse(&text)
        .or_external(|| "go.mod is not valid".to_owned())?;
    Ok(file.module.map(|module| module.text).unwrap_or_default())
}

fn repository_of_job(context: &Context) -> Option<String> {
    let name = context.environment.get("GITHUB_REPOSITORY")?;
    let server = context.environment.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    context.environment.is_github().then(|| format!("{server}/{name}"))
}

/// `https://github.com/acme/robot` of what git clones, without user and password.
fn web_address(url: &str) -> Option<String> {
    let (host, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':').filter(|(host, _)| host.contains('@'))?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("https://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn the_address_of_the_source_has_no_secret_and_no_machine_in_it() {
        let expected = Some("https://github.com/acme/robot".to_owned());
        for url in [
            "https://github.com/acme/robot",
            "https://user:secret@github.com/acme/robot.git",
            "git@github.com:acme/robot.git",
            "ssh://git@github.com:22/acme/robot.git/",
        ] {
            assert_eq!(web_address(url), expected, "{url}");
        }
        for url in ["/home/me/robot", "../robot", "file:///home/me/robot", "C:\\robot", ""] {
            assert_eq!(web_address(url), None, "{url}");
        }
    }
}
