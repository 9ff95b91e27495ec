//! The filter that makes the kernel report system calls, as a program for the classic packet filter:
//! <https://docs.kernel.org/userspace-api/seccomp_filter.html>.

#![expect(unsafe_code, reason = "there is no safe interface to install a filter for system calls")]

use crate::calls::CALLS;
use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;

/// `AUDIT_ARCH_X86_64` and `AUDIT_ARCH_AARCH64` of `linux/audit.h`.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

/// Calls of x32 have this bit in their number; other architectures have no such numbers.
const X32: u32 = 0x4000_0000;

/// Whether a call was made with this processor's native calling convention.
pub(crate) fn is_native(architecture: u32, number: i32) -> bool {
    architecture == NATIVE && number.unsigned_abs() & X32 == 0
}

/// Makes the kernel report the calls of this thread and of everything that it starts from now on. They cannot gain
/// privileges afterwards (`no_new_privs`).
///
/// # Errors
/// The kernel does not support this notification, or a notifying filter is already installed.
pub(crate) fn install() -> io::Result<OwnedFd> {
    rustix::thread::set_no_new_privs(true)?;
    let mut program = program();
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_mut_ptr(),
    };
    // Go frequently interrupts threads by signals; a call that waits for us must not restart each time.
    let patient =
        libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    let plain = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    let mut result = -1;
    for flags in [patient, plain] {
        // SAFETY: `filter` and the program that it points to live until the call returns; the kernel
        // copies both.
        result = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const filter,
            )
        };
        // Linux before 5.19 does not know the first.
        if result >= 0 || io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL) {
            break;
        }
    }
    match i32::try_from(result) {
        Ok(listener) if listener >= 0 => {
            // SAFETY: the kernel has just created this descriptor for us, and nothing else owns it.
            Ok(unsafe { OwnedFd::from_raw_fd(listener) })
        }
        _ => Err(io::Error::last_os_error()),
    }
}

fn program() -> Vec<libc::sock_filter> {
    let load = |offset| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    let jump = |test, value, yes, no| step(libc::BPF_JMP | test | libc::BPF_K, value, yes, no);
    let answer = |value| step(libc::BPF_RET | libc::BPF_K, value, 0, 0);
    let tell = libc::SECCOMP_RET_USER_NOTIF;
    let mut program = vec![
        load(ARCHITECTURE),
        jump(libc::BPF_JEQ, NATIVE, 1, 0),
        answer(tell),
        load(NUMBER),
        jump(libc::BPF_JGE, X32, 0, 1),
        answer(tell),
    ];
    for call in CALLS.into_iter().flatten() {
        let number = u32::try_from(call.number).unwrap_or(u32::MAX);
        program.extend([jump(libc::BPF_JEQ, number, 0, 1), answer(tell)]);
    }
    program.push(answer(libc::SECCOMP_RET_ALLOW));
    program
}

fn step(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}
