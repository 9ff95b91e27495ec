//! Whether a program runs in an image that has nothing but it.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};

/// Why a program does not run by itself on `architecture`, a GOARCH; `None` where it does.
pub(crate) fn obstacle(program: &[u8], architecture: &str) -> Option<String> {
    let found = match object::FileKind::parse(program) {
        Ok(object::FileKind::Elf64) => read::<elf::FileHeader64<Endianness>>(program, architecture),
        Ok(object::FileKind::Elf32) => read::<elf::FileHeader32<Endianness>>(program, architecture),
        _ => return Some("it is not a program of Linux (ELF)".to_owned()),
    };
    found.unwrap_or_else(|error| Some(format!("it is not valid: {error}")))
}

fn read<E: FileHeader<Endian = Endianness>>(
    program: &[u8],
    architecture: &str,
) -> object::Result<Option<String>> {
    let header = E::parse(program)?;
    let endian = header.endian()?;
    let machine = header.e_machine(endian);
    if machine_of(architecture).is_some_and(|wanted| wanted != machine) {
        return Ok(Some(format!("it is not made for {architecture}")));
    }
    let mut libraries = false;
    for segment in header.program_headers(endian, program)? {
        if let Some(name) = segment.interpreter(endian, program)? {
            let name = String::from_utf8_lossy(name);
            return Ok(Some(format!("it needs the interpreter {name}")));
        }
        let dynamic = segment.dynamic(endian, program)?.unwrap_or_default();
        libraries |= dynamic.iter().any(|entry| entry.d_tag(endian) == elf::DT_NEEDED);
    }
    Ok(libraries.then(|| "it needs shared libraries".to_owned()))
}

const fn machine_of(architecture: &str) -> Option<elf::Machine> {
    Some(match architecture.as_bytes() {
        b"amd64" => elf::EM_X86_64,
        b"arm64" => elf::EM_AARCH64,
        b"arm" => elf::EM_ARM,
        b"386" => elf::EM_386,
        b"riscv64" => elf::EM_RISCV,
        b"s390x" => elf::EM_S390,
        b"ppc64le" => elf::EM_PPC64,
        _ => return None,
    })
}
