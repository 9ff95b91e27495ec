//! Hashes all files from which go may build the packages of the working folder.
//!
//! These are the files of the module or workspace, of vendored packages, and of folders that replace modules. Downloaded
//! modules are identified by their versions. Files that tests read or that are embedded cannot be recognized by name: the
//! observer and `go list` report them.

use data_encoding::HEXLOWER;
use robot_contract::Context;
use robot_golang::module::{GoMod, Target};
use robot_golang::package_list::Package;
use robot_golang::workspace::GoWork;
use robot_observe::{Manner, Read, State};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Largest number of files.
const FILES: usize = 100_000;

/// Hashes of all files from which go may build packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Hashes by name, which is relative to the working folder for files in it.
    files: BTreeMap<String, String>,
    /// Folders with such files.
    folders: BTreeSet<PathBuf>,
}

impl Sources {
    /// Reads them. Go's settings must have been fixed before ([`crate::pin`]).
    ///
    /// # Errors
    /// Why they cannot all be determined.
    pub fn read(context: &Context) -> Result<Self, String> {
        let mut sources = Self::default();
        let roots = sources.roots(context)?;
        for root in &roots {
            sources.walk(root, &roots, &context.directory)?;
        }
        Ok(sources)
    }

    /// Hash by name: `file m.go`.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, hash)| (name.as_str(), hash.as_str()))
    }

    /// Reads of the files that packages embed, except packages of downloaded versions: the files, and the folders in which a
    /// new file would also be embedded.
    ///
    /// # Errors
    /// The inputs of a package are unknown: it is not among these sources, or it has C code, whose inputs `go list` does not
    /// show.
    pub fn embedded(&self, packages: &[Package]) -> Result<Vec<Read>, String> {
        let mut paths = BTreeSet::new();
        let own = packages.iter().filter(|package| {
            !package.standard && !package.is_downloaded() && !package.import_path.ends_with(".test")
        });
        for package in own {
            let folder = Path::new(&package.dir);
            let is_known = folder.canonicalize().is_ok_and(|real| self.folders.contains(&real));
            if !is_known {
                return Err(format!("{} is outside of the known sources", package.import_path));
            }
            if !package.cgo_files.is_empty() {
                let path = &package.import_path;
                return Err(format!("{path} has C code, whose inputs `go list` does not show"));
            }
            let lists =
                [&package.embed_files, &package.test_embed_files, &package.x_test_embed_files];
            for name in lists.into_iter().flatten() {
                paths.insert(folder.join(name));
                // A pattern that names a folder includes everything below it.
                if let Some((top, _)) = name.split_once('/') {
                    let below = WalkDir::new(folder.join(top)).into_iter();
                    let below = below.take(FILES).filter_map(Result::ok);
                    let folders = below.filter(|entry| entry.file_type().is_dir());
                    paths.extend(folders.map(walkdir::DirEntry::into_path));
                }
            }
            let patterns = [
                &package.embed_patterns,
                &package.test_embed_patterns,
                &package.x_test_embed_patterns,
            ];
            if patterns.into_iter().flatten().any(|pattern| matches_several(pattern)) {
                paths.insert(folder.to_owned());
            }
        }
        let read = |path: PathBuf| {
            let manner = Manner::Opened;
            let state = State::of(&path, manner);
            let state =
                state.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            Ok(Read { path, manner, state })
        };
        paths.into_iter().map(read).collect()
    }

    /// Folders of modules. Adds go.work.
    fn roots(&mut self, context: &Context) -> Result<BTreeSet<PathBuf>, String> {
        let mut roots = BTreeSet::new();
        let named = context.environment.get("GOWORK").filter(|work| *work != "off");
        if let Some(work) = named.map(Path::new) {
            let text = self.add(work, &context.directory)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let file = GoWork::parse(&text).map_err(|error| format!("go.work: {error}"))?;
            let folder = work.parent().unwrap_or(work);
            roots.extend(file.folders().map(|used| folder.join(used)));
            let targets = file.replace.iter().filter_map(|it| it.target.folder());
            roots.extend(targets.map(|target| folder.join(target)));
            let sums = work.with_extension("work.sum");
            if sums.is_file() {
                self.add(&sums, &context.directory)?;
            }
        }
        let own = context.directory.ancestors().find(|folder| folder.join("go.mod").is_file());
        roots.extend(own.map(Path::to_owned));
        let mut replaced = BTreeSet::new();
        for root in &roots {
            let path = root.join("go.mod");
            let Ok(text) = fs_err::read_to_string(&path) else { continue };
            let file =
                GoMod::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            let targets = file.replace.iter().filter_map(|it| Target::folder(&it.target));
            replaced.extend(targets.map(|target| root.join(target)));
        }
        roots.extend(replaced);
        let real = |root: PathBuf| {
            root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))
        };
        roots.into_iter().map(real).collect()
    }

    fn walk(
        &mut self,
        root: &Path,
        roots: &BTreeSet<PathBuf>,
        directory: &Path,
    ) -> Result<(), String> {
        let is_below = |entry: &walkdir::DirEntry| {
            let is_other_module = || {
                entry.path().join("go.mod").is_file()
                    || roots.iter().any(|other| other != root && entry.path() == other)
            };
            entry.depth() == 0
                || !entry.file_type().is_dir()
                || (entry.file_name() != ".git" && !is_other_module())
        };
        for entry in WalkDir::new(root).into_iter().filter_entry(is_below) {
            let entry = entry.map_err(|error| error.to_string())?;
            if !entry.file_type().is_dir() && is_source(entry.path()) && entry.path().is_file() {
                self.add(entry.path(), directory)?;
                self.folders.extend(entry.path().parent().map(Path::to_owned));
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, directory: &Path) -> Result<Vec<u8>, String> {
        if self.files.len() >= FILES {
            return Err(format!("there are more than {FILES} source files"));
        }
        let bytes =
            fs_err::read(path).map_err(|error| format!("a source file cannot be read: {error}"))?;
        let name = path.strip_prefix(directory).unwrap_or(path).display();
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..16]);
        self.files.insert(format!("file {name}"), hash);
        Ok(bytes)
    }
}

/// Whether the first part of a pattern may match a future file or folder: `path.Match`.
fn matches_several(pattern: &str) -> bool {
    let first = pattern.split('/').next().unwrap_or_default();
    first.contains(['*', '?', '[', '\\'])
}

/// Whether go builds packages from such files, or reads build settings in them: `go help filetype`, and included files.
fn is_source(path: &Path) -> bool {
    const NAMES: [&str; 4] = ["go.mod", "go.sum", "modules.txt", "default.pgo"];
    is_compiled(path) || path.file_name().is_some_and(|name| NAMES.iter().any(|it| name == *it))
}

/// Whether go compiles such files or includes them.
pub(crate) fn is_compiled(path: &Path) -> bool {
    const KINDS: [&str; 21] = [
        "go", "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "inc", "f", "F", "for", "f90",
        "s", "S", "sx", "swig", "swigcxx", "syso",
    ];
    path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind))
}

/// The hash of all files that a package is built from, without its tests. For a downloaded package, the hash of its folder's
/// name, which contains the version. `None` if a file cannot be read.
pub fn package_digest(package: &Package) -> Option<[u8; 32]> {
    let mut hasher = Sha256::new();
    hasher.update(&package.import_path);
    if package.is_downloaded() {
        hasher.update(&package.dir);
        return Some(hasher.finalize().into());
    }
    let language = package.module.as_ref().map_or("", |module| module.go_version.as_str());
    hasher.update(language);
    let is_test = |path: &Path| path.to_string_lossy().ends_with("_test.go");
    let mut files: Vec<PathBuf> = fs_err::read_dir(&package.dir)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_compiled(path) && !is_test(path) && path.is_file())
        .chain(package.embed_files.iter().map(|name| Path::new(&package.dir).join(name)))
        .collect();
    files.sort();
    for file in files {
        hasher.update(file.file_name()?.as_encoded_bytes());
        hasher.update(Sha256::digest(fs_err::read(&file).ok()?));
    }
    Some(hasher.finalize().into())
}
