//! `cargo xtask release-tree`: writes the contents of a release's tag. The same source and programs give the same bytes.
//!
//! The tree contains the actions under their public names (`go-test/action.yml` beside `actions/go-test/action.yml`), the
//! workflows, the programs, and a manifest with the size and hash of each file. The single line of an action sources
//! `dist/launcher`, which is at most two folders up, with `bash -p`. The launcher checks the program's size, magic number and
//! architecture and replaces itself by `exec`, so that signals of a cancelled job arrive. Workflows name the actions beside
//! them by `$/`, which neither GitHub Enterprise Server nor act supports: `release-tree --own-reference` writes full names.

mod archive;
mod manifest;
mod program;

use crate::generate::wrapper::{TOOL_DEPTH, launcher};
use crate::{command, root};
use anyhow::{Context as _, Result, bail, ensure};
use program::Program;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to put into the tree.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write; a folder that is not there yet, or empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Program of an architecture: `x86_64-linux=FILE`, `aarch64-linux=FILE`
    #[arg(long = "bin", value_name = "ARCH=FILE", required = true)]
    programs: Vec<Program>,
    /// Write `$/x` as `REPOSITORY/x@REF`, for GitHub Enterprise Server and act, which do not know `$/`
    #[arg(long, value_name = "REPOSITORY@REF")]
    own_reference: Option<String>,
    /// Take uncommitted changes and dynamically linked programs; the manifest says so
    #[arg(long)]
    development: bool,
}

/// A file of the tree.
struct File {
    content: Vec<u8>,
    is_program: bool,
}

type Tree = BTreeMap<String, File>;

/// Files and folders of the source that the tree contains in addition to programs.
const SOURCES: [&str; 8] = [
    ".github/workflows/",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "action.yml",
    "actions/",
    "dist/launcher",
    "docs/",
];

#[expect(clippy::print_stdout, reason = "xtask prints to its user")]
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let out = std::env::current_dir()?.join(&arguments.out);
    let is_free = fs_err::read_dir(&out).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_free, "{} is not empty\nhint: name a new or empty folder", out.display());
    let commit = commit(arguments.development)?;
    let mut tree = sources(arguments.own_reference.as_deref())?;
    for program in &arguments.programs {
        let content = program.read(arguments.development)?;
        let known = tree.insert(program.path(), File { content, is_program: true });
        ensure!(known.is_none(), "two programs for {}", program.architecture());
    }
    let version = env!("CARGO_PKG_VERSION");
    manifest::add(&mut tree, version, &commit)?;
    let size = archive::size(&tree)?;
    let (limit, goal) = archive::budget(arguments.programs.len());
    ensure!(
        arguments.development || size <= limit,
        "the archive would have {size} bytes; the limit is {limit}"
    );
    for (path, file) in &tree {
        write(&out.join(path), file)?;
    }
    println!(
        "{} files of version {version}, commit {commit}; {:.2} MiB as an archive (goal {:.0})",
        tree.len(),
        size as f64 / archive::MEBIBYTE as f64,
        goal as f64 / archive::MEBIBYTE as f64,
    );
    Ok(())
}

/// Writes a tree for this machine with a program that need not be a release build.
pub(crate) fn write_development(out: &Path, program: &Path, own_reference: &str) -> Result<()> {
    let name = format!("{}-linux", std::env::consts::ARCH);
    let program = Program::new(&name, program.to_owned()).map_err(anyhow::Error::msg)?;
    run(&Arguments {
        out: out.to_owned(),
        programs: vec![program],
        own_reference: Some(own_reference.to_owned()),
        development: true,
    })
}

/// The commit that the source is of.
fn commit(is_development: bool) -> Result<String> {
    let commit = git(&["rev-parse", "HEAD"])?.trim().to_owned();
    let changes = git(&["status", "--porcelain"])?;
    if changes.is_empty() {
        return Ok(commit);
    }
    ensure!(
        is_development,
        "there are uncommitted changes:\n{changes}hint: commit them, or use --development for a trial"
    );
    Ok(commit + "-changed")
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = command("git").args(arguments).output()?;
    ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn sources(own_reference: Option<&str>) -> Result<Tree> {
    let listed = git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut tree = Tree::new();
    for path in listed.split_terminator('\0') {
        let is_source = SOURCES
            .iter()
            .any(|source| path == *source || source.ends_with('/') && path.starts_with(source));
        // The project's own workflows are useless to users.
        let is_own = path.starts_with(".github/workflows/") && !path.contains("/robot-");
        if is_own || !is_source {
            continue;
        }
        let whole = root().join(path);
        let kind = fs_err::symlink_metadata(&whole)?;
        // The archive for Windows contains a link as text, and a broken link fails every user's job:
        // https://github.com/actions/runner/issues/1341
        ensure!(kind.is_file(), "{path} is not a regular file");
        let mut content = fs_err::read(&whole)?;
        if let Some(reference) = own_reference.filter(|_| path.ends_with(".yml")) {
            content = with_reference(&String::from_utf8(content)?, reference)?.into_bytes();
        }
        tree.insert(path.to_owned(), File { content, is_program: false });
    }
    for (path, content) in public_names(&tree)? {
        tree.insert(path, File { content, is_program: false });
    }
    Ok(tree)
}

/// `uses: org/robot-actions/go-test@v1` means a folder at the root.
fn public_names(tree: &Tree) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut copies = BTreeMap::new();
    for (path, file) in tree {
        let Some(tool) =
            path.strip_prefix("actions/").and_then(|rest| rest.strip_suffix("/action.yml"))
        else {
            continue;
        };
        let text = std::str::from_utf8(&file.content)?;
        let (from, to) = (launcher(TOOL_DEPTH), launcher(1));
        ensure!(text.contains(&from), "{path} does not start the launcher");
        copies.insert(format!("{tool}/action.yml"), text.replace(&from, &to).into_bytes());
    }
    ensure!(!copies.is_empty(), "there are no actions");
    Ok(copies)
}

/// `uses: $/actions/x` with a repository and a reference, by the public name.
fn with_reference(text: &str, reference: &str) -> Result<String> {
    let (repository, revision) = reference
        .split_once('@')
        .context("expected REPOSITORY@REF, such as org/robot-actions@v1")?;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.split_once("uses: $/actions/") {
            Some((before, tool)) => {
                let tool = tool.trim_end();
                out.push_str(&format!("{before}uses: {repository}/{tool}@{revision}\n"));
            }
            None if line.contains("uses: $/") => {
                bail!("`{}` does not name an action of this repository", line.trim())
            }
            None => out.push_str(line),
        }
    }
    Ok(out)
}

fn write(path: &Path, file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().context("a file has a folder")?;
    fs_err::create_dir_all(folder)?;
    fs_err::write(path, &file.content)?;
    let mode = if file.is_program { 0o755 } else { 0o644 };
    Ok(fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_actions_get_a_repository_and_a_reference() {
        let text = "steps:\n  - uses: $/actions/cache-key\n    with: {a: $/b}\n  - uses: a/b@c\n";
        let written = with_reference(text, "acme/copies@v1").unwrap();
        assert_eq!(
            written,
            "steps:\n  - uses: acme/copies/cache-key@v1\n    with: {a: $/b}\n  - uses: a/b@c\n"
        );
        assert!(with_reference("uses: $/other", "a/b@c").is_err());
        assert!(with_reference(text, "acme/copies").is_err());
    }

    #[test]
    fn every_action_has_a_public_name_that_finds_the_launcher() {
        let tree = sources(None).unwrap();
        let text = |path: &str| String::from_utf8(tree[path].content.clone()).unwrap();
        for (path, up) in [
            ("action.yml", ""),
            ("go-test/action.yml", "../"),
            ("actions/go-test/action.yml", "../../"),
        ] {
            let line = format!(". \"$GITHUB_ACTION_PATH/{up}dist/launcher\"");
            assert!(text(path).contains(&line), "{path}: {}", text(path));
        }
        assert!(tree.contains_key("ci/action.yml") && tree.contains_key("LICENSE"));
        assert!(tree.contains_key(".github/workflows/robot-release.yml"));
        let is_own =
            |path: &String| path.starts_with("crates/") || path == ".github/workflows/release.yml";
        assert!(!tree.keys().any(is_own));
    }

    /// Every file below a folder, with its content and mode.
    fn all(folder: &Path, below: &Path, found: &mut BTreeMap<PathBuf, (Vec<u8>, u32)>) {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(folder.join(below)).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (below.join(entry.file_name()), entry.file_type().unwrap());
            assert!(!kind.is_symlink(), "{}", path.display());
            if kind.is_dir() {
                all(folder, &path, found);
            } else {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                found.insert(path, (std::fs::read(entry.path()).unwrap(), mode));
            }
        }
    }

    #[test]
    fn the_same_source_and_program_give_the_same_tree_and_its_sums_hold() {
        let folder = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        let trees = ["one", "two"].map(|name| {
            let tree = folder.path().join(name);
            write_development(&tree, &program, "org/robot-actions@v1").unwrap();
            let mut found = BTreeMap::new();
            all(&tree, Path::new(""), &mut found);
            found
        });
        assert!(trees[0] == trees[1]);
        let mut check = command("sha256sum");
        check.args(["--check", "--quiet", "--strict", "dist/SHA256SUMS"]);
        assert!(check.current_dir(folder.path().join("one")).status().unwrap().success());
        let sums = String::from_utf8(trees[0][Path::new("dist/SHA256SUMS")].0.clone()).unwrap();
        assert_eq!(sums.lines().count() + 1, trees[0].len());
        // Written over nothing that is there.
        let again = write_development(&folder.path().join("one"), &program, "a/b@c");
        assert!(again.unwrap_err().to_string().contains("is not empty"));
    }
}
