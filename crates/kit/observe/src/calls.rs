//! The system calls that the kernel reports, and the positions of their arguments.

/// One system call.
pub(crate) struct Call {
    /// Its number on this processor.
    pub(crate) number: i64,
    pub(crate) effect: Effect,
}

/// Position of a path argument.
#[derive(Clone, Copy)]
pub(crate) struct PathAt {
    /// Argument with the descriptor of the folder that a relative path starts from; absent for the working folder.
    pub(crate) folder: Option<usize>,
    pub(crate) path: usize,
}

/// The effect of a system call.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// Opens a file or lists a folder.
    Open(PathAt),
    /// Queries a path; `AT_SYMLINK_NOFOLLOW` is in the given argument, if there is one.
    Look(PathAt, Option<usize>),
    /// Queries a symbolic link itself, or changes entries of a folder.
    LookAtLink(PathAt),
    /// Changes two paths.
    LookAtTwo(PathAt, PathAt),
    /// Starts a program.
    Execute(PathAt),
    /// Passes an address: socket, address, its length.
    Reach { socket: usize, address: usize, length: usize },
    /// Sends a `struct msghdr`, or several `struct mmsghdr` (an argument has the number).
    ReachByMessage { socket: usize, message: usize, count: Option<usize> },
    /// A socket starts to listen, or queries its own address.
    Own { socket: usize },
    /// Binds a socket to an address.
    Bind { address: usize, length: usize },
    /// Opens a channel that cannot be observed.
    Blind(&'static str),
    /// Is refused, because calls made through it would not be reported.
    Refuse,
}

const fn call(number: i64, effect: Effect) -> Call {
    Call { number, effect }
}

const fn here(path: usize) -> PathAt {
    PathAt { folder: None, path }
}

const fn at(folder: usize, path: usize) -> PathAt {
    PathAt { folder: Some(folder), path }
}

use Effect::{
    Bind, Blind, Execute, Look, LookAtLink, LookAtTwo, Open, Own, Reach, ReachByMessage, Refuse,
};

/// Calls of every processor architecture.
const COMMON: &[Call] = &[
    call(libc::SYS_openat, Open(at(0, 1))),
    call(libc::SYS_openat2, Open(at(0, 1))),
    call(libc::SYS_newfstatat, Look(at(0, 1), Some(3))),
    call(libc::SYS_statx, Look(at(0, 1), Some(2))),
    call(libc::SYS_faccessat, Look(at(0, 1), None)),
    call(libc::SYS_faccessat2, Look(at(0, 1), Some(3))),
    call(libc::SYS_readlinkat, LookAtLink(at(0, 1))),
    call(libc::SYS_chdir, Look(here(0), None)),
    call(libc::SYS_statfs, Look(here(0), None)),
    call(libc::SYS_getxattr, Look(here(0), None)),
    call(libc::SYS_lgetxattr, LookAtLink(here(0))),
    call(libc::SYS_listxattr, Look(here(0), None)),
    call(libc::SYS_llistxattr, LookAtLink(here(0))),
    call(libc::SYS_inotify_add_watch, Look(here(1), None)),
    call(libc::SYS_execve, Execute(here(0))),
    call(libc::SYS_execveat, Execute(at(0, 1))),
    call(libc::SYS_mkdirat, LookAtLink(at(0, 1))),
    call(libc::SYS_mknodat, LookAtLink(at(0, 1))),
    call(libc::SYS_unlinkat, LookAtLink(at(0, 1))),
    call(libc::SYS_symlinkat, LookAtLink(at(1, 2))),
    call(libc::SYS_linkat, LookAtTwo(at(0, 1), at(2, 3))),
    call(libc::SYS_renameat2, LookAtTwo(at(0, 1), at(2, 3))),
    call(libc::SYS_fchmodat, Look(at(0, 1), None)),
    call(libc::SYS_fchownat, LookAtLink(at(0, 1))),
    call(libc::SYS_utimensat, Look(at(0, 1), Some(3))),
    call(libc::SYS_truncate, Look(here(0), None)),
    call(libc::SYS_setxattr, Look(here(0), None)),
    call(libc::SYS_lsetxattr, LookAtLink(here(0))),
    call(libc::SYS_removexattr, Look(here(0), None)),
    call(libc::SYS_lremovexattr, LookAtLink(here(0))),
    call(libc::SYS_connect, Reach { socket: 0, address: 1, length: 2 }),
    call(libc::SYS_sendto, Reach { socket: 0, address: 4, length: 5 }),
    call(libc::SYS_sendmsg, ReachByMessage { socket: 0, message: 1, count: None }),
    call(libc::SYS_sendmmsg, ReachByMessage { socket: 0, message: 1, count: Some(2) }),
    call(libc::SYS_bind, Bind { address: 1, length: 2 }),
    call(libc::SYS_listen, Own { socket: 0 }),
    call(libc::SYS_getsockname, Own { socket: 0 }),
    call(libc::SYS_chroot, Blind("chroot")),
    call(libc::SYS_pivot_root, Blind("pivot_root")),
    call(libc::SYS_mount, Blind("mount")),
    call(libc::SYS_umount2, Blind("umount2")),
    call(libc::SYS_move_mount, Blind("move_mount")),
    call(libc::SYS_open_tree, Blind("open_tree")),
    call(libc::SYS_setns, Blind("setns")),
    call(libc::SYS_unshare, Blind("unshare")),
    call(libc::SYS_open_by_handle_at, Blind("open_by_handle_at")),
    call(libc::SYS_shmget, Blind("shmget")),
    call(libc::SYS_msgget, Blind("msgget")),
    call(libc::SYS_mq_open, Blind("mq_open")),
    call(libc::SYS_process_vm_readv, Blind("process_vm_readv")),
    call(libc::SYS_add_key, Blind("add_key")),
    call(libc::SYS_request_key, Blind("request_key")),
    // A kernel without this call returns `ENOSYS`, so programs that use it handle this error.
    call(libc::SYS_io_uring_setup, Refuse),
];

/// Calls that newer ones have replaced, which still exist on x86-64.
#[cfg(target_arch = "x86_64")]
const OLDER: &[Call] = &[
    call(libc::SYS_open, Open(here(0))),
    call(libc::SYS_creat, Open(here(0))),
    call(libc::SYS_stat, Look(here(0), None)),
    call(libc::SYS_lstat, LookAtLink(here(0))),
    call(libc::SYS_access, Look(here(0), None)),
    call(libc::SYS_readlink, LookAtLink(here(0))),
    call(libc::SYS_mkdir, LookAtLink(here(0))),
    call(libc::SYS_mknod, LookAtLink(here(0))),
    call(libc::SYS_rmdir, LookAtLink(here(0))),
    call(libc::SYS_unlink, LookAtLink(here(0))),
    call(libc::SYS_symlink, LookAtLink(here(1))),
    call(libc::SYS_link, LookAtTwo(here(0), here(1))),
    call(libc::SYS_rename, LookAtTwo(here(0), here(1))),
    call(libc::SYS_renameat, LookAtTwo(at(0, 1), at(2, 3))),
    call(libc::SYS_chmod, Look(here(0), None)),
    call(libc::SYS_chown, Look(here(0), None)),
    call(libc::SYS_lchown, LookAtLink(here(0))),
    call(libc::SYS_utime, Look(here(0), None)),
    call(libc::SYS_utimes, Look(here(0), None)),
    call(libc::SYS_futimesat, Look(at(0, 1), None)),
];
#[cfg(target_arch = "aarch64")]
const OLDER: &[Call] = &[call(libc::SYS_renameat, LookAtTwo(at(0, 1), at(2, 3)))];

/// All reported calls.
pub(crate) const CALLS: [&[Call]; 2] = [COMMON, OLDER];

/// The call with that number.
pub(crate) fn find(number: i32) -> Option<&'static Call> {
    CALLS.into_iter().flatten().find(|call| call.number == i64::from(number))
}
