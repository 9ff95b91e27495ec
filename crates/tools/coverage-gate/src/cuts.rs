//! Groups the blocks of all profiles by file.

use crate::evidence::Source;
use crate::mismatch::Mismatch;
use robot_go_command::Place;
use robot_golang::coverprofile::{Counted, overlay};
use robot_golang::syntax::Syntax;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The blocks into which one profile divides one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'a> {
    /// The file's name in the profile.
    pub(crate) name: &'a str,
    pub(crate) blocks: &'a [Counted],
    /// Whether the profile is known to be measured on this file.
    pub(crate) is_sealed: bool,
}

/// All files in the profiles, by their path below the measured folder. A file may have several names: in a package that was
/// given as files, the name is absolute.
#[derive(Debug, Default)]
pub(crate) struct Cuts<'a> {
    pub(crate) files: BTreeMap<String, Vec<Cut<'a>>>,
    /// Files of the standard library and of other modules, which `-coverpkg=all` includes.
    pub(crate) elsewhere: usize,
    /// Names of files that are not in the checkout, in profiles that were measured on it. Such names come from line directives
    /// (<https://go.dev/cmd/compile/#hdr-Line_directives>).
    pub(crate) directed: Vec<String>,
}

/// Groups all blocks by file.
///
/// # Errors
/// A name that is in no known module.
pub(crate) fn by_path<'a>(
    sources: &'a [Source],
    place: impl Fn(&str) -> Place,
    is_here: impl Fn(&str) -> bool,
) -> Result<Cuts<'a>, Mismatch> {
    let mut cuts = Cuts::default();
    for source in sources {
        for (name, blocks) in source.profile.files() {
            match place(name) {
                Place::Here(path) if source.is_sealed && !is_here(&path) => {
                    cuts.directed.push(path);
                }
                Place::Here(path) => {
                    let cut = Cut { name, blocks, is_sealed: source.is_sealed };
                    cuts.files.entry(path).or_default().push(cut);
                }
                Place::Elsewhere => cuts.elsewhere += 1,
                Place::Unknown => return Err(Mismatch::Absent(name.to_owned())),
            }
        }
    }
    Ok(cuts)
}

/// The blocks of one file as in the first profile, and whether another profile divides it differently.
pub(crate) fn join<'a>(cuts: &[Cut<'a>], syntax: &Syntax) -> (Cow<'a, [Counted]>, bool) {
    let (Some(first), others) = (cuts.first(), cuts.get(1..).unwrap_or_default()) else {
        return (Cow::Borrowed(&[]), false);
    };
    let mut blocks = Cow::Borrowed(first.blocks);
    let mut is_otherwise = false;
    for other in others {
        if is_same(first.blocks, other.blocks) {
            for (our, their) in blocks.to_mut().iter_mut().zip(other.blocks) {
                our.count = our.count.saturating_add(their.count);
            }
        } else {
            overlay(blocks.to_mut(), other.blocks, &syntax.statements);
            is_otherwise = true;
        }
    }
    (blocks, is_otherwise)
}

pub(crate) fn is_same(ours: &[Counted], theirs: &[Counted]) -> bool {
    let shape = |block: &Counted| (block.range, block.statements);
    ours.len() == theirs.len() && ours.iter().map(shape).eq(theirs.iter().map(shape))
}
