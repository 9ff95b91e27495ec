//! Writes files for other tools.

mod cobertura;
mod lcov;

use crate::input::{Format, Input};
use crate::measure::Measured;
use robot_contract::{Failure, ResultExt, write_atomically};
use robot_model::CoverageRecord;
use std::path::{Path, PathBuf};

/// Paths of the requested files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) json: Option<PathBuf>,
    pub(crate) lcov: Option<PathBuf>,
    pub(crate) cobertura: Option<PathBuf>,
    pub(crate) badge: Option<PathBuf>,
}

/// Writes the formats in `input`. `now` is the record of this run, and `below` the measured folder, relative to the
/// repository's root, from which other tools expect paths.
pub(crate) fn write(
    input: &Input,
    measured: &Measured<'_>,
    now: &CoverageRecord,
    below: &Path,
    folder: &Path,
) -> Result<Files, Failure> {
    type Text<'a> = &'a dyn Fn() -> Result<String, Failure>;
    let file = |format, name: &str, text: Text<'_>| -> Result<Option<PathBuf>, Failure> {
        if !input.formats.contains(&format) {
            return Ok(None);
        }
        let path = folder.join(name);
        write_atomically(&path, text()?.as_bytes())
            .or_external(|| format!("{} cannot be written", path.display()))?;
        Ok(Some(path))
    };
    Ok(Files {
        json: file(Format::Json, "coverage.json", &|| {
            serde_json::to_string(now)
                .map_err(|error| Failure::internal("the record is not JSON").caused_by(&error))
        })?,
        lcov: file(Format::Lcov, "coverage.lcov", &|| Ok(lcov::write(measured, below)))?,
        cobertura: file(Format::Cobertura, "cobertura.xml", &|| {
            cobertura::write(measured, below, now.time).map_err(|error| {
                Failure::internal("Cobertura XML cannot be written").caused_by(&error)
            })
        })?,
        badge: file(Format::Badge, "coverage.svg", &|| Ok(badge(measured)))?,
    })
}

fn badge(measured: &Measured<'_>) -> String {
    let percent = measured.total().percent();
    // The usual colours: red below 50, green from 80.
    let colour = match percent {
        None => "#9f9f9f",
        Some(percent) if percent < 50.0 => "#c5382b",
        Some(percent) if percent < 80.0 => "#9a6700",
        Some(_) => "#2c7d3f",
    };
    let value = percent.map_or("unknown".to_owned(), |percent| format!("{percent:.0} %"));
    robot_render::badge_svg("coverage", &value, colour)
}
