//! Who may ask.

use crate::world::{context, options, with, with_password};
use robot_oci::{Access, ErrorKind, Options, Reference, Repository, block_on};
use robot_testkit::{FakeRegistry, write};
use serde_json::json;

fn absent(host: &str, options: &Options) -> Result<(), robot_oci::Error> {
    with(host, options, async |repository, reference| {
        assert_eq!(repository.head_manifest(reference).await?, None);
        Ok(())
    })
}

#[test]
fn a_token_is_asked_for_with_the_right_that_is_needed_and_again_when_it_expired() {
    let registry = FakeRegistry::start(true);
    registry.require_token("user", "secret");
    with(&registry.host(), &with_password("user", "secret"), async |repository, reference| {
        assert_eq!(repository.head_manifest(reference).await?, None);
        assert_eq!(repository.head_manifest(reference).await?, None);
        let scope = "repository:acme/robot:pull,push".to_owned();
        assert_eq!(registry.tokens_given(), [scope.clone()]);
        registry.expire_tokens();
        assert_eq!(repository.head_manifest(reference).await?, None);
        assert_eq!(registry.tokens_given(), [scope.clone(), scope]);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_password_is_shown_where_the_registry_wants_it_itself() {
    let registry = FakeRegistry::start(true);
    registry.require_password("user", "secret");
    absent(&registry.host(), &with_password("user", "secret")).unwrap();
    let error = absent(&registry.host(), &with_password("user", "wrong")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
}

#[test]
fn wrong_and_missing_credentials_are_told_apart_from_what_is_not_there() {
    let registry = FakeRegistry::start(true);
    registry.require_token("user", "secret");
    for options in [options(), with_password("user", "wrong")] {
        let error = absent(&registry.host(), &options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthorized, "{error}");
        assert!(error.hint().unwrap().contains("docker login"));
        assert!(!format!("{error:?}").contains("wrong\""));
    }
}

#[test]
fn what_docker_login_left_is_used() {
    let registry = FakeRegistry::start(true);
    registry.require_token("user", "secret");
    let folder = tempfile::tempdir().unwrap();
    let (docker, bin) = (folder.path().join("docker"), folder.path().join("bin"));
    let helper = "#!/bin/sh\nread -r server\n[ \"$1 $server\" = \"get $HOST\" ] && echo '{\"Username\":\"user\",\"Secret\":\"secret\"}' && exit\necho 'credentials not found in native keychain'\nexit 1\n";
    write(&bin.join("docker-credential-test"), helper);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bin.join("docker-credential-test"), mode).unwrap();
    let host = registry.host();
    let basic = data(b"user:secret");
    let files = [
        json!({ "auths": { host.as_str(): { "auth": basic } } }),
        json!({ "auths": { host.as_str(): { "identitytoken": "secret" } } }),
        json!({ "credsStore": "test" }),
        json!({ "credHelpers": { host.as_str(): "test" }, "credsStore": "absent" }),
    ];
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let variables =
        [("DOCKER_CONFIG", docker.to_str().unwrap()), ("PATH", &*path), ("HOST", &*host)];
    let ask = || {
        let reference: Reference = format!("{host}/acme/robot").parse().unwrap();
        let repository =
            Repository::open(&context(&variables), &reference, Access::Pull, &options())?;
        block_on(async { repository.head_manifest(&reference).await }).unwrap()
    };
    for file in files {
        write(&docker.join("config.json"), &file.to_string());
        assert_eq!(ask().unwrap(), None, "{file}");
    }
    assert!(registry.tokens_given().iter().all(|scope| scope.ends_with(":pull")));
    for (file, why) in [
        (json!({ "credsStore": "absent" }), "`docker-credential-absent` was not found"),
        (json!({ "credsStore": "../evil" }), "not a name of a credential helper"),
        (json!({ "auths": { host.as_str(): { "auth": "x" } } }), "not `user:password`"),
        (json!({ "auths": [] }), "not valid at line 1"),
    ] {
        write(&docker.join("config.json"), &file.to_string());
        let error = ask().unwrap_err();
        assert!(error.kind == ErrorKind::Settings && error.to_string().contains(why), "{error}");
    }
}

fn data(text: &[u8]) -> String {
    data_encoding::BASE64.encode(text)
}

#[test]
fn the_token_of_github_is_for_its_own_registry_alone() {
    let registry = FakeRegistry::start(true);
    registry.require_token("x-access-token", "secret");
    let github_token = Some(robot_contract::SecretText::new("secret"));
    let error = absent(&registry.host(), &Options { github_token, ..options() }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    assert!(error.reason.contains("no credentials"), "{error}");
    assert!(registry.tokens_given().is_empty());
}

#[test]
fn a_password_without_its_user_is_a_wrong_setting() {
    let options = Options { username: None, ..with_password("", "secret") };
    let error = absent("localhost:1", &options).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Settings);
    assert!(error.to_string().contains("registry-username"), "{error}");
}
