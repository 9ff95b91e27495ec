//! Coverage data that a program built with `go build -cover` writes to `$GOCOVERDIR`.
//!
//! `covmeta.<hash>` lists the blocks of a program, `covcounters.<hash>.<process>.<time>` how often they ran in
//! one process. Source of the format: `internal/coverage/defs.go` of Go 1.20 and later.

mod bytes;
mod counters;
mod meta;

use crate::coverprofile::{Counted, Mode, Profile, Range};
use counters::Counters;
use meta::Meta;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The files of one folder.
#[derive(Debug, Default)]
pub struct Data {
    metas: BTreeMap<[u8; 16], Meta>,
    counters: BTreeMap<[u8; 16], Counters>,
    /// Time at which the last process of each program ended, nanoseconds since 1970.
    ended: BTreeMap<[u8; 16], u64>,
}

impl Data {
    /// Adds a file by its name in the folder. Other names are ignored. Counters of several processes of a program
    /// are added up.
    ///
    /// # Errors
    /// Why it is malformed.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), &'static str> {
        if name.starts_with("covmeta.") {
            let meta = Meta::read(bytes)?;
            self.metas.insert(meta.hash, meta);
        } else if name.starts_with("covcounters.") {
            let (hash, counted) = counters::read(bytes)?;
            let ended = name.rsplit('.').next().and_then(|time| time.parse().ok()).unwrap_or(0);
            let last = self.ended.entry(hash).or_default();
            *last = ended.max(*last);
            let known = self.counters.entry(hash).or_default();
            counted.iter().for_each(|(function, counts)| counters::add(known, *function, counts));
        }
        Ok(())
    }

    /// One profile for each program (`covmeta` file), because programs may have different Go versions. The program
    /// that ended last comes first.
    ///
    /// # Errors
    /// There is no program, no process wrote counters, or counters belong to a missing or different program.
    pub fn profiles(mut self) -> Result<Vec<Profile>, &'static str> {
        if self.metas.is_empty() {
            return Err("no `covmeta.*` file found");
        }
        if self.counters.is_empty() {
            return Err(
                "no `covcounters.*` file found: no program that was built with `-cover` has ended",
            );
        }
        if self.counters.keys().any(|hash| !self.metas.contains_key(hash)) {
            return Err("a `covcounters.*` file has no matching `covmeta.*` file");
        }
        let mut metas: Vec<_> = self.metas.iter().collect();
        metas.sort_by_key(|(hash, _)| (Reverse(self.ended.get(*hash)), **hash));
        let of = |(hash, meta)| profile(meta, &self.counters.remove(hash).unwrap_or_default());
        metas.into_iter().map(of).collect()
    }
}

fn profile(meta: &Meta, counters: &Counters) -> Result<Profile, &'static str> {
    let mut profile = Profile::default();
    if counters.keys().any(|(package, function)| meta.function(*package, *function).is_none()) {
        return Err("the counters refer to a function that the program does not have");
    }
    for (package, functions) in meta.packages.iter().enumerate() {
        for (index, function) in functions.iter().enumerate() {
            let key = (u32::try_from(package), u32::try_from(index));
            let (Ok(package), Ok(index)) = key else { return Err("too many functions") };
            let counted = counters.get(&(package, index)).map_or(&[][..], Vec::as_slice);
            let blocks = function.units.iter().enumerate().map(|(unit, (range, statements))| {
                // A single counter of a function applies to all its blocks.
                let unit = if meta.is_per_function { 0 } else { unit };
                let count = counted.get(unit).copied().unwrap_or(0);
                Counted { range: *range, statements: *statements, count }
            });
            profile
                .add_blocks(meta.mode, &function.file, blocks)
                .map_err(|_| "two blocks at the same position have different statement counts")?;
        }
    }
    Ok(profile)
}

#[cfg(test)]
mod tests;
