//! A robot's repository with three changes on branches: `docs`, `leaf` and `bump`.

use crate::{command, require};
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A robot to measure, and the dependency that changes: `PATH=MODULE@VERSION`.
#[derive(Debug, Clone)]
pub(crate) struct Robot {
    pub(crate) source: PathBuf,
    pub(crate) bump: String,
}

impl FromStr for Robot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, bump) = text.split_once('=').ok_or("expected PATH=MODULE@VERSION")?;
        Ok(Self { source: PathBuf::from(path), bump: bump.to_owned() })
    }
}

impl Robot {
    pub(crate) fn name(&self) -> String {
        let name = self.source.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Makes the repository with its branches; downloads what they need into `proxy`. Gives the
    /// commit that it stands on; empty for the example, which is this one.
    pub(crate) fn prepare(&self, repository: &Path, proxy: &Path) -> Result<String> {
        let _ = fs_err::remove_dir_all(repository);
        fs_err::create_dir_all(repository)?;
        require(command("cp").arg("-a").arg(self.source.join(".")).arg(repository))?;
        let commit = match repository.join(".git").exists() {
            true => output(repository, "git", &["rev-parse", "--short=10", "HEAD"])?,
            false => String::new(),
        };
        let _ = fs_err::remove_dir_all(repository.join(".git"));
        // The same work both ways: unit tests of all packages.
        let _ = fs_err::remove_file(repository.join(".github/robot.yml"));
        git(repository, &["init", "--quiet", "--initial-branch=base"])?;
        commit_all(repository, "base")?;
        self.branch(repository, "docs", |folder| {
            Ok(fs_err::write(folder.join("README.md"), "Another text.\n")?)
        })?;
        self.branch(repository, "leaf", |folder| change(folder, Which::Leaf, 0))?;
        self.branch(repository, "bump", |folder| {
            go(folder, &["get", &self.bump])?;
            go(folder, &["mod", "tidy"])?;
            if folder.join("vendor/modules.txt").is_file() {
                go(folder, &["mod", "vendor"])?;
            }
            Ok(())
        })?;
        for branch in ["base", "bump"] {
            git(repository, &["checkout", "--quiet", branch])?;
            let mut download = command("go");
            download.args(["mod", "download"]).env("GOMODCACHE", proxy);
            require(download.env("GOFLAGS", "-modcacherw").current_dir(repository))?;
        }
        git(repository, &["checkout", "--quiet", "base"])?;
        Ok(commit)
    }

    fn branch(
        &self,
        repository: &Path,
        name: &str,
        change: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        git(repository, &["checkout", "--quiet", "-b", name, "base"])?;
        change(repository).with_context(|| format!("{}: branch {name}", self.name()))?;
        commit_all(repository, name)
    }
}

/// Which package changes, of those that have tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// That which the fewest others import.
    Leaf,
    /// That which the most others import.
    Root,
}

/// Adds a function to one file of a package that has tests.
pub(crate) fn change(repository: &Path, which: Which, number: u32) -> Result<()> {
    const FORMAT: &str = "{{if and .TestGoFiles .GoFiles (ne .Name \"main\")}}{{.ImportPath}} {{.Dir}}/{{index .GoFiles 0}}{{end}}";
    let tested = output(repository, "go", &["list", "-f", FORMAT, "./..."])?;
    let needed = output(repository, "go", &["list", "-f", "{{join .Deps \"\\n\"}}", "./..."])?;
    let importers = |path: &str| needed.lines().filter(|line| *line == path).count();
    let (_, file) = tested
        .lines()
        .filter_map(|line| line.split_once(' '))
        .min_by_key(|(path, _)| match which {
            Which::Leaf => importers(path) as isize,
            Which::Root => -(importers(path) as isize),
        })
        .context("no package has tests")?;
    let mut text = fs_err::read_to_string(file)?;
    text += &format!("\nfunc benchmarkChange{number}() int {{ return {number} }}\n");
    Ok(fs_err::write(file, text)?)
}

pub(crate) fn commit_all(repository: &Path, message: &str) -> Result<()> {
    git(repository, &["add", "--all", "--force", "."])?;
    git(repository, &["commit", "--quiet", "--allow-empty", "--message", message])
}

fn git(repository: &Path, arguments: &[&str]) -> Result<()> {
    let identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
    require(command("git").arg("-C").arg(repository).args(identity).args(arguments))
}

fn go(folder: &Path, arguments: &[&str]) -> Result<()> {
    require(command("go").args(arguments).current_dir(folder))
}

pub(crate) fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let output = command(program).args(arguments).current_dir(folder).output()?;
    ensure!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
