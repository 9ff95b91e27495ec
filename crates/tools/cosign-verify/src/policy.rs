//! The policy that settings and this run come to.

use crate::input::{By, Settings, SignedBy, Source};
use crate::roots;
use robot_contract::{Context, Failure};
use robot_sigstore::{
    Claim, Identity, Pattern, PatternError, Policy, Preset, Rule, Signer, Source as Origin,
};

/// The policy of these settings.
///
/// # Errors
/// A key cannot be read, or nothing says which repository or branch counts.
pub(crate) fn of(settings: &Settings, context: &Context) -> Result<Policy, Failure> {
    let signer = match &settings.by {
        By::Key(file) => Signer::Key(roots::key(file, context)?),
        By::Preset(preset) => {
            Signer::Identity(preset_identity(*preset, &settings.source, context)?)
        }
        By::Exact { subject, issuer } => {
            let identity = Identity::exact(subject, issuer);
            Signer::Identity(asked(identity, &settings.source, context)?)
        }
        By::Pattern { subject, issuer } => {
            let subject = Rule::Pattern(Pattern::new(subject).map_err(|error| wrong(&error))?);
            let identity = Identity { subject, ..Identity::exact("", issuer) };
            Signer::Identity(asked(identity, &settings.source, context)?)
        }
    };
    Ok(Policy {
        signer,
        log: settings.transparency_log.log(),
        predicate_types: settings.predicate_types.clone(),
    })
}

fn wrong(error: &PatternError) -> Failure {
    Failure::config("a rule for the identity is invalid").caused_by(error)
}

fn preset_identity(
    preset: SignedBy,
    source: &Source,
    context: &Context,
) -> Result<Identity, Failure> {
    let (preset, is_ours) = match preset {
        SignedBy::Own | SignedBy::Attest => (Preset::Own, true),
        SignedBy::GithubBuilder => (Preset::DockerGitHubBuilder, true),
        SignedBy::RobotRelease => (Preset::RobotRelease, true),
        SignedBy::RobotActions => (Preset::RobotActions, false),
    };
    let origin = match is_ours {
        true => Origin {
            server: server(context),
            repository: repository(source, context)?,
            refs: match source.refs.is_empty() {
                true => default_refs(context)?,
                false => source.refs.iter().map(|git_ref| glob(git_ref)).collect(),
            },
        },
        false => Origin { server: String::new(), repository: String::new(), refs: Vec::new() },
    };
    let identity = preset.identity(&origin).map_err(|error| wrong(&error))?;
    // What the preset has said already is not asked twice.
    let said = Source { repository: None, refs: Vec::new(), ..source.clone() };
    let asked_of = if is_ours { &said } else { source };
    asked(identity, asked_of, context)
}

/// Adds what is asked of the build.
fn asked(identity: Identity, source: &Source, context: &Context) -> Result<Identity, Failure> {
    let pattern =
        |text: String| Pattern::new(&text).map(Rule::Pattern).map_err(|error| wrong(&error));
    let mut identity = identity;
    let server = server(context);
    if let Some(repository) = &source.repository {
        let address = format!("{server}/{repository}");
        identity = identity.and(Claim::SourceRepository, Rule::Exact(address));
    }
    if !source.refs.is_empty() {
        let refs: Vec<String> = source.refs.iter().map(|git_ref| glob(git_ref)).collect();
        identity = identity.and(Claim::SourceRef, pattern(refs.join("|"))?);
    }
    if let Some(path) = &source.workflow {
        let path = robot_sigstore::literal(path.trim_start_matches('/'));
        identity =
            identity.and(Claim::Workflow, pattern(format!("https://[^/]+/[^/]+/[^/]+/{path}@.+"))?);
    }
    if !source.triggers.is_empty() {
        let events: Vec<String> =
            source.triggers.iter().map(|event| robot_sigstore::literal(event)).collect();
        identity = identity.and(Claim::Trigger, pattern(events.join("|"))?);
    }
    if let Some(kind) = &source.runner {
        identity = identity.and(Claim::RunnerEnvironment, Rule::Exact(kind.clone()));
    }
    Ok(identity)
}

/// `https://github.com`, or that of a GitHub Enterprise Server.
fn server(context: &Context) -> String {
    let server = context.run.identity.server.as_deref().unwrap_or("https://github.com");
    server.trim_end_matches('/').to_owned()
}

fn repository(source: &Source, context: &Context) -> Result<String, Failure> {
    let own = || context.run.identity.repository.clone();
    source.repository.clone().or_else(own).ok_or_else(|| {
        Failure::user("the repository of the build is unknown")
            .hint("set `source-repository` to `owner/name`")
    })
}

/// The default branch, and every tag.
fn default_refs(context: &Context) -> Result<Vec<String>, Failure> {
    let branch = context.run.event["repository"]["default_branch"].as_str();
    let Some(branch) = branch else {
        return Err(Failure::user("the default branch is unknown")
            .hint("set `source-ref`, for example `refs/heads/main,refs/tags/**`"));
    };
    Ok(vec![robot_sigstore::literal(&format!("refs/heads/{branch}")), "refs/tags/.+".to_owned()])
}

/// A pattern for what `*` and `**` mean in names of refs.
fn glob(git_ref: &str) -> String {
    let parts = git_ref
        .split("**")
        .map(|part| part.split('*').map(robot_sigstore::literal).collect::<Vec<_>>().join("[^/]*"));
    parts.collect::<Vec<_>>().join(".*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_in_refs_stand_for_what_they_do_on_github() {
        let fits =
            |pattern: &str, git_ref: &str| Pattern::new(&glob(pattern)).unwrap().fits(git_ref);
        assert!(fits("refs/tags/v*", "refs/tags/v1.2"));
        assert!(!fits("refs/tags/v*", "refs/tags/v1/x"));
        assert!(fits("refs/tags/**", "refs/tags/v1/x"));
        assert!(fits("refs/heads/main", "refs/heads/main"));
        assert!(!fits("refs/heads/main", "refs/heads/main2"));
        assert!(!fits("refs/heads/m.in", "refs/heads/main"));
    }
}
