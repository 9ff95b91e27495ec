//! Files that the kernel reads to start a program without reporting them.

use object::read::elf::{ElfFile, FileHeader, ProgramHeader as _};
use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The interpreter of a script, or the dynamic linker of a program.
pub(crate) fn interpreter(path: &Path) -> Option<PathBuf> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut start = Vec::new();
    file.by_ref().take(256).read_to_end(&mut start).ok()?;
    if let Some(line) = start.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next()?;
        let text = String::from_utf8_lossy(line);
        return text.split_whitespace().next().map(PathBuf::from);
    }
    let cache = object::ReadCache::new(file);
    of_program::<object::elf::FileHeader64<object::Endianness>>(&cache)
}

fn of_program<Header: FileHeader<Endian = object::Endianness>>(
    cache: &object::ReadCache<std::fs::File>,
) -> Option<PathBuf> {
    let program = ElfFile::<Header, _>::parse(cache).ok()?;
    let endian = program.endian();
    let headers = program.elf_program_headers().iter();
    let mut names = headers.filter_map(|header| header.interpreter(endian, cache).ok()?);
    names.next().map(|name| PathBuf::from(OsStr::from_bytes(name)))
}
