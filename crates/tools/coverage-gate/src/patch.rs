//! Which lines a change adds, from `git diff`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Added or changed lines by path, in order.
pub(crate) type Changed = BTreeMap<String, Vec<RangeInclusive<u32>>>;

/// Reads `git diff --unified=0 --no-color --no-ext-diff --src-prefix=a/ --dst-prefix=b/` with
/// `core.quotePath=false`. Deletions add nothing.
pub(crate) fn changed(diff: &str) -> Changed {
    let mut changed = Changed::new();
    let mut path: Option<&str> = None;
    let mut left = 0_u32;
    for line in diff.lines() {
        // Added lines may look like headers: they are counted off first.
        if left > 0 && (line.starts_with('+') || line.starts_with('-')) {
            left -= 1;
        } else if let Some(to) = line.strip_prefix("+++ ") {
            path = to.trim_end_matches('\t').strip_prefix("b/");
        } else if let Some((removed, added)) = hunk(line) {
            left = removed.1 + added.1;
            if let (Some(path), 1..) = (path, added.1) {
                let lines = added.0..=added.0 + added.1 - 1;
                changed.entry(path.to_owned()).or_default().push(lines);
            }
        }
    }
    changed
}

/// First line and number of lines, before and after: `@@ -12,0 +13,2 @@`.
fn hunk(line: &str) -> Option<((u32, u32), (u32, u32))> {
    let (head, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (removed, added) = head.split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    let (removed, added): ((u32, u32), (u32, u32)) = (range(removed)?, range(added)?);
    // Line numbers that cannot be are not believed.
    added.0.checked_add(added.1)?;
    removed.1.checked_add(added.1)?;
    Some((removed, added))
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
";

    #[test]
    fn added_lines_are_found_and_nothing_in_them_is_believed() {
        let changed = changed(DIFF);
        assert_eq!(changed.len(), 1);
        assert_eq!(changed["pkg/a b.go"], [4..=5, 12..=12]);
    }
}
