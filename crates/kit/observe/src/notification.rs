//! Notifications of system calls and responses to them: `linux/seccomp.h`.

#![expect(unsafe_code, reason = "there is no safe interface to notifications of system calls")]

use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use std::io;
use std::os::fd::AsFd;

/// `struct seccomp_notif`, with its `struct seccomp_data`.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Notification {
    pub(crate) id: u64,
    /// The thread that calls.
    pub(crate) thread: u32,
    flags: u32,
    pub(crate) number: i32,
    pub(crate) architecture: u32,
    instruction: u64,
    pub(crate) arguments: [u64; 6],
}

/// `struct seccomp_notif_resp`.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
struct Answer {
    id: u64,
    value: i64,
    error: i32,
    flags: u32,
}

const RECEIVE: Opcode = opcode::read_write::<Notification>(b'!', 0);
const SEND: Opcode = opcode::read_write::<Answer>(b'!', 1);
const IS_VALID: Opcode = opcode::write::<u64>(b'!', 2);

/// `SECCOMP_USER_NOTIF_FLAG_CONTINUE`
const CONTINUE: u32 = 1;

/// The next waiting call; `None` if it was interrupted meanwhile.
pub(crate) fn receive(listener: impl AsFd) -> io::Result<Option<Notification>> {
    let mut notification = Notification::default();
    // SAFETY: the operation reads and writes one `struct seccomp_notif`, whose layout this type has.
    let received =
        unsafe { ioctl(listener, Updater::<{ RECEIVE }, Notification>::new(&mut notification)) };
    match received {
        Ok(()) => Ok(Some(notification)),
        Err(Errno::NOENT | Errno::INTR) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// Lets the kernel execute the call.
pub(crate) fn go_on(listener: impl AsFd, notification: &Notification) {
    answer(listener, Answer { id: notification.id, flags: CONTINUE, ..Answer::default() });
}

/// Makes the call fail.
pub(crate) fn refuse(listener: impl AsFd, notification: &Notification, errno: Errno) {
    let error = -errno.raw_os_error();
    answer(listener, Answer { id: notification.id, error, ..Answer::default() });
}

fn answer(listener: impl AsFd, mut answer: Answer) {
    // SAFETY: the operation reads one `struct seccomp_notif_resp`, whose layout this type has.
    // A call that no longer waits needs no response.
    let _ = unsafe { ioctl(listener, Updater::<{ SEND }, Answer>::new(&mut answer)) };
}

/// Whether the call still waits. If not, its thread id may have been reused.
pub(crate) fn still_waits(listener: impl AsFd, notification: &Notification) -> bool {
    let mut id = notification.id;
    // SAFETY: the operation reads one `u64`.
    unsafe { ioctl(listener, Updater::<{ IS_VALID }, u64>::new(&mut id)) }.is_ok()
}

/// Reads at most `length` bytes of another process, up to the first unmapped page.
pub(crate) fn read_memory(thread: u32, address: u64, length: usize) -> Vec<u8> {
    const PAGE: u64 = 4096;
    let mut bytes = vec![0_u8; length];
    let mut done = 0;
    while done < length {
        let start = address.saturating_add(done as u64);
        let to_end_of_page = (PAGE - start % PAGE) as usize;
        let wanted = to_end_of_page.min(length - done);
        let local = libc::iovec { iov_base: bytes[done..].as_mut_ptr().cast(), iov_len: wanted };
        let remote = libc::iovec { iov_base: start as *mut libc::c_void, iov_len: wanted };
        let Ok(process) = libc::pid_t::try_from(thread) else { break };
        // SAFETY: `local` is a part of `bytes` of at least that length; the kernel checks `remote`,
        // which is an address of the other process.
        let read = unsafe {
            libc::process_vm_readv(process, &raw const local, 1, &raw const remote, 1, 0)
        };
        match usize::try_from(read) {
            Ok(read) if read > 0 => done += read,
            _ => break,
        }
        // Most paths end in their first page.
        if bytes[..done].contains(&0) && length > 512 {
            break;
        }
    }
    bytes.truncate(done);
    bytes
}
