//! Layers laid over each other in a folder.

use super::layout::Layout;
use robot_contract::Failure;
use std::io;
use std::path::{Component, Path, PathBuf};
use tar::EntryType;

/// Bytes of all files of an image.
const SIZE: u64 = 4 << 30;
/// Files and folders of an image.
const ENTRIES: usize = 200_000;
/// What the name of a file begins with that removes one of a lower layer:
/// <https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts>.
const WHITEOUT: &str = ".wh.";
/// The name of a file that removes all of a folder's.
const OPAQUE: &str = ".wh..wh..opq";

/// Unpacks all layers into an empty folder. Nothing is written outside of it, whatever names and links say.
///
/// # Errors
/// A layer is not sound, or the disk is full.
pub(crate) fn unpack(layout: &Layout, root: &Path) -> Result<(), Failure> {
    let (mut size, mut entries) = (0_u64, 0_usize);
    for layer in layout.layers() {
        let mut layer = layer?;
        one(&mut layer, root, &mut size, &mut entries).map_err(|error| layer.broken(&error))?;
    }
    Ok(())
}

pub(crate) fn one(
    source: &mut dyn io::Read,
    root: &Path,
    size: &mut u64,
    entries: &mut usize,
) -> io::Result<()> {
    let mut archive = tar::Archive::new(source);
    archive.set_preserve_ownerships(false);
    archive.set_preserve_permissions(true);
    archive.set_unpack_xattrs(false);
    archive.set_overwrite(true);
    for entry in archive.entries()? {
        let mut entry = entry?;
        *entries += 1;
        *size = size.saturating_add(entry.size());
        if *entries > ENTRIES || *size > SIZE {
            return Err(io::Error::other("the image is larger than 4 GiB or 200,000 files"));
        }
        let path = entry.path()?.into_owned();
        let path = path.strip_prefix("/").unwrap_or(&path).to_owned();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name == OPAQUE {
            clear(&inside(root, path.parent().unwrap_or(Path::new("")))?)?;
            continue;
        }
        if let Some(removed) = name.strip_prefix(WHITEOUT) {
            let target = path.with_file_name(removed);
            remove(root, &target)?;
            continue;
        }
        match entry.header().entry_type() {
            EntryType::Regular
            | EntryType::Continuous
            | EntryType::Directory
            | EntryType::Symlink
            | EntryType::Link => {}
            // Devices and pipes are not for a process of this machine.
            _ => continue,
        }
        if entry.header().entry_type() != EntryType::Directory {
            // What an upper layer has replaces what a lower one had, of whatever kind.
            remove(root, &path)?;
        }
        if !entry.unpack_in(root)? {
            return Err(io::Error::other(format!("{} leads out of the image", path.display())));
        }
    }
    Ok(())
}

/// The real folder of a path in the image, which must be below its root.
fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let is_plain =
        path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let folder = root.join(path).canonicalize()?;
    match is_plain && folder.starts_with(root.canonicalize()?) {
        true => Ok(folder),
        false => Err(io::Error::other(format!("{} leads out of the image", path.display()))),
    }
}

fn remove(root: &Path, path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name() else { return Ok(()) };
    let parent = match inside(root, path.parent().unwrap_or(Path::new(""))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        parent => parent?,
    };
    let target = parent.join(name);
    match std::fs::symlink_metadata(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(target),
        Ok(_) => std::fs::remove_file(target),
    }
}

fn clear(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => std::fs::remove_dir_all(entry.path())?,
            false => std::fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Entry<'a> = (EntryType, &'a str, &'a str);

    /// A tar archive; names are written as they are, which builders refuse to do.
    fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (kind, name, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            let field = &mut header.as_gnu_mut().unwrap().name;
            let length = name.len().min(field.len());
            field[..length].copy_from_slice(&name.as_bytes()[..length]);
            let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
            if is_link {
                let field = &mut header.as_gnu_mut().unwrap().linkname;
                let length = content.len().min(field.len());
                field[..length].copy_from_slice(&content.as_bytes()[..length]);
            }
            let bytes = if is_link || *kind == EntryType::Directory { "" } else { content };
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, bytes.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn laid(root: &Path, layers: &[&[Entry<'_>]]) -> io::Result<()> {
        let (mut size, mut entries) = (0, 0);
        layers.iter().try_for_each(|layer| {
            one(&mut archive(layer).as_slice(), root, &mut size, &mut entries)
        })
    }

    use EntryType::{Directory, Link, Regular, Symlink};

    #[test]
    fn upper_layers_remove_and_replace() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        laid(
            root,
            &[
                &[
                    (Directory, "a/", ""),
                    (Regular, "a/x", "1"),
                    (Regular, "a/y", "1"),
                    (Regular, "b/z", "1"),
                    (Symlink, "l", "a/x"),
                ],
                &[
                    (Regular, "a/.wh.x", ""),
                    (Regular, "b/.wh..wh..opq", ""),
                    (Regular, "b/w", "2"),
                    (Regular, "l", "2"),
                ],
            ],
        )
        .unwrap();
        let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
        assert_eq!(read("a/x"), None);
        assert_eq!(read("a/y").as_deref(), Some("1"));
        assert_eq!((read("b/z"), read("b/w").as_deref()), (None, Some("2")));
        // The link itself is replaced, not what it leads to.
        assert_eq!(read("l").as_deref(), Some("2"));
    }

    #[test]
    fn nothing_is_written_or_removed_outside() {
        for layer in [
            &[(Regular, "../out", "x")][..],
            &[(Symlink, "l", ".."), (Regular, "l/out", "x")],
            &[(Symlink, "l", "/tmp"), (Regular, "l/.wh.kept", "")],
            &[(Symlink, "l", ".."), (Regular, "l/.wh.kept", "")],
            &[(Symlink, "l", ".."), (Regular, "l/.wh..wh..opq", "")],
            &[(Regular, "../.wh.kept", "")],
            &[(Link, "h", "../kept"), (Regular, "h", "x")],
            &[(Symlink, "l", "../kept"), (Link, "h", "l"), (Regular, "h", "x")],
        ] {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().join("root");
            std::fs::create_dir(&root).unwrap();
            std::fs::write(folder.path().join("kept"), "1").unwrap();
            let _ = laid(&root, &[layer]);
            assert!(!folder.path().join("out").exists(), "{layer:?}");
            let kept = std::fs::read_to_string(folder.path().join("kept"));
            assert_eq!(kept.unwrap(), "1", "{layer:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            let folder = tempfile::tempdir().unwrap();
            let _ = one(&mut bytes.as_slice(), folder.path(), &mut 0, &mut 0);
        }
    }
}
