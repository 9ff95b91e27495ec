//! Lists processes, whatever their namespace.

use std::path::Path;

/// Ids of live processes with a working folder, each with its last argument.
pub fn processes_in(folder: &Path) -> Vec<(i32, String)> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let processes = entries.filter_map(|entry| {
        let process = entry.path();
        let number = process.file_name()?.to_str()?.parse().ok()?;
        std::fs::read_link(process.join("cwd")).ok().filter(|it| it.starts_with(&folder))?;
        let line = std::fs::read_to_string(process.join("cmdline")).ok()?;
        let last = line.trim_end_matches('\0').rsplit('\0').next()?;
        (!last.is_empty()).then(|| (number, last.to_owned()))
    });
    processes.collect()
}
