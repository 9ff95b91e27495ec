//! Reports of scanners. Each is read whole and held against what a sound one has at least: a report
//! that is missing, empty, cut off or of a scan that did not end proves nothing.

pub(crate) mod gosec;
pub(crate) mod govulncheck;
pub(crate) mod sarif;
pub(crate) mod trivy;

use crate::evidence::{Scan, Unsound};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Largest report that is kept in memory as a whole, bytes; govulncheck's stream never is.
const LARGEST: u64 = 256 << 20;
/// Bytes at its beginning by which the kind of a report is told.
const HEAD: usize = 64 << 10;

/// Reads a report of whichever kind. `end`: what is known of the scanner that wrote it.
///
/// # Errors
/// It is none, or proves nothing.
pub(crate) fn read(path: &Path, end: govulncheck::End) -> Result<Scan, Unsound> {
    let refuse = |reason: String, hint: &str| Unsound {
        origin: path.to_owned(),
        reason,
        hint: hint.to_owned(),
    };
    let hint = "look at the step that should have written it: did the scanner run to its end?";
    let open = || std::fs::File::open(path);
    let file = open().map_err(|error| refuse(format!("cannot be read: {error}"), hint))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    if size == 0 {
        return Err(refuse("is empty".to_owned(), hint));
    }
    let mut file = BufReader::with_capacity(256 << 10, file);
    let mut head = Vec::new();
    let told = file.by_ref().take(HEAD as u64).read_to_end(&mut head);
    told.map_err(|error| refuse(format!("cannot be read: {error}"), hint))?;
    let read = match kind(&head) {
        Some(Kind::Govulncheck) => govulncheck::read(std::io::Cursor::new(head).chain(file), end),
        Some(kind) if size <= LARGEST => {
            let rest = file.read_to_end(&mut head);
            rest.map_err(|error| refuse(format!("cannot be read: {error}"), hint))?;
            match kind {
                Kind::Gosec => gosec::read(&head, None),
                Kind::Trivy => trivy::read(&head),
                _ => sarif::read(&head),
            }
        }
        Some(_) => Err(format!("has {} MiB; at most {} are read", size >> 20, LARGEST >> 20)),
        None => Err("is not a report of gosec, govulncheck or trivy, nor SARIF 2.1.0".to_owned()),
    };
    let mut scan = read.map_err(|reason| refuse(reason, hint))?;
    scan.origin = path.display().to_string();
    Ok(scan)
}

/// Does `read` for each report, as many at once as there are cores; the order is kept.
pub(crate) fn each<T: Send>(
    paths: &[PathBuf],
    read: impl Fn(&PathBuf) -> Result<Scan, T> + Sync,
) -> Vec<Result<Scan, T>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, path)) = paths.iter().enumerate().nth(next.fetch_add(1, Relaxed)) {
            done.push((index, read(path)));
        }
        done
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<(usize, Result<Scan, T>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(paths.len())).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            // A panic there is one here.
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, read)| read).collect()
}

/// All bytes of a report.
///
/// # Errors
/// It cannot be read, or is larger than any report should be.
pub(crate) fn whole(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(std::io::Error::other(format!("it has more than {} MiB", LARGEST >> 20))),
        false => Ok(bytes),
    }
}

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gosec,
    Govulncheck,
    Trivy,
    Sarif,
}

/// Tells the kind by the names at the outermost level, of which the first decides that only one kind
/// has.
fn kind(head: &[u8]) -> Option<Kind> {
    outer_names(head).find_map(|name| match name {
        b"config" | b"progress" | b"SBOM" | b"osv" | b"finding" => Some(Kind::Govulncheck),
        b"Golang errors" | b"Issues" | b"Stats" | b"GosecVersion" => Some(Kind::Gosec),
        b"SchemaVersion" | b"ArtifactName" | b"ArtifactType" | b"Results" => Some(Kind::Trivy),
        b"runs" | b"version" => Some(Kind::Sarif),
        _ => None,
    })
}

/// Names of the members of the first JSON object, as far as the bytes go.
fn outer_names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut depth, mut index) = (0_u32, 0);
    std::iter::from_fn(move || {
        while index < bytes.len() {
            let at = index;
            index += 1;
            match bytes[at] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    let start = index;
                    while index < bytes.len() && bytes[index] != b'"' {
                        index += if bytes[index] == b'\\' { 2 } else { 1 };
                    }
                    let text = bytes.get(start..index).unwrap_or_default();
                    index += 1;
                    let rest = bytes.get(index..).unwrap_or_default().trim_ascii_start();
                    if depth == 1 && rest.first() == Some(&b':') {
                        return Some(text);
                    }
                }
                _ => {}
            }
        }
        None
    })
}

/// Text of foreign files: bounded, on one line.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    bounded(line, limit)
}

/// Text of foreign files: bounded.
pub(crate) fn bounded(text: &str, limit: usize) -> String {
    match text.len() <= limit {
        true => text.to_owned(),
        false => format!("{}…", &text[..text.floor_char_boundary(limit)]),
    }
}

/// A whole document, and nothing behind it.
fn document<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| broken(&error))
}

fn broken(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => "is cut off".to_owned(),
        false => format!("cannot be parsed: {error}"),
    }
}

#[cfg(test)]
mod tests;
