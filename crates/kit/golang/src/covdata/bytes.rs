//! Reads numbers and text from untrusted bytes.

/// The bytes and the read position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

const SHORT: &str = "the file ends too early";

impl<'a> Bytes<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Continues at offset `at`.
    pub(super) fn seek(&mut self, at: usize) -> Result<(), &'static str> {
        if at > self.all.len() {
            return Err(SHORT);
        }
        self.at = at;
        Ok(())
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let end = self.at.checked_add(length).ok_or(SHORT)?;
        let taken = self.all.get(self.at..end).ok_or(SHORT)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }

    pub(super) fn hash(&mut self) -> Result<[u8; 16], &'static str> {
        self.array()
    }

    pub(super) fn byte(&mut self) -> Result<u8, &'static str> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u32(&mut self) -> Result<u32, &'static str> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u32_big_endian(&mut self) -> Result<u32, &'static str> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, &'static str> {
        self.array().map(u64::from_le_bytes)
    }

    /// Unsigned LEB128, <https://dwarfstd.org/doc/DWARF5.pdf> §7.6.
    pub(super) fn uleb128(&mut self) -> Result<u32, &'static str> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| "a number is too large");
            }
        }
        Err("a number is too large")
    }

    /// A table of strings: how many, then length and text of each.
    pub(super) fn strings(&mut self) -> Result<Vec<String>, &'static str> {
        let count = self.uleb128()?;
        let mut strings = Vec::new();
        for _ in 0..count {
            let length = self.uleb128()? as usize;
            let text = std::str::from_utf8(self.take(length)?).map_err(|_| "text is not UTF-8")?;
            strings.push(text.to_owned());
        }
        Ok(strings)
    }
}
