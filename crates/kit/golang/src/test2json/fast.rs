//! The fast reader for the form in which Go writes events: compact JSON with known fields, each once.
//!
//! It leaves every other form to [`wire`](super::wire), so that it affects only speed. A property test checks that
//! both readers agree.

use super::{Action, Event};
use std::borrow::Cow;

/// More digits than this and rounding could differ from the general reader's.
const EXACT_DIGITS: usize = 15;

/// The event, when `line` has Go's form.
pub(super) fn parse(line: &[u8]) -> Option<Event<'_>> {
    let text = std::str::from_utf8(line).ok()?;
    // JSON allows control characters only between values, where Go writes none. Folded without a
    // branch, so that it compiles to vector instructions.
    if line.iter().fold(false, |seen, byte| seen | (*byte < 0x20)) {
        return None;
    }
    let mut rest = text.strip_prefix('{')?;
    let mut action = None;
    let mut event = Event::new(Action::Unknown);
    let mut package = None;
    loop {
        let (key, after) = plain(rest.strip_prefix('"')?)?;
        let value = after.strip_prefix(':')?;
        rest = match key {
            "Time" => store(&mut event.time, value),
            "Action" => store(&mut action, value),
            "Package" => store(&mut package, value),
            "Test" => store(&mut event.test, value),
            "Output" => store(&mut event.output, value),
            "FailedBuild" => store(&mut event.failed_build, value),
            "ImportPath" => store(&mut event.import_path, value),
            "Key" => store(&mut event.key, value),
            "Value" => store(&mut event.value, value),
            "Elapsed" if event.elapsed.is_none() => {
                let (seconds, rest) = number(value)?;
                event.elapsed = Some(seconds);
                Some(rest)
            }
            _ => None,
        }?;
        match rest.as_bytes() {
            b"}" => break,
            [b',', ..] => rest = &rest[1..],
            _ => return None,
        }
    }
    event.action = Action::of_name(&action?);
    event.package = package.unwrap_or_default();
    Some(event)
}

/// Reads a string into a field that is still empty; returns the rest.
fn store<'a>(field: &mut Option<Cow<'a, str>>, value: &'a str) -> Option<&'a str> {
    if field.is_some() {
        return None;
    }
    let (text, rest) = string(value.strip_prefix('"')?)?;
    *field = Some(text);
    Some(rest)
}

/// Reads a string without escapes up to its closing quote; returns it and the rest.
fn plain(text: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr2(b'"', b'\\', text.as_bytes())?;
    (text.as_bytes()[end] == b'"').then(|| (&text[..end], &text[end + 1..]))
}

fn string(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = memchr::memchr2(b'"', b'\\', text.as_bytes())?;
    if text.as_bytes()[end] == b'"' {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut unescaped = String::with_capacity(end + 32);
    let mut rest = text;
    loop {
        let end = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        unescaped.push_str(&rest[..end]);
        if rest.as_bytes()[end] == b'"' {
            return Some((Cow::Owned(unescaped), &rest[end + 1..]));
        }
        let (character, after) = escape(&rest[end + 1..])?;
        unescaped.push(character);
        rest = after;
    }
}

/// Reads an escape after its backslash; returns its character and the rest.
fn escape(text: &str) -> Option<(char, &str)> {
    let character = match text.as_bytes().first()? {
        b'n' => '\n',
        b't' => '\t',
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let digits = text.get(1..5)?;
            // `from_str_radix` would accept a sign.
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            // Surrogates are not a `char`; pairs of them are left to the general reader.
            let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            return Some((character, &text[5..]));
        }
        _ => return None,
    };
    Some((character, &text[1..]))
}

/// Reads `12` or `0.05`; returns it and the rest.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.')?;
    let (digits, rest) = text.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_json = !fraction.is_empty()
        && !fraction.contains('.')
        && (whole == "0" || (!whole.is_empty() && !whole.starts_with('0')));
    if !is_json || digits.len() > EXACT_DIGITS {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}
