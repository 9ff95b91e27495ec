//! Rules for every line: files are short, and name no machine.

use std::path::Path;

const LINES: usize = 800;

/// Hosts that our files may link to; and the names that are reserved for examples.
const HOSTS: [&str; 54] = [
    "api.github.com",
    "avd.aquasec.com",
    "cli.github.com",
    "cobertura.sourceforge.net",
    "crates.io",
    "cwe.mitre.org",
    "distribution.github.io",
    "docs.docker.com",
    "docs.kernel.org",
    "docs.github.com",
    "docs.oasis-open.org",
    "docs.rs",
    "doc.rust-lang.org",
    "docs.zizmor.sh",
    "dwarfstd.org",
    "embarkstudios.github.io",
    "everything.curl.dev",
    "github.com",
    "ghcr.io",
    "git-scm.com",
    "go.dev",
    "google.github.io",
    "index.docker.io",
    "json-schema.org",
    "json.schemastore.org",
    "kubernetes.io",
    "keepachangelog.com",
    "ko.build",
    "nvd.nist.gov",
    "openvex.dev",
    "pkg.go.dev",
    "pkware.cachefly.net",
    "proxy.golang.org",
    "raw.githubusercontent.com",
    "robot-actions.dev",
    "semver.org",
    "slsa.dev",
    "spdx.github.io",
    "spdx.org",
    "trivy.dev",
    "vuln.go.dev",
    "www.apache.org",
    "www.first.org",
    "www.w3.org",
    "accounts.google.com",
    "containerd.io",
    "docs.sigstore.dev",
    "in-toto.io",
    "sigstore.dev",
    "theupdateframework.github.io",
    "tuf-repo.github.com",
    "tuf-repo-cdn.sigstage.dev",
    "tuf-repo-cdn.sigstore.dev",
    "token.actions.githubusercontent.com",
];
const RESERVED: [&str; 7] =
    ["example", "example.com", "example.org", "invalid", "localhost", "test", "127.0.0.1"];

/// Folders that exist on one machine only. In pieces, so that this file does not violate its own rule.
const FOLDERS: [&str; 4] =
    [concat!("/roo", "t/."), concat!("/User", "s/"), concat!("/wor", "k/"), concat!("/hom", "e/")];

/// Folders of files that are kept as they came.
const FOREIGN: [&str; 3] =
    ["fuzz/corpus", "crates/testkit/sigstore", "crates/tools/cosign-verify/tests/tuf"];

/// Marks a test that is not run. In pieces, as above.
const SKIPPED: &str = concat!("#[ign", "ore");

/// The home folder in recorded data, and that of images.
const RECORDED: [&str; 2] = [concat!("/hom", "e/robot"), concat!("/hom", "e/nonroot")];

pub(super) fn broken(path: &Path, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let name = path.display();
    let written = path.extension().is_some_and(|kind| kind == "rs" || kind == "go" || kind == "md");
    let lines = text.lines().count();
    if written && lines > LINES {
        broken.push(format!("{name}: {lines} lines; the limit is {LINES}"));
    }
    // Inputs that fuzzing generated, or that others wrote, may contain anything.
    let is_lock = path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
    if FOREIGN.iter().any(|folder| path.starts_with(folder)) || is_lock {
        return broken;
    }
    for (number, line) in text.lines().enumerate() {
        // In a regular expression a dot is written so.
        let line = &line.replace("\\.", ".");
        let place = format!("{name}:{}", number + 1);
        // A test that is not run proves nothing; a test that cannot run must fail.
        if line.trim_start().starts_with(SKIPPED) && line.trim() != slow() {
            broken.push(format!("{place}: a skipped test"));
        }
        for host in hosts(line).filter(|host| !allowed(host)) {
            broken.push(format!("{place}: the host `{host}` is not in xtask/src/rules/text.rs"));
        }
        for folder in FOLDERS {
            let named = line.match_indices(folder).any(|(at, _)| {
                let begins =
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-".contains(c));
                begins && !RECORDED.iter().any(|known| line[at..].starts_with(known))
            });
            if named {
                broken.push(format!("{place}: `{folder}` exists on one machine only"));
            }
        }
    }
    broken
}

/// Host of each `http(s)://` address in a line, without a user before it.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").filter_map(|(at, _)| {
        let scheme = line[..at].ends_with("http") || line[..at].ends_with("https");
        let rest = &line[at + 3..];
        let authority = rest.split(|c: char| "/?#\"'`".contains(c) || c.is_whitespace()).next()?;
        let host = authority.rsplit('@').next()?;
        let host = host.split(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c))).next()?;
        (scheme && host.contains(|c: char| c.is_ascii_alphanumeric())).then_some(host)
    })
}

fn allowed(host: &str) -> bool {
    let reserved = |name: &str| host == name || host.ends_with(&format!(".{name}"));
    HOSTS.contains(&host) || RESERVED.iter().any(|name| reserved(name))
}

/// The one reason that is accepted: `cargo xtask slow` runs these.
fn slow() -> String {
    format!("{SKIPPED} = \"slow: cargo xtask slow\"]")
}

#[cfg(test)]
mod tests {
    use super::{LINES, broken};
    use std::path::Path;

    fn check(text: &str) -> usize {
        broken(Path::new("docs/x.md"), text).len()
    }

    #[test]
    fn long_files_foreign_hosts_and_machines_are_refused() {
        assert_eq!(check(&"x\n".repeat(LINES)), 0);
        assert_eq!(check(&"x\n".repeat(LINES + 1)), 1);
        assert_eq!(check("[a](https://github.com/x), http://127.0.0.1:80/, https://a.example/"), 0);
        let scheme = "https:";
        assert_eq!(check(&format!("{scheme}//user:secret@proxy.example.com:80 ends")), 0);
        assert_eq!(check(&format!("{scheme}//example.com@elsewhere.net/x")), 1);
        assert_eq!(check(&format!("see {scheme}//mirror.corp.internal/simple")), 1);
        assert_eq!(check(&format!("{scheme}//{{host}}/ and {scheme}//github.com.evil.net")), 1);
        for (text, count) in [
            ("cd /hom*e/ann/src", 1),
            ("cd /hom*e/robot/src", 0),
            ("(/Use*rs/ann)", 1),
            ("/roo*t/.cache", 1),
            ("home/wo*rk/x", 0),
            ("`/wo*rk/x`", 1),
            ("    #[ign*ore = \"slow\"]", 1),
        ] {
            assert_eq!(check(&text.replace('*', "")), count, "{text}");
        }
    }
}
