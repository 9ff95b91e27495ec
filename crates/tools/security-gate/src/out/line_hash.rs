//! `primaryLocationLineHash`, by which code scanning tells an alert again when lines move: the rolling
//! hash of `src/fingerprints.ts` of <https://github.com/github/codeql-action>, as uploads by the API get
//! none from GitHub.

use std::collections::HashMap;

/// Characters (UTF-16 units) that are hashed, from the line on; spaces and tabs do not count.
const BLOCK: usize = 100;
const BASE: i64 = 37;
const END: u16 = 65535;

/// The hash of each line, in order: `<hex>:<n>`, the `n`th line with that hash.
pub(crate) fn line_hashes(text: &str) -> Vec<String> {
    let mut window = [0_u16; BLOCK];
    let mut starts: [Option<usize>; BLOCK] = [None; BLOCK];
    let first = (0..BLOCK).fold(1_i64, |power, _| power.wrapping_mul(BASE));
    let (mut hash, mut index) = (0_i64, 0_usize);
    let mut hashes: Vec<String> = Vec::new();
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut line = 0;
    let mut is_line_start = true;
    let mut last_was_return = false;
    let mut output = |line: usize, hash: i64| {
        let hex = format!("{:x}", hash.cast_unsigned());
        let count = seen.entry(hex.clone()).or_default();
        *count += 1;
        if hashes.len() <= line {
            hashes.resize(line + 1, String::new());
        }
        hashes[line] = format!("{hex}:{count}");
    };
    let mut update = |unit: u16, line: usize, is_start: &mut bool| {
        let at = index;
        let begun = window[at];
        window[at] = unit;
        if let Some(line) = starts[at].take() {
            output(line, hash);
        }
        if *is_start {
            *is_start = false;
            starts[at] = Some(line);
        }
        let gone = first.wrapping_mul(i64::from(begun));
        hash = BASE.wrapping_mul(hash).wrapping_add(i64::from(unit)).wrapping_sub(gone);
        index = (index + 1) % BLOCK;
    };
    let units = text.encode_utf16().chain(std::iter::once(END));
    for unit in units {
        // Blanks, and the second half of a line's end, count for nothing.
        if unit == u16::from(b' ') || unit == u16::from(b'\t') {
            last_was_return = false;
            continue;
        }
        if last_was_return && unit == u16::from(b'\n') {
            last_was_return = false;
            continue;
        }
        last_was_return = unit == u16::from(b'\r');
        let unit = if last_was_return { u16::from(b'\n') } else { unit };
        update(unit, line, &mut is_line_start);
        if unit == u16::from(b'\n') {
            line += 1;
            is_line_start = true;
        }
    }
    // What is still in the window comes out as if zeros followed.
    let mut no_start = false;
    for _ in 0..BLOCK {
        update(0, line, &mut no_start);
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// Values of `src/fingerprints.test.ts` of github/codeql-action.
    #[test]
    fn hashes_are_those_of_code_scanning() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            line_hashes(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
        let expected = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        for end in ["\n", "\r", "\r\n"] {
            let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n".replace('\n', end);
            assert_eq!(line_hashes(&text), expected, "{end:?}");
        }
    }

    #[test]
    fn equal_lines_are_numbered() {
        let text = "x\n".repeat(300);
        let hashes = line_hashes(&text);
        assert!(
            hashes[1].ends_with(":2") && hashes[0].split(':').next() == hashes[1].split(':').next()
        );
    }
}
