//! A strict reader of XML.

use robot_process::{Cancellation, Command};

/// Has a strict parser, Python's expat, read a document; a document that it refuses ends the test.
pub fn parse_xml(document: &str) {
    let program = "import sys, xml.etree.ElementTree as e; e.fromstring(sys.stdin.buffer.read())";
    let parser =
        Command::new("python3").args(["-c", program]).stdin_bytes(document.as_bytes().to_vec());
    let ended = parser.run(&Cancellation::default()).expect("python3 starts");
    assert!(ended.success(), "{}\n{document}", String::from_utf8_lossy(&ended.stderr));
}
