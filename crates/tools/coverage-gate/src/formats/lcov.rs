//! Coverage as an LCOV trace file.

use crate::measure::Measured;
use std::fmt::Write as _;
use std::path::Path;

/// Lines with their counts. <https://github.com/linux-test-project/lcov>, `man geninfo`
pub(super) fn write(measured: &Measured<'_>, below: &Path) -> String {
    let mut text = String::new();
    for file in &measured.files {
        // A name that contains a line end must not add records.
        let path = below.join(&file.path).display().to_string();
        let _ = writeln!(text, "SF:{}", path.replace(char::is_control, "?"));
        let lines = file.lines();
        for (line, count) in &lines {
            let _ = writeln!(text, "DA:{line},{count}");
        }
        let covered = lines.values().filter(|count| **count > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{covered}\nend_of_record", lines.len());
    }
    text
}
