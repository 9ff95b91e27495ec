//! `covmeta`: the blocks of a program.

use super::bytes::Bytes;
use super::{Mode, Range};
use std::rc::Rc;

const MAGIC: &[u8] = &[0, b'c', b'v', b'm'];
const VERSION: u32 = 1;
/// `CovMetaHeaderSize`: where the table of functions begins in a package.
const PACKAGE_HEADER: usize = 16 + 4 * 7;
const MODES: [Option<Mode>; 6] =
    [None, Some(Mode::Set), Some(Mode::Count), Some(Mode::Atomic), None, None];

/// The contents of a `covmeta` file.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) hash: [u8; 16],
    pub(super) mode: Mode,
    pub(super) is_per_function: bool,
    pub(super) packages: Vec<Vec<Function>>,
}

/// A function and its blocks.
#[derive(Debug)]
pub(super) struct Function {
    /// File name as in a cover profile.
    pub(super) file: Rc<str>,
    /// Where each block is, and how many statements it has.
    pub(super) units: Vec<(Range, u32)>,
}

impl Meta {
    pub(super) fn function(&self, package: u32, function: u32) -> Option<&Function> {
        self.packages.get(package as usize)?.get(function as usize)
    }

    /// Reads a whole file.
    pub(super) fn read(file: &[u8]) -> Result<Self, &'static str> {
        let mut bytes = Bytes::new(file);
        if bytes.take(MAGIC.len())? != MAGIC {
            return Err("not a covmeta file");
        }
        if bytes.u32()? != VERSION {
            return Err("unsupported format version: expected 1");
        }
        if bytes.u64()? != file.len() as u64 {
            return Err("the file is incomplete: its length differs from the length in its header");
        }
        let entries = usize::try_from(bytes.u64()?).map_err(|_| "too many packages")?;
        let hash = bytes.hash()?;
        let (_strings_at, _strings_length) = (bytes.u32()?, bytes.u32()?);
        let mode = MODES.get(usize::from(bytes.byte()?)).copied().flatten();
        let granularity = bytes.byte()?;
        bytes.take(6)?;
        let mut offsets = Vec::new();
        for _ in 0..entries {
            offsets.push(bytes.u64()?);
        }
        let mut packages = Vec::new();
        for offset in offsets {
            let length = bytes.u64()?;
            let payload = (|| {
                let offset = usize::try_from(offset).ok()?;
                file.get(offset..offset.checked_add(usize::try_from(length).ok()?)?)
            })();
            packages.push(functions(payload.ok_or("a package lies outside of the file")?)?);
        }
        // A package without blocks (`-cover` of a test's main) has no counters.
        let mode = match mode {
            Some(mode) => mode,
            None if packages.iter().all(Vec::is_empty) => Mode::Set,
            None => return Err("no counter mode: the program was not built with `-cover`"),
        };
        Ok(Self { hash, mode, is_per_function: granularity == 2, packages })
    }
}

/// The functions of one package.
fn functions(payload: &[u8]) -> Result<Vec<Function>, &'static str> {
    let mut bytes = Bytes::new(payload);
    bytes.take(4 * 4 + 16 + 4)?;
    let (_files, count) = (bytes.u32()?, bytes.u32()?);
    if bytes.at() != PACKAGE_HEADER {
        return Err("a package header has an unexpected length");
    }
    let mut offsets = Vec::new();
    for _ in 0..count {
        offsets.push(bytes.u32()? as usize);
    }
    let strings: Vec<Rc<str>> = bytes.strings()?.into_iter().map(Rc::from).collect();
    let mut functions = Vec::new();
    // Bounds the number of blocks, because a malformed file can make functions share blocks.
    let mut left = payload.len() as u64;
    for offset in offsets {
        bytes.seek(offset)?;
        let (units, _name, file) = (bytes.uleb128()?, bytes.uleb128()?, bytes.uleb128()?);
        left = left.checked_sub(u64::from(units)).ok_or("more blocks than the file can hold")?;
        let file = strings.get(file as usize).ok_or("a function has no file")?;
        // In a profile, such a name would change the meaning of the line.
        if file.is_empty() || file.contains(char::is_control) || file.starts_with("mode: ") {
            return Err("invalid file name");
        }
        let mut function = Function { file: Rc::clone(file), units: Vec::new() };
        for _ in 0..units {
            let range = Range {
                start_line: bytes.uleb128()?,
                start_column: bytes.uleb128()?,
                end_line: bytes.uleb128()?,
                end_column: bytes.uleb128()?,
            };
            function.units.push((range, bytes.uleb128()?));
        }
        functions.push(function);
    }
    Ok(functions)
}
