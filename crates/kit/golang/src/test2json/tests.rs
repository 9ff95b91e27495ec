//! Events of real Go, by the fast reader and the plain one.

use super::*;
use proptest::prelude::*;
use std::borrow::Cow;
use std::io::{BufReader, Cursor};

fn event(line: &str) -> Event<'_> {
    match parse(line.as_bytes()) {
        Line::Event(event) => event,
        Line::Text(text) => panic!("{}", String::from_utf8_lossy(text)),
    }
}

#[test]
fn events_of_old_and_new_go() {
    let old = event(r#"{"Action":"output","Package":"p","Test":"T/a","Output":"a\tb\n"}"#);
    assert_eq!(old.output.as_deref(), Some("a\tb\n"));
    assert!(matches!((&old.package, &old.test), (Cow::Borrowed("p"), Some(Cow::Borrowed("T/a")))));
    let built = event(r##"{"ImportPath":"p [p.test]","Action":"build-output","Output":"# p\n"}"##);
    assert_eq!(built.action, Action::BuildOutput);
    assert_eq!(built.import_path.as_deref(), Some("p [p.test]"));
    let later = event(r#"{"Action":"reflect","Package":"p","Depth":{"a":[1]}}"#);
    assert_eq!(later.action, Action::Unknown);
    let ended = event(r#"{"Time":"2026-11-23T20:00:00Z","Action":"fail","Elapsed":12.05}"#);
    assert_eq!((ended.time.as_deref(), ended.elapsed), (Some("2026-11-23T20:00:00Z"), Some(12.05)));
}

#[test]
fn a_byte_order_mark_hides_no_event() {
    let line = "\u{feff}{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T\"}";
    assert_eq!(event(line).action, Action::Run);
}

#[test]
fn whatever_is_no_event_is_text() {
    let lines: [&[u8]; 12] = [
        b"",
        b"# p",
        b"{",
        b"{}",
        b"\xef\xbb\xbf",
        br#"{"Action":1}"#,
        b"[1]",
        br#"{"Action":"run""#,
        br#"{"Action":"run"}{"#,
        br#"{"Action":"run","Action":"fail"}"#,
        b"{\"Action\":\"run\",\"Package\":\"\xff\"}",
        b"\0\0\x1b[31mFAIL",
    ];
    for line in lines {
        assert_eq!(parse(line), Line::Text(line), "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn other_failures_are_no_unbuilt_packages() {
    for text in ["FAIL", "FAIL\tp\t0.01s", "FAIL\tp [no test files]", "FAIL\t [build failed]"] {
        assert_eq!(UnbuiltPackage::parse(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_line_beyond_the_cap_is_cut_and_reported_and_the_next_is_read() {
    let text = b"{\"Action\":\"run\",\"Test\":\"a\"}\r\n{\"Action\":\"fail\"}";
    let mut reader = Reader::with_cap(Cursor::new(text), 20);
    assert_eq!(reader.next_line().unwrap(), Some(Line::Text(&text[..20])));
    assert_eq!(reader.cut_lines(), 1);
    assert!(matches!(reader.next_line().unwrap(), Some(Line::Event(_))));
    assert_eq!(reader.next_line().unwrap(), None);
    assert_eq!(reader.cut_lines(), 1);
}

#[test]
fn streams_of_real_go_are_events_but_for_the_package_lines_of_old_go() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/test2json");
    let mut streams = 0;
    for version in ["go1.19.13", "go1.22.12", "go1.26.8"] {
        for file in std::fs::read_dir(format!("{folder}/{version}")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let mut reader = Reader::new(BufReader::new(std::fs::File::open(&path).unwrap()));
            while let Some(line) = reader.next_line().unwrap() {
                match line {
                    Line::Event(event) => assert_ne!(event.action, Action::Unknown),
                    Line::Text(text) => {
                        assert_ne!(version, "go1.26.8");
                        let unbuilt = UnbuiltPackage::parse(text).unwrap();
                        let name = path.file_stem().unwrap().to_str().unwrap();
                        assert_eq!(unbuilt.package, format!("example.com/fixture/{name}"));
                        assert_eq!(unbuilt.cause == Cause::Setup, name == "setup_fail");
                    }
                }
            }
            streams += 1;
        }
    }
    assert_eq!(streams, 48);
}

#[test]
fn the_quick_reader_reads_all_that_real_go_writes() {
    for text in [
        include_str!("../../testdata/test2json/go1.19.13/unterminated.jsonl"),
        include_str!("../../testdata/test2json/go1.26.8/unterminated.jsonl"),
        include_str!("../../testdata/test2json/go1.26.8/build_fail.jsonl"),
        include_str!("../../testdata/test2json/go1.26.8/attr.jsonl"),
        include_str!("../../testdata/test2json/go1.26.8/race.jsonl"),
    ] {
        for line in text.lines() {
            let quick = fast::parse(line.as_bytes());
            assert!(quick.is_some(), "{line}");
            assert_eq!(quick, wire::parse(line.as_bytes()), "{line}");
        }
    }
}

prop_compose! {
    /// Lines that are nearly what Go writes, so that both readers get far into them.
    fn nearly_an_event()(
        fields in prop::collection::vec((
            prop::sample::select(vec![
                "Time", "Action", "Package", "Test", "Output", "FailedBuild", "ImportPath", "Key",
                "Value", "Elapsed", "Action", "Elapsed", "Other", "Out\\u0070ut", "",
            ]),
            prop_oneof![
                "\"[a-zé\\u{1f916}]{0,3}(\\\\[\"\\\\/bfnrtuxU]|\\\\u00[0-9a-f]{2}|\\\\ud83e(\\\\udd16)?|\\\\u\\+1ab|[\\x00-\\x7f])?[a-z]{0,3}\"",
                "-?[0-9]{1,3}(\\.[0-9]{0,17})?([eE][+-]?[0-9]{1,3})?",
                "0?[0-9]{0,16}\\.?[0-9]{0,3}",
                Just("\"run\"".to_owned()),
                Just("\"build-fail\"".to_owned()),
                Just("null".to_owned()),
            ],
            prop_oneof![10 => Just(""), 1 => Just(" "), 1 => Just("\t")],
        ), 0..6),
        end in prop_oneof![9 => Just("}"), 1 => Just(""), 1 => Just("}}"), 1 => Just(",}"), 1 => Just("} ")],
    ) -> String {
        let fields: Vec<String> = fields
            .iter()
            .map(|(key, value, space)| format!("\"{key}\":{space}{value}"))
            .collect();
        format!("{{{}{end}", fields.join(","))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_quick_reader_never_differs_from_the_general_one(line in nearly_an_event()) {
        if let Some(event) = fast::parse(line.as_bytes()) {
            prop_assert_eq!(Some(event), wire::parse(line.as_bytes()));
        }
    }

    /// What Go can say comes back, and the quick reader understands it.
    #[test]
    fn every_output_comes_back(output in any::<String>(), test in any::<String>(), milliseconds in 0..9_999_999_u32) {
        let elapsed = f64::from(milliseconds) / 1000.0;
        let line = serde_json::json!({
            "Action": "output", "Package": "p", "Test": test, "Elapsed": elapsed, "Output": output,
        }).to_string();
        let event = fast::parse(line.as_bytes());
        prop_assert!(event.is_some(), "{}", line);
        let event = event.unwrap();
        prop_assert_eq!(event.output.as_deref(), Some(output.as_str()));
        prop_assert_eq!(event.test.as_deref(), Some(test.as_str()));
        prop_assert_eq!(event.elapsed, Some(elapsed));
    }
}

proptest! {
    /// Any bytes in any chunks: every line comes out once, in order.
    #[test]
    fn no_line_is_lost(bytes in prop::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..20, cap in 1_usize..40) {
        let mut reader = Reader::with_cap(BufReader::with_capacity(chunk, bytes.as_slice()), cap);
        let mut lines = 0;
        while reader.next_line().unwrap().is_some() {
            lines += 1;
        }
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
        let open = bytes.last().is_some_and(|byte| *byte != b'\n');
        prop_assert_eq!(lines, ends + usize::from(open));
    }
}
