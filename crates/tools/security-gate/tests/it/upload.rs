//! Findings go to code scanning, and a repository that has none loses nothing by it.

use crate::world::World;
use robot_testkit::{FakeGitHub, Fault};
use serde_json::Value;
use std::io::Read as _;

fn gate(world: &World, github: &FakeGitHub) -> (Option<i32>, Value) {
    let report = format!("--reports={}", World::fixture("gosec.json"));
    let variables = [("GITHUB_API_URL", github.url()), ("GITHUB_TOKEN", "ghs_secret")];
    world.gate_with(&variables, &[], &[report.as_str(), "--code-scanning", "--fail-on=critical"])
}

#[test]
fn findings_are_uploaded_for_the_commit_that_is_checked_out() {
    let (world, github) = (World::new(), FakeGitHub::start(30));
    let (code, result) = gate(&world, &github);
    assert_eq!(code, Some(0), "{result}");
    assert!(result.to_string().contains("uploaded to code scanning"), "{result}");
    assert!(!result.to_string().contains("ghs_secret"), "{result}");
    let uploads = github.uploads();
    assert_eq!((uploads.len(), &uploads[0]["ref"]), (1, &"refs/heads/main".into()), "{uploads:?}");
    assert_eq!(uploads[0]["commit_sha"].as_str().map(str::len), Some(40), "{uploads:?}");
    let encoded = uploads[0]["sarif"].as_str().unwrap();
    let compressed = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), world.left("security.sarif"));
}

/// 403: a private repository without the licence, or a fork's token; 404: code scanning is off.
#[test]
fn a_repository_without_code_scanning_is_told_and_does_not_fail() {
    let said = [
        (403, "Advanced Security must be enabled for this repository to use code scanning."),
        (404, "Not Found"),
    ];
    for (status, message) in said {
        let (world, github) = (World::new(), FakeGitHub::start(30));
        github.fail("POST", "/sarifs", Fault::Answer(status, Vec::new(), message));
        let (code, result) = gate(&world, &github);
        assert_eq!((code, &result["verdict"]), (Some(0), &"pass".into()), "{status}: {result}");
        assert!(result.to_string().contains("a private one needs a licence"), "{result}");
    }
}

#[test]
fn an_upload_that_fails_otherwise_warns() {
    let (world, github) = (World::new(), FakeGitHub::start(30));
    github.fail("POST", "/sarifs", Fault::Answer(400, Vec::new(), "commit not found"));
    let (code, result) = gate(&world, &github);
    assert_eq!(code, Some(0), "{result}");
    assert_eq!(result["verdict"], "warn", "{result}");
    assert!(result.to_string().contains("not uploaded to code scanning"), "{result}");
}
