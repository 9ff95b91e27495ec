//! A module proxy in a folder.

use robot_testkit::write;
use std::io::Write as _;
use std::path::Path;

/// A module `example.com/sum` in two versions, as a proxy has them: <https://go.dev/ref/mod#goproxy-protocol>.
pub(crate) fn make(folder: &Path) {
    for (version, value) in [("v1.0.0", 1), ("v1.1.0", 2)] {
        let module = "module example.com/sum\n\ngo 1.19\n";
        let source =
            format!("package sum\n\nvar sum = {value}\n\nfunc Sum() int {{ return sum }}\n");
        let at = |kind: &str| folder.join(format!("example.com/sum/@v/{version}.{kind}"));
        write(&at("info"), &format!("{{\"Version\": \"{version}\"}}"));
        write(&at("mod"), module);
        let mut archive = zip::ZipWriter::new(std::fs::File::create(at("zip")).unwrap());
        for (name, text) in [("go.mod", module), ("sum.go", &source)] {
            let name = format!("example.com/sum@{version}/{name}");
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
    }
}
