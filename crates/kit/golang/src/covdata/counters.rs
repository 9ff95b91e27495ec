//! `covcounters`: how often the blocks of a program ran in one process.

use super::bytes::Bytes;
use std::collections::BTreeMap;

const MAGIC: &[u8] = &[0, b'c', b'w', b'm'];
const VERSION: u32 = 1;
const FOOTER: usize = 16;

/// Counters of each function that ran, by the index of its package and its own.
pub(super) type Counters = BTreeMap<(u32, u32), Vec<u32>>;

/// Reads a whole file: the hash of its program's `covmeta`, and its counters.
pub(super) fn read(file: &[u8]) -> Result<([u8; 16], Counters), &'static str> {
    let mut bytes = Bytes::new(file);
    if bytes.take(MAGIC.len())? != MAGIC {
        return Err("not a covcounters file");
    }
    if bytes.u32()? != VERSION {
        return Err("unsupported format version: expected 1");
    }
    let hash = bytes.hash()?;
    let number: fn(&mut Bytes<'_>) -> Result<u32, &'static str> =
        match (bytes.byte()?, bytes.byte()?) {
            (1, 0) => |bytes| bytes.u32(),
            (1, _) => |bytes| bytes.u32_big_endian(),
            (2, _) => |bytes| bytes.uleb128(),
            _ => return Err("unknown encoding of the counters"),
        };
    bytes.take(6)?;
    let segments = segments(file)?;
    let mut counters = Counters::new();
    for segment in 0..segments {
        if segment > 0 {
            bytes.take(FOOTER)?;
        }
        let functions = bytes.u64()?;
        let (strings, arguments) = (bytes.u32()?, bytes.u32()?);
        bytes.take(strings as usize)?;
        bytes.take(arguments as usize)?;
        bytes.seek(bytes.at().next_multiple_of(4))?;
        for _ in 0..functions {
            let (count, package, function) =
                (number(&mut bytes)?, number(&mut bytes)?, number(&mut bytes)?);
            let mut counted = Vec::new();
            for _ in 0..count {
                counted.push(number(&mut bytes)?);
            }
            add(&mut counters, (package, function), &counted);
        }
    }
    if file.len() - bytes.at() != FOOTER {
        return Err("the file is incomplete: its counters do not end at the end of the file");
    }
    Ok((hash, counters))
}

/// Adds counters of one function.
pub(super) fn add(counters: &mut Counters, function: (u32, u32), counted: &[u32]) {
    let known = counters.entry(function).or_default();
    if known.len() < counted.len() {
        known.resize(counted.len(), 0);
    }
    for (known, count) in known.iter_mut().zip(counted) {
        *known = known.saturating_add(*count);
    }
}

/// The number of runs in the footer.
fn segments(file: &[u8]) -> Result<u32, &'static str> {
    const CUT: &str = "the file is incomplete: the footer is missing";
    let start = file.len().checked_sub(FOOTER).ok_or(CUT)?;
    let mut footer = Bytes::new(file);
    footer.seek(start)?;
    if footer.take(MAGIC.len())? != MAGIC {
        return Err(CUT);
    }
    footer.take(4)?;
    match footer.u32()? {
        0 => Err("the footer lists no run"),
        segments => Ok(segments),
    }
}
