//! Checks that tools without network access link neither an asynchronous runtime nor TLS, so that their programs stay small
//! and need fewer security updates.

use super::layers::Package;
use crate::command;
use anyhow::{Result, ensure};
use std::path::Path;

/// Packages for network access.
const NETWORK: [&str; 4] = ["aws-lc-rs", "reqwest", "rustls", "tokio"];

/// Tools that send requests, and the network packages that they link.
const ALLOWED: [(&str, &[&str]); 4] = [
    ("robot-summary", &NETWORK),
    // Pushes to registries.
    ("robot-go-image", &NETWORK),
    // Downloads archives of scanners.
    ("robot-security-gate", &NETWORK),
    // Sends requests to registries and GitHub, and checks signatures.
    ("robot-cosign-verify", &NETWORK),
    // Sends requests to the services of a layer, on this machine and unencrypted.
    ("robot-go-test", &["reqwest", "tokio"]),
];

/// As cargo resolves each tool by itself: in the bundle the features of all are joined.
pub(super) fn broken(root: &Path, packages: &[Package]) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for tool in packages.iter().filter(|package| package.is_tool()) {
        let mut cargo = command("cargo");
        cargo.args(["tree", "--edges=normal", "--prefix=none", "--format={p}", "--package"]);
        let output = cargo.arg(&tool.name).current_dir(root).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        broken.extend(links(&tool.name, &String::from_utf8_lossy(&output.stdout)));
    }
    Ok(broken)
}

fn links(tool: &str, tree: &str) -> Option<String> {
    let allowed =
        ALLOWED.iter().find(|(name, _)| *name == tool).map_or(&[][..], |(_, names)| names);
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut wrong: Vec<&str> =
        names.filter(|name| NETWORK.contains(name) && !allowed.contains(name)).collect();
    wrong.sort_unstable();
    wrong.dedup();
    (!wrong.is_empty()).then(|| {
        let wrong = wrong.join(", ");
        format!("{tool}: links {wrong}; see ALLOWED in xtask/src/rules/links.rs")
    })
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn each_tool_links_what_it_may() {
        let tree = "robot-x v0.1.0 (/x)\ntokio v1.54.1\nrustls v0.23.46\ntokio v1.54.1 (*)\ntokio-util v0.7.0";
        assert_eq!(links("robot-summary", tree), None);
        assert!(links("robot-go-test", tree).unwrap().contains("links rustls;"));
        assert!(links("robot-go-vet", tree).unwrap().contains("links rustls, tokio;"));
        assert_eq!(links("robot-go-vet", "robot-go-vet v0.1.0\nserde v1.0.229"), None);
    }
}
