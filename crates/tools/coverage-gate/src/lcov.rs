use crate::measure::Measured;
use std::fmt::Write as _;

/// For editors and other services: lines and how often they ran.
/// <https://github.com/linux-test-project/lcov>, `man geninfo`
pub(crate) fn write(measured: &Measured) -> String {
    let mut text = String::new();
    for file in &measured.files {
        let _ = writeln!(text, "SF:{}", file.path);
        for (line, count) in &file.lines {
            let _ = writeln!(text, "DA:{line},{count}");
        }
        let covered = file.lines.values().filter(|count| **count > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{covered}\nend_of_record", file.lines.len());
    }
    text
}
