//! The memory that steps share: a job's container often has less than its machine.

/// Memory in MiB that this process may use: the smaller of the machine's memory and its control group's limit.
pub(crate) fn memory() -> u64 {
    let info = rustix::system::sysinfo();
    let machine = (info.totalram as u64).saturating_mul(u64::from(info.mem_unit));
    // https://docs.kernel.org/admin-guide/cgroup-v2.html; `max` means no limit and is not a number.
    let limits = ["memory.max", "memory/memory.limit_in_bytes"].map(|file| {
        let text = fs_err::read_to_string(format!("/sys/fs/cgroup/{file}")).ok()?;
        text.trim().parse::<u64>().ok()
    });
    let least = limits.into_iter().flatten().fold(machine, u64::min);
    least / (1 << 20)
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_some_memory_and_not_without_end() {
        let memory = super::memory();
        assert!((16..1 << 30).contains(&memory), "{memory} MiB");
    }
}
