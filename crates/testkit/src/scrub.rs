//! Removes values from text that differ from run to run.

use std::path::Path;

/// Replaces what differs from run to run, so that the rest can be compared: each path of `places`
/// by its `[NAME]`, durations (`1.25s`, `830ms`, `2m03s`) by `[DURATION]`, times of RFC 3339 by `[TIME]`.
pub fn scrub(text: &str, places: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    let mut places = places.to_vec();
    // The deepest first, because replacing its parent would hide it.
    places.sort_by_key(|(path, _)| std::cmp::Reverse(path.as_os_str().len()));
    for (path, name) in places {
        text = text.replace(&*path.to_string_lossy(), &format!("[{name}]"));
    }
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let word = !before.is_some_and(|c: char| c.is_alphanumeric() || c == '.' || c == '-');
        let found = (word && next.is_ascii_digit()).then(|| time(rest).or_else(|| duration(rest)));
        let (length, replacement) = found.flatten().unwrap_or((next.len_utf8(), ""));
        let (taken, after) = rest.split_at(length);
        scrubbed.push_str(if replacement.is_empty() { taken } else { replacement });
        before = taken.chars().next_back();
        rest = after;
    }
    scrubbed
}

/// Length of `2026-01-31T12:00:00.5Z` at the start of `text`.
fn time(text: &str) -> Option<(usize, &'static str)> {
    let shape = "0000-00-00T00:00:00";
    let head = text.as_bytes().get(..shape.len())?;
    let fits = head.iter().zip(shape.bytes()).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        other => *byte == other,
    });
    let tail = |c: char| !(c.is_ascii_digit() || ".Z+:".contains(c));
    let rest = &text[if fits { shape.len() } else { return None }..];
    Some((shape.len() + rest.find(tail).unwrap_or(rest.len()), "[TIME]"))
}

/// Length of a duration at the start of `text`: numbers with units, the largest first.
fn duration(text: &str) -> Option<(usize, &'static str)> {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let after = rest[number..].trim_start_matches(' ');
        let space = rest.len() - number - after.len();
        let unit = ["ms", "µs", "ns", "min", "h", "m", "s"].iter().find(|unit| {
            let Some(tail) = after.strip_prefix(**unit) else { return false };
            !tail.starts_with(|c: char| c.is_alphabetic())
        });
        match unit {
            Some(unit) if number > 0 => length += number + space + unit.len(),
            _ => return (length > 0).then_some((length, "[DURATION]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scrub;
    use std::path::Path;

    #[test]
    fn paths_times_and_durations_go_and_the_rest_stays() {
        let text = "ran /tmp/x/y/a.go:12 in 1.25s (2m03s, 830 ms) at 2026-01-31T12:00:00.5Z; 3 tests, v1.26.8, 10m";
        let places = [(Path::new("/tmp/x"), "TEMP"), (Path::new("/tmp/x/y"), "MODULE")];
        assert_eq!(
            scrub(text, &places),
            "ran [MODULE]/a.go:12 in [DURATION] ([DURATION], [DURATION]) at [TIME]; 3 tests, v1.26.8, [DURATION]"
        );
    }
}
