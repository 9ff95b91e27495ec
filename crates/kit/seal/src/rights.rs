//! The capabilities that a sealed program keeps if it is the superuser.

use rustix::thread::{CapabilitySet, CapabilitySets};
use std::io;

/// The default capabilities of programs in a container, without creating devices. None of them can undo a mount or
/// affect another process.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::AUDIT_WRITE)
    .union(CapabilitySet::SETFCAP);

/// Keeps the capabilities that init needs for its own mount, because a user that is not the superuser loses all
/// capabilities of its namespace when it starts a program.
pub(crate) fn hand_on() -> io::Result<()> {
    let needed = CapabilitySet::SYS_ADMIN | CapabilitySet::SETPCAP;
    let sets = rustix::thread::capabilities(None)?;
    let inheritable = sets.inheritable | (sets.permitted & needed);
    rustix::thread::set_capabilities(None, CapabilitySets { inheritable, ..sets })?;
    for capability in (sets.permitted & needed).iter() {
        rustix::thread::configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

/// Permanently drops all other capabilities and the ability to gain new ones.
pub(crate) fn give_up() -> io::Result<()> {
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        // The kernel may not know the newest capabilities.
        if rustix::thread::capability_is_in_bounding_set(capability).unwrap_or(false) {
            rustix::thread::remove_capability_from_bounding_set(capability)?;
        }
    }
    rustix::thread::clear_ambient_capability_set()?;
    let sets = rustix::thread::capabilities(None)?;
    let kept = CapabilitySets {
        effective: sets.effective & KEPT,
        permitted: sets.permitted & KEPT,
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, kept)?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}
