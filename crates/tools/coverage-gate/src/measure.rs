//! Statements of a repository's files: what a profile says of them, without what is left out.

use crate::patch::Changed;
use crate::source::{Ignore, Source};
use robot_golang::coverprofile::{Profile, Range};
use std::collections::BTreeMap;

/// Covered and all statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) covered: u64,
    pub(crate) all: u64,
}

impl Share {
    /// `None` where there is nothing to cover.
    pub(crate) fn percent(self) -> Option<f64> {
        (self.all > 0).then(|| 100.0 * self.covered as f64 / self.all as f64)
    }

    fn add(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.all = self.all.saturating_add(other.all);
    }
}

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Below the repository's root.
    pub(crate) path: String,
    pub(crate) share: Share,
    /// Of the lines that the change adds.
    pub(crate) patch: Share,
    /// Changed lines that no test runs, as ranges.
    pub(crate) uncovered: Vec<(u32, u32)>,
    /// Statements that comments leave out.
    pub(crate) ignored: u64,
    /// Comments that leave something out.
    pub(crate) ignores: Vec<Ignore>,
    /// How often each line with statements ran.
    pub(crate) lines: BTreeMap<u32, u64>,
}

/// All files, by path.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) files: Vec<File>,
    pub(crate) generated: usize,
}

impl Measured {
    pub(crate) fn total(&self) -> Share {
        sum(self.files.iter().map(|file| file.share))
    }

    pub(crate) fn patch(&self) -> Share {
        sum(self.files.iter().map(|file| file.patch))
    }

    pub(crate) fn ignored(&self) -> u64 {
        self.files.iter().map(|file| file.ignored).sum()
    }

    /// By folder.
    pub(crate) fn packages(&self) -> BTreeMap<&str, Share> {
        let mut packages: BTreeMap<&str, Share> = BTreeMap::new();
        for file in &self.files {
            let folder = file.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            packages.entry(folder).or_default().add(file.share);
        }
        packages
    }
}

fn sum(shares: impl Iterator<Item = Share>) -> Share {
    shares.fold(Share::default(), |mut total, share| {
        total.add(share);
        total
    })
}

/// The profile was not made from these files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// No such file: its name in the profile.
    Absent(String),
    /// The file ends before a block of the profile: its path.
    Shorter(String),
}

/// Measures every file of the profile. `locate` gives a file's path in the repository and its
/// source.
///
/// # Errors
/// The first file that `locate` does not find, or that has fewer lines than the profile says.
pub(crate) fn measure(
    profile: &Profile,
    changed: &Changed,
    mut locate: impl FnMut(&str) -> Option<(String, Source)>,
) -> Result<Measured, Mismatch> {
    let mut measured = Measured::default();
    for (name, blocks) in profile.files() {
        let (path, source) = locate(name).ok_or_else(|| Mismatch::Absent(name.to_owned()))?;
        if source.is_generated {
            measured.generated += 1;
            continue;
        }
        let changed = changed.get(&path).map_or(&[][..], Vec::as_slice);
        let mut file = File { path, ..File::default() };
        for (range, statements, count) in blocks {
            if range.end_line > source.lines {
                return Err(Mismatch::Shorter(file.path));
            }
            let at = (range.start_line, range.start_column);
            let is_ignored = source
                .ignores
                .iter()
                .any(|ignore| !ignore.reason.is_empty() && ignore.from <= at && at <= ignore.to);
            if is_ignored {
                file.ignored += statements;
                continue;
            }
            take(&mut file, range, statements, count, changed);
        }
        file.ignores = source.ignores;
        file.uncovered.sort_unstable();
        join(&mut file.uncovered);
        measured.files.push(file);
    }
    measured.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(measured)
}

fn take(
    file: &mut File,
    range: Range,
    statements: u64,
    count: u64,
    changed: &[std::ops::RangeInclusive<u32>],
) {
    let covered = if count > 0 { statements } else { 0 };
    file.share.add(Share { covered, all: statements });
    if statements == 0 {
        return;
    }
    for line in range.start_line..=range.end_line.min(range.start_line.saturating_add(100_000)) {
        let known = file.lines.entry(line).or_insert(count);
        *known = (*known).max(count);
    }
    // Go does not say on which lines of a block its statements are: of a block that is changed in
    // part, as many count as lines of it are changed, and no more than it has.
    let touched: Vec<(u32, u32)> = changed
        .iter()
        .map(|lines| (*lines.start().max(&range.start_line), *lines.end().min(&range.end_line)))
        .filter(|(first, last)| first <= last)
        .collect();
    let lines: u64 = touched.iter().map(|(first, last)| u64::from(last - first + 1)).sum();
    let all = lines.min(statements);
    file.patch.add(Share { covered: if count > 0 { all } else { 0 }, all });
    if count == 0 {
        file.uncovered.extend(touched);
    }
}

/// Joins ranges that touch.
fn join(ranges: &mut Vec<(u32, u32)>) {
    ranges.dedup_by(|next, last| {
        let touches = next.0 <= last.1.saturating_add(1);
        if touches {
            last.1 = last.1.max(next.1);
        }
        touches
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        let mut profile = Profile::default();
        profile.add(text).unwrap();
        profile
    }

    const PROFILE: &str =
        "mode: set\nm/a.go:1.1,3.2 2 1\nm/a.go:5.1,9.2 3 0\nm/gen.go:1.1,2.2 9 0\n";

    fn locate(name: &str) -> Option<(String, Source)> {
        let is_generated = name.ends_with("gen.go");
        Some((
            name.strip_prefix("m/")?.to_owned(),
            Source { is_generated, lines: 20, ..Source::default() },
        ))
    }

    #[test]
    fn total_and_patch_have_one_unit() {
        let changed = Changed::from([("a.go".to_owned(), vec![2..=2, 8..=20])]);
        let measured = measure(&profile(PROFILE), &changed, locate).unwrap();
        assert_eq!(measured.total(), Share { covered: 2, all: 5 });
        // One changed line of the covered block, two of the other.
        assert_eq!(measured.patch(), Share { covered: 1, all: 3 });
        assert_eq!(measured.files[0].uncovered, [(8, 9)]);
        assert_eq!((measured.files.len(), measured.generated), (1, 1));
    }

    #[test]
    fn only_a_comment_with_a_reason_leaves_out() {
        let with = |reason: &str| {
            measure(&profile(PROFILE), &Changed::new(), |name| {
                let (path, mut source) = locate(name)?;
                let reason = reason.to_owned();
                source.ignores = vec![Ignore { line: 5, reason, from: (5, 1), to: (9, 2) }];
                Some((path, source))
            })
        };
        let ignored = with("dead on Linux").unwrap();
        assert_eq!((ignored.total(), ignored.ignored()), (Share { covered: 2, all: 2 }, 3));
        assert_eq!(with("").unwrap().total(), Share { covered: 2, all: 5 });
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let mismatch = |locate: fn(&str) -> Option<(String, Source)>| {
            measure(&profile(PROFILE), &Changed::new(), locate).unwrap_err()
        };
        assert_eq!(mismatch(|_| None), Mismatch::Absent("m/a.go".to_owned()));
        let short = |_: &str| Some(("a.go".to_owned(), Source { lines: 4, ..Source::default() }));
        assert_eq!(mismatch(short), Mismatch::Shorter("a.go".to_owned()));
    }
}
