//! Removes restored versions from Go's module cache that no go.sum lists any more.
//!
//! Layout: `<path>@<version>/` and `cache/download/<path>/@v/<version>.zip`, with capital letters as `!` and the
//! lower-case letter (<https://go.dev/ref/mod#module-cache>). Files are read-only.

use robot_contract::{Context, Failure, ResultExt};
use robot_golang::sum;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// `<path>@<version>`, as in the cache.
pub(crate) type Versions = BTreeSet<String>;

/// Versions whose files are in the cache.
pub(crate) fn held(cache: &Path) -> Versions {
    let mut held = Versions::new();
    let mut folders = WalkDir::new(cache).min_depth(1).into_iter();
    while let Some(entry) = folders.next() {
        let Ok(entry) = entry else { continue };
        if !entry.file_type().is_dir() {
            continue;
        }
        let Ok(path) = entry.path().strip_prefix(cache) else { continue };
        let path = path.to_string_lossy();
        let is_version = entry.file_name().to_string_lossy().contains('@');
        if is_version {
            held.insert(path.replace('\\', "/"));
        }
        if is_version || path == "cache" {
            folders.skip_current_dir();
        }
    }
    held
}

/// Versions in the go.sum and go.work.sum files of all modules of the repository, because a job may work in several.
/// `None` if unknown: then nothing can be called unused.
pub(crate) fn wanted(context: &Context) -> Option<Versions> {
    let mut wanted = Versions::new();
    for path in robot_git::tracked(context, &["*go.sum", "*go.work.sum"]).ok()? {
        let text = fs_err::read_to_string(context.directory.join(path)).ok()?;
        for sum in sum::parse(&text).ok()?.iter().filter(|sum| !sum.is_go_mod) {
            wanted.insert(format!("{}@{}", escape(sum.module), escape(sum.version)));
        }
    }
    (!wanted.is_empty()).then_some(wanted)
}

/// Removes versions that were `restored` and are not `wanted`; returns their size in bytes. Versions that this job
/// downloaded stay, and so do toolchains, which no go.sum lists.
///
/// # Errors
/// A file cannot be removed.
pub(crate) fn prune(cache: &Path, restored: &Versions, wanted: &Versions) -> Result<u64, Failure> {
    let mut bytes = 0;
    let is_unused = |version: &&String| {
        !wanted.contains(*version) && !version.starts_with("golang.org/toolchain@")
    };
    for version in restored.iter().filter(is_unused) {
        // Names come from a walk of the cache, so they cannot lead out of it.
        bytes += remove_folder(&cache.join(version))?;
        let Some((path, version)) = version.rsplit_once('@') else { continue };
        let downloads = cache.join("cache/download").join(path).join("@v");
        for kind in ["zip", "ziphash", "lock"] {
            bytes += remove_file(&downloads.join(format!("{version}.{kind}")))?;
        }
    }
    Ok(bytes)
}

fn remove_folder(folder: &Path) -> Result<u64, Failure> {
    let doing = || format!("{} cannot be removed from the module cache", folder.display());
    let mut bytes = 0;
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_dir() {
            let folder: PathBuf = entry.path().to_owned();
            make_writable(&folder).or_external(doing)?;
        } else {
            bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        }
    }
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).or_external(doing),
        _ => Ok(bytes),
    }
}

fn remove_file(file: &Path) -> Result<u64, Failure> {
    let Ok(metadata) = fs_err::symlink_metadata(file) else { return Ok(0) };
    fs_err::remove_file(file)
        .or_external(|| format!("{} cannot be removed from the module cache", file.display()))?;
    Ok(metadata.len())
}

/// Makes a folder writable, which is needed to remove its contents.
fn make_writable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        if character.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(character.to_ascii_lowercase());
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn only_restored_versions_that_nothing_asks_for_go() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path();
        let versions = [
            "example.com/!upper/m@v1.0.0",
            "example.com/old@v1.0.0",
            "example.com/downloaded@v1.0.0",
            "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64",
        ];
        for version in versions {
            std::fs::create_dir_all(cache.join(version).join("sub")).unwrap();
            std::fs::write(cache.join(version).join("sub/a.go"), "12345").unwrap();
            let (path, version) = version.rsplit_once('@').unwrap();
            let downloads = cache.join("cache/download").join(path).join("@v");
            std::fs::create_dir_all(&downloads).unwrap();
            std::fs::write(downloads.join(format!("{version}.zip")), "123").unwrap();
            std::fs::write(downloads.join(format!("{version}.mod")), "12").unwrap();
        }
        std::os::unix::fs::symlink("/etc", cache.join("example.com/old@v1.0.0/sub/link")).unwrap();
        // As Go leaves them.
        let read_only = cache.join("example.com/old@v1.0.0/sub");
        std::fs::set_permissions(&read_only, Permissions::from_mode(0o555)).unwrap();

        let mut restored = held(cache);
        assert_eq!(restored.len(), 4, "{restored:?}");
        restored.remove("example.com/downloaded@v1.0.0");
        let wanted = Versions::from([format!("{}@v1.0.0", escape("example.com/Upper/m"))]);
        let bytes = prune(cache, &restored, &wanted).unwrap();
        assert_eq!(bytes, 8 + "/etc".len() as u64);
        let left: Versions = versions.iter().map(|version| (*version).to_owned()).collect();
        let left: Versions =
            left.into_iter().filter(|version| version != "example.com/old@v1.0.0").collect();
        assert_eq!(held(cache), left);
        assert!(!cache.join("cache/download/example.com/old/@v/v1.0.0.zip").exists());
        assert!(cache.join("cache/download/example.com/old/@v/v1.0.0.mod").exists());
        assert!(Path::new("/etc").is_dir());
    }
}
