//! The output of `go list -json`: one JSON object per package, one after another.
//!
//! Spec: `go help list`; the fields are those of `go/build.Package` and `cmd/go`'s own.

use serde::Deserialize;
use std::io::BufRead;
use thiserror::Error;

/// A package. Fields that were not requested (`-json=Dir,…`) or that this Go version does not have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Package {
    /// Import path; of a test variant with its target: `example.com/p [example.com/p.test]`.
    pub import_path: String,
    /// Folder, absolute.
    pub dir: String,
    /// Package whose tests this variant was made for.
    pub for_test: String,
    /// Name in the package clause; `main` is a program.
    pub name: String,
    /// File that installing the package would write; of a program, the name that `go build` gives it.
    pub target: String,
    /// Identity of what the package was compiled from and of what came out of it (`-export`).
    #[serde(rename = "BuildID")]
    pub build_id: String,
    /// Part of Go itself.
    pub standard: bool,
    /// Listed only as a dependency (`-deps`).
    pub dep_only: bool,
    /// Its module; absent for the standard library.
    pub module: Option<Module>,
    /// Compiled files, without those that use cgo.
    pub go_files: Vec<String>,
    /// Files that use cgo.
    pub cgo_files: Vec<String>,
    /// Files excluded by build constraints.
    pub ignored_go_files: Vec<String>,
    /// Test files of the package.
    pub test_go_files: Vec<String>,
    /// Test files of the external package `_test`.
    pub x_test_go_files: Vec<String>,
    /// Files that `//go:embed` includes.
    pub embed_files: Vec<String>,
    /// Files that test files of the package embed.
    pub test_embed_files: Vec<String>,
    /// Files that external test files embed.
    pub x_test_embed_files: Vec<String>,
    /// Patterns of `//go:embed`.
    pub embed_patterns: Vec<String>,
    /// Patterns of `//go:embed` in test files of the package.
    pub test_embed_patterns: Vec<String>,
    /// Patterns of `//go:embed` in external test files.
    pub x_test_embed_patterns: Vec<String>,
    /// Imported packages.
    pub imports: Vec<String>,
    /// Imports of test files of the package.
    pub test_imports: Vec<String>,
    /// Imports of external test files.
    pub x_test_imports: Vec<String>,
    /// All dependencies, direct and indirect.
    pub deps: Vec<String>,
    /// Settings of the runtime that go.mod and its sources give a program; Go 1.21 and later.
    #[serde(rename = "DefaultGODEBUG")]
    pub default_godebug: String,
    /// It or a dependency could not be loaded.
    pub incomplete: bool,
    /// Why it could not be loaded (`-e`).
    pub error: Option<PackageError>,
    /// Why dependencies could not be loaded (`-e`).
    pub deps_errors: Vec<PackageError>,
}

impl Package {
    /// Whether go generated it for tests only.
    pub fn is_variant(&self) -> bool {
        !self.for_test.is_empty() || self.import_path.ends_with(".test")
    }

    /// Whether the patterns name it directly.
    pub fn is_named(&self) -> bool {
        !self.is_variant() && !self.dep_only && !self.standard
    }

    /// Whether it belongs to a downloaded version, whose folder name contains the version and which is never modified.
    pub fn is_downloaded(&self) -> bool {
        let is_downloaded = |module: &Module| {
            let is_version = module.replace.as_ref().is_none_or(|it| !it.version.is_empty());
            is_version && !module.main && module.dir.contains('@')
        };
        self.module.as_ref().is_some_and(is_downloaded)
    }
}

/// The module of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Module {
    /// Module path.
    pub path: String,
    /// Empty for a main module.
    pub version: String,
    /// It is the main module or a module of the workspace.
    pub main: bool,
    /// Folder; empty when it is not in the module cache.
    pub dir: String,
    /// Its go.mod.
    pub go_mod: String,
    /// Language version.
    pub go_version: String,
    /// Its replacement.
    pub replace: Option<Box<Module>>,
}

/// Why a package could not be loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PackageError {
    /// From the package that was named to the one that failed.
    pub import_stack: Vec<String>,
    /// `file:line:column`.
    pub pos: String,
    /// The go command's message.
    pub err: String,
}

/// A listing that is cut off or invalid.
#[derive(Debug, Error)]
#[error("package {number} of the listing")]
pub struct ListError {
    /// From 1.
    pub number: usize,
    source: serde_json::Error,
}

/// Reads the packages one by one, so that memory does not grow with the listing. Ends after the first error.
///
/// # Errors
/// The source cannot be read, or the next value is not a package.
pub fn packages(source: impl BufRead) -> impl Iterator<Item = Result<Package, ListError>> {
    let packages = serde_json::Deserializer::from_reader(source).into_iter();
    packages
        .enumerate()
        .map(|(index, package)| package.map_err(|source| ListError { number: index + 1, source }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(bytes: &[u8]) -> Vec<Package> {
        packages(bytes).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn listings_of_real_go_are_read() {
        for bytes in [
            include_bytes!("../testdata/go1.19.13/list.json").as_slice(),
            include_bytes!("../testdata/go1.26.8/list.json").as_slice(),
        ] {
            let packages = list(bytes);
            let robot = &packages[0];
            assert_eq!(robot.import_path, "example.com/robot");
            assert_eq!((robot.dir.as_str(), robot.name.as_str()), ("/src/deps", "robot"));
            let module = robot.module.as_ref().unwrap();
            assert_eq!((module.path.as_str(), module.main), ("example.com/robot", true));
            assert_eq!(robot.go_files, ["robot.go"]);
            assert_eq!(robot.test_go_files, ["inside_test.go"]);
            assert_eq!(robot.x_test_go_files, ["robot_test.go"]);
            assert_eq!(robot.embed_files, ["hello.txt"]);
            assert!(robot.imports.contains(&"rsc.io/quote".to_owned()));
            assert!(robot.deps.contains(&"rsc.io/sampler".to_owned()));
            let of_tests: Vec<_> =
                packages.iter().filter(|package| !package.for_test.is_empty()).collect();
            assert!(of_tests.iter().all(|package| package.for_test == "example.com/robot"));
            assert_eq!(of_tests.len(), 2);
            let broken = packages.iter().find(|one| one.import_path.ends_with("broken")).unwrap();
            assert!(broken.incomplete);
            assert!(broken.deps_errors[0].err.contains("example.com/missing/x"));
        }
    }

    #[test]
    fn a_listing_cut_short_is_an_error_with_its_place() {
        let mut read = packages(br#"{"ImportPath":"a"}{"ImportPath":"#.as_slice());
        assert_eq!(read.next().unwrap().unwrap().import_path, "a");
        assert_eq!(read.next().unwrap().unwrap_err().number, 2);
        assert!(read.next().is_none());
        assert_eq!(list(b""), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            prop_assert!(packages(bytes.as_slice()).count() <= bytes.len());
        }
    }
}
