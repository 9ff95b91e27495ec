//! Files of the image, apart from where they come from.

use robot_contract::{Context, Failure, ResultExt as _};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Bytes of all files of the checkout together that an image takes.
const MOST: u64 = 1 << 30;

/// A file or folder of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Without a slash in front.
    pub(crate) path: String,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File(Vec<u8>),
    /// A symbolic link, and where it leads.
    Link(String),
}

/// Entries, sorted by path, each once.
#[derive(Debug, Default)]
pub(crate) struct Entries(BTreeMap<String, Entry>);

impl Entries {
    /// Adds an entry of root's, and the folders on the way to it.
    pub(crate) fn add(&mut self, path: &str, mode: u32, kind: Kind) {
        for (at, _) in path.match_indices('/') {
            let folder = &path[..at];
            let entry = Self::entry(folder, 0o755, Kind::Folder);
            self.0.entry(folder.to_owned()).or_insert(entry);
        }
        self.0.insert(path.to_owned(), Self::entry(path, mode, kind));
    }

    fn entry(path: &str, mode: u32, kind: Kind) -> Entry {
        Entry { path: path.to_owned(), mode, owner: (0, 0), kind }
    }

    /// Gives an entry to a user.
    pub(crate) fn give(&mut self, path: &str, owner: (u32, u32)) {
        if let Some(entry) = self.0.get_mut(path) {
            entry.owner = owner;
        }
    }

    /// By path.
    pub(crate) fn sorted(self) -> Vec<Entry> {
        self.0.into_values().collect()
    }
}

/// Files and folders of the checkout. Of modes only counts whether the owner may execute a file, as git
/// does it: the rest is the machine's umask.
pub(crate) fn of_checkout(
    context: &Context,
    files: &[(String, String)],
) -> Result<Vec<Entry>, Failure> {
    let mut entries = Entries::default();
    let mut left = MOST;
    for (source, to) in files {
        let path = context.absolute(source);
        add(&path, to, &mut entries, &mut left)?;
    }
    Ok(entries.sorted())
}

fn add(path: &Path, to: &str, entries: &mut Entries, left: &mut u64) -> Result<(), Failure> {
    let cannot = || format!("{} cannot be read for the image", path.display());
    let state = fs_err::symlink_metadata(path).or_external(cannot)?;
    if state.is_dir() {
        if !to.is_empty() {
            entries.add(to, 0o755, Kind::Folder);
        }
        for entry in fs_err::read_dir(path).or_external(cannot)? {
            let entry = entry.or_external(cannot)?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| {
                Failure::external(format!("{} is not valid UTF-8", entry.path().display()))
            })?;
            let to = if to.is_empty() { name.to_owned() } else { format!("{to}/{name}") };
            add(&entry.path(), &to, entries, left)?;
        }
        return Ok(());
    }
    if state.is_symlink() {
        let target = fs_err::read_link(path).or_external(cannot)?;
        entries.add(to, 0o777, Kind::Link(target.to_string_lossy().into_owned()));
        return Ok(());
    }
    *left = left.checked_sub(state.len()).ok_or_else(|| {
        Failure::user("`files` names more than 1 GiB").hint("name only what the robot needs")
    })?;
    let mode = if state.permissions().mode() & 0o100 == 0 { 0o644 } else { 0o755 };
    entries.add(to, mode, Kind::File(fs_err::read(path).or_external(cannot)?));
    Ok(())
}
