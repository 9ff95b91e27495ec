//! The program of one architecture.

use anyhow::{Context as _, Result, bail, ensure};
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{Architecture, Endianness, Object as _, elf};
use std::path::PathBuf;
use std::str::FromStr;

/// The program of one architecture: `x86_64-linux=FILE`.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: &'static str,
    architecture: Architecture,
    file: PathBuf,
}

const KNOWN: [(&str, Architecture); 2] =
    [("x86_64-linux", Architecture::X86_64), ("aarch64-linux", Architecture::Aarch64)];

impl FromStr for Program {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').ok_or("expected ARCH=FILE")?;
        Self::new(name, file.into())
    }
}

impl Program {
    pub(crate) fn new(name: &str, file: PathBuf) -> Result<Self, String> {
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        let names = KNOWN.map(|(name, _)| name).join(" or ");
        let (name, architecture) = known.ok_or(format!("expected {names}, not `{name}`"))?;
        Ok(Self { name, architecture: *architecture, file })
    }

    pub(crate) fn architecture(&self) -> &str {
        self.name
    }

    /// Its path in the tree.
    pub(crate) fn path(&self) -> String {
        format!("dist/bin/robot-{}", self.name)
    }

    /// Reads and checks the program. A release must be statically linked, because a runner may not have the C library that it was
    /// built with.
    pub(crate) fn read(&self, may_be_dynamic: bool) -> Result<Vec<u8>> {
        let name = self.file.display();
        let content = fs_err::read(&self.file)?;
        let parsed = ElfFile64::<Endianness>::parse(&*content)
            .with_context(|| format!("{name} is not a 64-bit ELF file"))?;
        let found = parsed.architecture();
        ensure!(found == self.architecture, "{name} is for {found:?}, not for {}", self.name);
        let endian = parsed.endian();
        let headers = parsed.elf_header().program_headers(endian, &*content)?;
        let is_dynamic = headers.iter().any(|header| header.p_type(endian) == elf::PT_INTERP);
        if is_dynamic && !may_be_dynamic {
            bail!(
                "{name} is linked dynamically\nhint: build it with `cargo xtask release-build` for a musl target; for a trial use --development"
            );
        }
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn a_program_is_for_the_named_architecture() {
        let own = std::env::current_exe().unwrap();
        let program = |name: &str| format!("{name}={}", own.display()).parse::<Program>();
        let (own_name, other) = match std::env::consts::ARCH {
            "aarch64" => ("aarch64-linux", "x86_64-linux"),
            _ => ("x86_64-linux", "aarch64-linux"),
        };
        assert!(program(own_name).unwrap().read(true).is_ok());
        let error = program(own_name).unwrap().read(false).unwrap_err().to_string();
        assert!(error.contains("linked dynamically"), "{error}");
        let error = program(other).unwrap().read(true).unwrap_err().to_string();
        assert!(error.contains("not for"), "{error}");
        assert!(program("riscv64-linux").unwrap_err().contains("x86_64-linux or aarch64-linux"));
        let text: Program = format!("{own_name}={}", file!()).parse().unwrap();
        assert!(text.read(true).is_err());
    }
}
