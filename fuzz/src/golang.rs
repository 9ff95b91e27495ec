//! Go's formats. A panic is a finding.

use robot_golang::covdata::Data;
use robot_golang::coverprofile::Profile;
use robot_golang::module::GoMod;
use robot_golang::test2json::{Action, Line, Reader, UnbuiltPackage, parse};
use robot_golang::toolchain::GoEnvironment;
use robot_golang::version::Version;
use robot_golang::workspace::GoWork;
use robot_golang::{LineError, package_list, sum, vendor};
use serde::Deserialize;

/// An error names a line that exists.
fn named_line(bytes: &[u8], error: &LineError) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!((1..=lines).contains(&error.line), "{error}");
}

/// Files are read the same with either form of line end.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// `go.mod`.
pub fn go_mod(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match GoMod::parse(text) {
        Ok(file) => {
            // Alone on its line a carriage return is no line end, and may be part of a string.
            if !text.contains('\r') {
                assert_eq!(GoMod::parse(&with_crlf(text)), Ok(file.clone()));
            }
            for replacement in &file.replace {
                assert!(!replacement.target.folder().is_some_and(|folder| folder.contains('\\')));
            }
        }
        Err(error) => named_line(bytes, &error),
    }
}

/// `go.work`.
pub fn go_work(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match GoWork::parse(text) {
        Ok(file) => {
            for folder in file.folders() {
                assert!(!folder.is_empty() && !folder.starts_with("./") && !folder.contains('\\'));
            }
        }
        Err(error) => named_line(bytes, &error),
    }
}

/// `go.sum`: what is read is read again from what it would be written as.
pub fn go_sum(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match sum::parse(text) {
        Ok(sums) => {
            let line = |sum: &sum::Sum<'_>| {
                let suffix = if sum.is_go_mod { "/go.mod" } else { "" };
                format!("{} {}{suffix} {}\n", sum.module, sum.version, sum.hash)
            };
            let written: String = sums.iter().map(line).collect();
            assert_eq!(sum::parse(&written), Ok(sums));
        }
        Err(error) => named_line(bytes, &error),
    }
}

/// `vendor/modules.txt`.
pub fn vendor_modules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match vendor::parse(text) {
        Ok(vendored) => {
            for module in &vendored.modules {
                assert!(!module.path.is_empty());
                assert!(module.version.is_some() || module.replacement.is_some());
            }
        }
        Err(error) => named_line(bytes, &error),
    }
}

/// Versions: what is read is written so that it is read the same.
pub fn version(bytes: &[u8]) {
    let Some(version) = std::str::from_utf8(bytes).ok().and_then(Version::parse) else { return };
    assert_eq!(Version::parse(&version.to_string()), Some(version));
    assert_eq!(version.toolchain().is_none(), version.is_language());
}

/// The event stream: no byte is lost, and an event is what serde makes of its line.
pub fn test2json(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    while let Some(read) = reader.next_line().expect("bytes in memory") {
        let line = lines.next().expect("a line for each that was read");
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert_eq!(read, parse(line));
        match read {
            Line::Text(text) => {
                assert_eq!(text, line);
                if let Some(unbuilt) = UnbuiltPackage::parse(text) {
                    assert!(!unbuilt.package.is_empty());
                }
            }
            Line::Event(_) => {}
        }
        same_as_serde(line);
    }
    assert_eq!(lines.next(), None);
    assert_eq!(reader.cut_lines(), 0);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
    action: String,
    time: Option<String>,
    package: Option<String>,
    test: Option<String>,
    elapsed: Option<f64>,
    output: Option<String>,
    failed_build: Option<String>,
    import_path: Option<String>,
    key: Option<String>,
    value: Option<String>,
}

fn same_as_serde(line: &[u8]) {
    let bare = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let reference = Some(bare)
        .filter(|bare| bare.starts_with(b"{"))
        .and_then(|bare| serde_json::from_slice::<Reference>(bare).ok());
    let event = match parse(line) {
        Line::Event(event) => event,
        Line::Text(_) => return assert_eq!(reference, None),
    };
    let reference = reference.expect("an event for serde, too");
    assert_eq!(event.action, Action::of_name(&reference.action));
    assert_eq!(event.time.as_deref(), reference.time.as_deref());
    assert_eq!(event.package, reference.package.unwrap_or_default());
    assert_eq!(event.test.as_deref(), reference.test.as_deref());
    assert_eq!(event.elapsed.map(f64::to_bits), reference.elapsed.map(f64::to_bits));
    assert_eq!(event.output.as_deref(), reference.output.as_deref());
    assert_eq!(event.failed_build.as_deref(), reference.failed_build.as_deref());
    assert_eq!(event.import_path.as_deref(), reference.import_path.as_deref());
    assert_eq!(event.key.as_deref(), reference.key.as_deref());
    assert_eq!(event.value.as_deref(), reference.value.as_deref());
}

/// Cover profiles: what is merged is written so that it is read the same.
pub fn coverprofile(bytes: &[u8]) {
    let mut profile = Profile::default();
    if let Err(error) = profile.add(bytes) {
        return named_line(bytes, &error);
    }
    let (covered, all) = profile.statements();
    assert!(covered <= all);
    let mut again = Profile::default();
    again.add(&profile.write()).expect("what was written is a profile");
    assert_eq!(again.write(), profile.write());
    assert_eq!(again.statements(), profile.statements());
    // The same run a second time changes counts, never what is covered.
    again.add(bytes).expect("it was read before");
    assert_eq!(again.statements(), profile.statements());
}

/// Coverage data: the input is a `covmeta` file and, behind the length that it names, counters.
pub fn covdata(bytes: &[u8]) {
    let length = bytes.get(8..16).and_then(|length| length.try_into().ok());
    let length =
        length.map_or(0, |length| usize::try_from(u64::from_le_bytes(length)).unwrap_or(0));
    let (meta, counters) = bytes.split_at(length.min(bytes.len()));
    let mut data = Data::default();
    let is_read =
        data.add("covmeta.1", meta).is_ok() && data.add("covcounters.1", counters).is_ok();
    let Ok(profiles) = data.profiles() else { return };
    assert!(is_read);
    for profile in profiles {
        let (covered, all) = profile.statements();
        assert!(covered <= all);
        let mut again = Profile::default();
        again.add(&profile.write()).expect("what was written is a profile");
        assert_eq!(again.statements(), (covered, all));
    }
}

/// `go env -json`.
pub fn go_env(bytes: &[u8]) {
    if let Ok(environment) = GoEnvironment::parse(bytes) {
        let _ = (environment.version(), environment.architecture_level());
        assert!(environment.module_file().is_none_or(|path| path != "/dev/null"));
        assert!(environment.workspace_file().is_none_or(|path| path != "off"));
    }
}

/// `go list -json`: nothing comes behind an error, and memory follows the input.
pub fn go_list(bytes: &[u8]) {
    let read: Vec<_> = package_list::packages(bytes).collect();
    assert!(read.len() <= bytes.len());
    let errors = read.iter().filter(|package| package.is_err()).count();
    assert!(errors <= 1 && (errors == 0 || read.last().is_some_and(Result::is_err)));
}
