//! Statements of a repository's files: what a profile says of them, without what is left out.

use crate::patch::Changed;
use crate::position::{self, Misfit};
use crate::source::{self, Ignore};
use robot_golang::coverprofile::{Counted, Profile};
use robot_model::{CoverageRecord, Statements};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File<'a> {
    /// Below the folder that is measured.
    pub(crate) path: String,
    /// As the profile has them.
    pub(crate) blocks: &'a [Counted],
    pub(crate) statements: Statements,
    /// Of the lines that the change adds.
    pub(crate) patch: Statements,
    /// Changed lines that no test runs, as ranges.
    pub(crate) uncovered: Vec<(u32, u32)>,
    /// Statements that comments leave out.
    pub(crate) ignored: u64,
    /// Comments that leave something out.
    pub(crate) ignores: Vec<Ignore>,
}

impl File<'_> {
    /// How often each line that has statements ran.
    pub(crate) fn lines(&self) -> BTreeMap<u32, u32> {
        let mut lines = BTreeMap::new();
        for block in self.blocks.iter().filter(|block| block.statements > 0) {
            if !leaves_out(&self.ignores, block) {
                for line in block.range.start_line..=block.range.end_line {
                    let known = lines.entry(line).or_insert(block.count);
                    *known = (*known).max(block.count);
                }
            }
        }
        lines
    }
}

/// All files, by path.
#[derive(Debug, Default)]
pub(crate) struct Measured<'a> {
    pub(crate) files: Vec<File<'a>>,
    pub(crate) generated: usize,
}

impl Measured<'_> {
    pub(crate) fn total(&self) -> Statements {
        self.files.iter().map(|file| file.statements).sum()
    }

    pub(crate) fn patch(&self) -> Statements {
        self.files.iter().map(|file| file.patch).sum()
    }

    pub(crate) fn ignored(&self) -> u64 {
        self.files.iter().map(|file| file.ignored).sum()
    }

    /// For later runs.
    pub(crate) fn record(&self, commit: &str, time: u64) -> CoverageRecord {
        CoverageRecord {
            schema: robot_model::COVERAGE_SCHEMA.to_owned(),
            commit: commit.to_owned(),
            time,
            files: self.files.iter().map(|file| (file.path.clone(), file.statements)).collect(),
        }
    }
}

/// The profile was not made from these files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// No such file: its name in the profile.
    Absent(String),
    /// The file has other text: its path.
    Other(String, Misfit),
}

/// Measures every file of the profile, on several cores. `locate` gives a file's path in the
/// repository and its text.
///
/// # Errors
/// The first file that `locate` does not find, or whose blocks are not where code is.
pub(crate) fn measure<'a>(
    profile: &'a Profile,
    changed: &Changed,
    locate: impl Fn(&str) -> Option<(String, Vec<u8>)> + Sync,
) -> Result<Measured<'a>, Mismatch> {
    let all: Vec<(&str, &[Counted])> = profile.files().collect();
    let one = |(name, blocks): &(&str, &'a [Counted])| file(name, blocks, changed, &locate);
    // A thread costs as much as some dozens of files.
    let cores = match all.len() {
        0..=64 => 1,
        _ => std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8)),
    };
    let mut shares = all.chunks(all.len().div_ceil(cores).max(64));
    let first = shares.next().unwrap_or_default();
    type Part<'a> = Result<Vec<Option<File<'a>>>, Mismatch>;
    let parts: Vec<Part<'a>> = std::thread::scope(|scope| {
        let others: Vec<_> =
            shares.map(|files| scope.spawn(move || files.iter().map(one).collect())).collect();
        let mut parts = vec![first.iter().map(one).collect()];
        parts.extend(others.into_iter().filter_map(|other| other.join().ok()));
        parts
    });
    let mut measured = Measured::default();
    for part in parts {
        for file in part? {
            match file {
                Some(file) => measured.files.push(file),
                None => measured.generated += 1,
            }
        }
    }
    measured.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(measured)
}

/// `None` for a generated file.
fn file<'a>(
    name: &str,
    blocks: &'a [Counted],
    changed: &Changed,
    locate: &impl Fn(&str) -> Option<(String, Vec<u8>)>,
) -> Result<Option<File<'a>>, Mismatch> {
    let (path, text) = locate(name).ok_or_else(|| Mismatch::Absent(name.to_owned()))?;
    let source = source::scan(&text);
    if source.is_generated {
        return Ok(None);
    }
    if let Err(misfit) = position::check(&text, blocks) {
        return Err(Mismatch::Other(path, misfit));
    }
    let changed = changed.get(&path).map_or(&[][..], Vec::as_slice);
    let mut file = File { path, blocks, ignores: source.ignores, ..File::default() };
    for block in blocks {
        if leaves_out(&file.ignores, block) {
            file.ignored += u64::from(block.statements);
        } else {
            take(&mut file, block, changed);
        }
    }
    file.uncovered.sort_unstable();
    join(&mut file.uncovered);
    Ok(Some(file))
}

fn leaves_out(ignores: &[Ignore], block: &Counted) -> bool {
    let range = block.range;
    ignores.iter().any(|ignore| ignore.leaves_out(range.start_line, range.start_column))
}

fn take(file: &mut File<'_>, block: &Counted, changed: &[RangeInclusive<u32>]) {
    let Counted { range, statements, count } = *block;
    let of = |all: u64| Statements { covered: if count > 0 { all } else { 0 }, all };
    file.statements.add(of(u64::from(statements)));
    if statements == 0 || changed.is_empty() {
        return;
    }
    // Go does not say on which lines of a block its statements are: of a block that is changed in
    // part, as many count as lines of it are changed, and no more than it has.
    let touched: Vec<(u32, u32)> = changed
        .iter()
        .map(|lines| (*lines.start().max(&range.start_line), *lines.end().min(&range.end_line)))
        .filter(|(first, last)| first <= last)
        .collect();
    let lines: u64 = touched.iter().map(|(first, last)| u64::from(last - first + 1)).sum();
    file.patch.add(of(lines.min(u64::from(statements))));
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
    const TEXT: &str = "x1\nx2\nx3\nx4\nx5\nx6\nx7\nx8\nx9\n";

    fn locate(name: &str) -> Option<(String, Vec<u8>)> {
        let head =
            if name.ends_with("gen.go") { "// Code generated by x. DO NOT EDIT.\n" } else { "" };
        Some((name.strip_prefix("m/")?.to_owned(), format!("{head}{TEXT}").into_bytes()))
    }

    #[test]
    fn total_and_patch_have_one_unit() {
        let changed = Changed::from([("a.go".to_owned(), vec![2..=2, 8..=20])]);
        let profile = profile(PROFILE);
        let measured = measure(&profile, &changed, locate).unwrap();
        assert_eq!(measured.total(), Statements { covered: 2, all: 5 });
        // One changed line of the covered block, two of the other.
        assert_eq!(measured.patch(), Statements { covered: 1, all: 3 });
        assert_eq!(measured.files[0].uncovered, [(8, 9)]);
        assert_eq!((measured.files.len(), measured.generated), (1, 1));
        let lines: Vec<_> = measured.files[0].lines().into_iter().collect();
        assert_eq!(lines, [(1, 1), (2, 1), (3, 1), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0)]);
    }

    #[test]
    fn only_a_comment_with_a_reason_leaves_out() {
        let profile = profile(PROFILE);
        let with = |comment: &str| {
            measure(&profile, &Changed::new(), |name| {
                let (path, text) = locate(name)?;
                let text = String::from_utf8(text).unwrap();
                Some((
                    path,
                    text.replace("x5", &format!("{{ //coverage:ignore{comment}")).into_bytes(),
                ))
            })
            .map(|measured| (measured.total(), measured.ignored()))
            .unwrap()
        };
        assert_eq!(with(" dead on Linux"), (Statements { covered: 2, all: 2 }, 3));
        assert_eq!(with(""), (Statements { covered: 2, all: 5 }, 0));
    }

    #[test]
    fn files_that_are_not_those_of_the_profile_are_an_error() {
        let profile = profile(PROFILE);
        type Locate = fn(&str) -> Option<(String, Vec<u8>)>;
        let mismatch = |locate: Locate| measure(&profile, &Changed::new(), locate).unwrap_err();
        assert_eq!(mismatch(|_| None), Mismatch::Absent("m/a.go".to_owned()));
        let short = |_: &str| Some(("a.go".to_owned(), b"x1\nx2\nx3\n".to_vec()));
        assert_eq!(mismatch(short), Mismatch::Other("a.go".to_owned(), Misfit::Elsewhere(5)));
    }
}
