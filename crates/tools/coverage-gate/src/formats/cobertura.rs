//! Coverage as Cobertura XML.

use crate::measure::Measured;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Counts of covered lines and of all lines.
type Lines = (usize, usize);

/// A file by its path in the repository, with the count of each line.
struct Class {
    path: String,
    lines: BTreeMap<u32, u32>,
}

/// <https://github.com/cobertura/cobertura/blob/master/cobertura/src/site/htdocs/xml/coverage-04.dtd>.
/// Its unit is the line. Go's profiles have no branches.
pub(super) fn write(measured: &Measured<'_>, below: &Path, time: u64) -> io::Result<String> {
    let mut packages: BTreeMap<String, Vec<Class>> = BTreeMap::new();
    for file in &measured.files {
        let path = below.join(&file.path).to_string_lossy().into_owned();
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        packages.entry(folder).or_default().push(Class { path, lines: file.lines() });
    }
    let all = sum(packages.values().flatten().map(|class| count(&class.lines)));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.write_event(Event::DocType(BytesText::from_escaped(
        "coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\"",
    )))?;
    let rate = rate(all);
    let (covered, valid, time) = (all.0.to_string(), all.1.to_string(), time.to_string());
    writer
        .create_element("coverage")
        .with_attributes([
            ("line-rate", rate.as_str()),
            ("branch-rate", "0"),
            ("lines-covered", &covered),
            ("lines-valid", &valid),
            ("branches-covered", "0"),
            ("branches-valid", "0"),
            ("complexity", "0"),
            ("version", env!("CARGO_PKG_VERSION")),
            ("timestamp", &time),
        ])
        .write_inner_content(|writer| {
            writer.create_element("sources").write_inner_content(|writer| {
                writer.create_element("source").write_text_content(BytesText::new("."))?;
                Ok(())
            })?;
            writer.create_element("packages").write_inner_content(|writer| {
                packages.iter().try_for_each(|(name, files)| package(writer, name, files))
            })?;
            Ok(())
        })?;
    let text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    Ok(robot_render::xml(&text).into_owned())
}

fn package(writer: &mut Writer<Vec<u8>>, name: &str, files: &[Class]) -> io::Result<()> {
    let rate = rate(sum(files.iter().map(|class| count(&class.lines))));
    writer.create_element("package").with_attributes(attributes(name, &rate)).write_inner_content(
        |writer| {
            writer.create_element("classes").write_inner_content(|writer| {
                files.iter().try_for_each(|file| class(writer, file))
            })?;
            Ok(())
        },
    )?;
    Ok(())
}

fn class(writer: &mut Writer<Vec<u8>>, class: &Class) -> io::Result<()> {
    let Class { path, lines } = class;
    let rate = rate(count(lines));
    let name = path.rsplit('/').next().unwrap_or(path);
    writer
        .create_element("class")
        .with_attributes(attributes(name, &rate))
        .with_attribute(("filename", path.as_str()))
        .write_inner_content(|writer| {
            writer.create_element("methods").write_empty()?;
            writer.create_element("lines").write_inner_content(|writer| {
                for (number, hits) in lines {
                    let (number, hits) = (number.to_string(), hits.to_string());
                    let line = writer.create_element("line");
                    line.with_attributes([("number", number.as_str()), ("hits", &hits)])
                        .write_empty()?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
    Ok(())
}

fn attributes<'a>(name: &'a str, rate: &'a str) -> [(&'a str, &'a str); 4] {
    [("name", name), ("line-rate", rate), ("branch-rate", "0"), ("complexity", "0")]
}

fn count(lines: &BTreeMap<u32, u32>) -> Lines {
    (lines.values().filter(|hits| **hits > 0).count(), lines.len())
}

fn sum(counts: impl Iterator<Item = Lines>) -> Lines {
    counts.fold((0, 0), |one, other| (one.0 + other.0, one.1 + other.1))
}

fn rate((covered, all): Lines) -> String {
    if all == 0 { "0".to_owned() } else { format!("{:.4}", covered as f64 / all as f64) }
}
