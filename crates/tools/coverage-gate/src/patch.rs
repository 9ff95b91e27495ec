//! Reads the lines that a change adds from `git diff`.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::ops::RangeInclusive;

/// Added or changed lines by path, in order.
pub(crate) type Changed = BTreeMap<String, Vec<RangeInclusive<u32>>>;

/// The result of `git diff`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) changed: Changed,
    /// Submodules that differ but whose changes git does not show.
    pub(crate) opaque: Vec<String>,
}

/// Reads `git diff --text --submodule=diff --src-prefix=a/ --dst-prefix=b/`. Deletions add nothing.
///
/// # Errors
/// `source` fails or contains an unknown line, so that changed lines could be missed.
pub(crate) fn read(mut source: impl BufRead) -> io::Result<Patch> {
    let mut patch = Patch::default();
    let mut path: Option<String> = None;
    // Remaining lines of the hunk, before and after, and the number of the next line.
    let (mut removed, mut added, mut number) = (0_u32, 0_u32, 0_u32);
    let mut line = Vec::new();
    loop {
        line.clear();
        if source.read_until(b'\n', &mut line)? == 0 {
            return Ok(patch);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        // Lines of a hunk may look like headers, so they are counted first.
        if removed > 0 || added > 0 {
            match line.first() {
                Some(b'+') => {
                    let path = path.as_deref().ok_or_else(|| strange(&line))?;
                    add(&mut patch.changed, path, number);
                    (added, number) = (added.saturating_sub(1), number.saturating_add(1));
                }
                Some(b'-') => removed = removed.saturating_sub(1),
                Some(b'\\') => {}
                // The leading blank of an unchanged line may be missing.
                Some(b' ') | None => {
                    (removed, added) = (removed.saturating_sub(1), added.saturating_sub(1));
                    number = number.saturating_add(1);
                }
                Some(_) => return Err(strange(&line)),
            }
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            path = to(name).ok_or_else(|| strange(&line))?;
        } else if line.starts_with(b"@@") {
            (removed, number, added) = hunk(&line).ok_or_else(|| strange(&line))?;
        } else if line.starts_with(b"Binary files ") {
            return Err(strange(&line));
        } else if let Some(told) = line.strip_prefix(b"Submodule ") {
            let told = String::from_utf8_lossy(told);
            let is_opaque = [
                "(commits not present)",
                "(not initialized)",
                "(diff failed)",
                "(corrupt)",
                "(revision walker failed)",
            ];
            if is_opaque.iter().any(|reason| told.contains(reason)) {
                let path = told.rsplit_once(" (").map_or(&*told, |(path, _)| path);
                let path = path.rsplit_once(' ').map_or(path, |(path, _)| path);
                patch.opaque.push(path.to_owned());
            }
        } else if line.starts_with(b"diff --git ") {
            path = None;
        }
    }
}

fn strange(line: &[u8]) -> io::Error {
    let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
    io::Error::other(format!("`{line}` is not understood"))
}

fn add(changed: &mut Changed, path: &str, number: u32) {
    if !changed.contains_key(path) {
        changed.insert(path.to_owned(), Vec::new());
    }
    let Some(ranges) = changed.get_mut(path) else { return };
    match ranges.last_mut() {
        Some(last) if last.end().checked_add(1) == Some(number) => *last = *last.start()..=number,
        _ => ranges.push(number..=number),
    }
}

/// The file after `+++ `. The inner `None` is a deleted file, the outer one an unknown form.
fn to(name: &[u8]) -> Option<Option<String>> {
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let name = match name.strip_prefix(b"\"") {
        Some(quoted) => unquote(quoted.strip_suffix(b"\"")?)?,
        None => name.to_vec(),
    };
    if name == b"/dev/null" {
        return Some(None);
    }
    Some(Some(String::from_utf8_lossy(name.strip_prefix(b"b/")?).into_owned()))
}

/// `quote_c_style` of git.
fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        name.push(match bytes.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            byte @ (b'"' | b'\\') => byte,
            first @ b'0'..=b'3' => {
                let digits = [first, bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()?
            }
            _ => return None,
        });
    }
    Some(name)
}

/// Lines before, first line after, lines after: `@@ -12,0 +13,2 @@`.
fn hunk(line: &[u8]) -> Option<(u32, u32, u32)> {
    let line = line.strip_prefix(b"@@ -")?;
    let end = memchr::memmem::find(line, b" @@")?;
    let head = std::str::from_utf8(&line[..end]).ok()?;
    let (removed, added) = head.split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    let (removed, added): ((u32, u32), (u32, u32)) = (range(removed)?, range(added)?);
    // Rejects invalid line numbers.
    added.0.checked_add(added.1)?;
    removed.0.checked_add(removed.1)?;
    Some((removed.1, added.0, added.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    // git 2.39.
    const DIFF: &str = "diff --git a/pkg/a b.go b/pkg/a b.go
index 1..2 100644
--- a/pkg/a b.go\t
+++ b/pkg/a b.go\t
@@ -3,0 +4,2 @@ func A() {
+++ b/fake.go
+@@ -1 +1,9 @@
@@ -10 +12 @@
-old
+new
@@ -20,2 +21,0 @@
-gone
-gone
diff --git a/old.go b/old.go
--- a/old.go
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
Submodule sub 1..2:
diff --git a/sub/x.go b/sub/x.go
--- a/sub/x.go
+++ b/sub/x.go
@@ -1,3 +1,4 @@
 package sub
 
+// more
 func F() {}
\\ No newline at end of file
diff --git \"a/q\\\"\\303\\244.go\" \"b/q\\\"\\303\\244.go\"
--- /dev/null
+++ \"b/q\\\"\\303\\244.go\"
@@ -0,0 +1 @@
+package q
Submodule gone 1..2 (commits not present)
";

    #[test]
    fn added_lines_are_found_and_nothing_in_them_is_believed() {
        let patch = read(DIFF.as_bytes()).unwrap();
        assert_eq!(patch.changed.len(), 3);
        assert_eq!(patch.changed["pkg/a b.go"], [4..=5, 12..=12]);
        assert_eq!(patch.changed["sub/x.go"], [3..=3]);
        assert_eq!(patch.changed["q\"ä.go"], [1..=1]);
        assert_eq!(patch.opaque, ["gone"]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for diff in [
            "+++ other/a.go\n",
            "+++ \"b/a\\q.go\"\n",
            "Binary files a/x.go and b/x.go differ\n",
            "@@ -1 +99999999999 @@\n",
            "@@@ -1 -1 +1 @@@\n",
            "diff --git a/x b/x\n@@ -0,0 +1 @@\n+x\n",
        ] {
            assert!(read(diff.as_bytes()).is_err(), "{diff}");
        }
    }
}
