//! The rights of the superuser that a sealed program keeps, where it is the superuser.

use rustix::thread::{CapabilitySet, CapabilitySets};
use std::io;

/// What programs in a container have by default, without making devices: nothing of it undoes a mount or
/// reaches another process.
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

/// Lets init have what it needs for its own mount: a user that is not the superuser loses all rights of its
/// namespace when it starts a program.
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

/// Gives up all other rights for good, and the way to new ones.
pub(crate) fn give_up() -> io::Result<()> {
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        // The kernel may not know the newest.
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
