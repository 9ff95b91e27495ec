//! A folder that becomes the whole file system (`man 2 pivot_root`).

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, unmount};
use std::io;
use std::path::Path;

/// Devices that every container has: <https://github.com/opencontainers/runtime-spec/blob/v1.2.1/config-linux.md#default-devices>.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Makes a folder the root. The old one is still there, above it, until [`leave_old`]: a kernel that lets a
/// user mount `/proc` asks that the old one be in sight.
pub(crate) fn enter(folder: &Path) -> io::Result<()> {
    mount_bind_recursive(folder, folder)?;
    // The mount that was just made, not the folder below it.
    std::env::set_current_dir(folder)?;
    for name in ["proc", "dev", "tmp"] {
        match std::fs::create_dir(name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        // A link of the image would lead the mounts elsewhere.
        if !std::fs::symlink_metadata(name)?.is_dir() {
            return Err(io::Error::other(format!("/{name} of the image is not a folder")));
        }
    }
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("tmpfs", "dev", "tmpfs", flags, Some(c"mode=0755,size=64k"))?;
    for name in DEVICES {
        let file = format!("dev/{name}");
        std::fs::File::create(&file)?;
        mount_bind(format!("/dev/{name}"), &file)?;
    }
    // The old root is laid over the new one, and is what `/` above it leads to.
    rustix::process::pivot_root(".", ".")?;
    Ok(())
}

/// Takes the old root away, and all that was mounted in it.
pub(crate) fn leave_old() -> io::Result<()> {
    // After `pivot_root` the folder that this process works in is that of the old root.
    unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")
}
