//! A command as a line that a shell accepts.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// Writes the shell line: variables, program, arguments.
pub(crate) fn write_line(
    formatter: &mut fmt::Formatter<'_>,
    variables: &BTreeMap<OsString, OsString>,
    program: &OsStr,
    arguments: &[OsString],
) -> fmt::Result {
    // A shell accepts `NAME=value` only for valid variable names; env(1) accepts any.
    if !variables.keys().all(|name| is_shell_name(name)) {
        formatter.write_str("env ")?;
    }
    for (name, value) in variables {
        let (name, value) = (quoted(name), quoted(value));
        write!(formatter, "{name}={value} ")?;
    }
    formatter.write_str(&quoted(program))?;
    arguments.iter().try_for_each(|argument| write!(formatter, " {}", quoted(argument)))
}

fn is_shell_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.first().is_some_and(|first| !first.is_ascii_digit())
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Writes one word. Text is quoted for any POSIX shell. Other bytes, and NUL, which no argument can contain, need the
/// `$'…'` of bash and POSIX 2024.
fn quoted(word: &OsStr) -> String {
    match word.to_str().map(shlex::try_quote) {
        Some(Ok(word)) => word.into_owned(),
        _ => quoted_bytes(word.as_bytes()),
    }
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => word.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => word.push(char::from(*byte)),
            // Three octal digits, because a hexadecimal escape may include a following digit.
            _ => drop(write!(word, "\\{byte:03o}")),
        }
    }
    word.push('\'');
    word
}
