//! From start to exit of a command that does nothing.

use super::measure;
use super::page::Section;
use anyhow::Result;
use std::path::Path;

const ROUNDS: usize = 200;

pub(crate) fn run(folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Process start",
        "From start to exit, median of 200; `true` is what any process costs here.",
        &["command", ">milliseconds", ">goal"],
    );
    let robot = robot.to_string_lossy().into_owned();
    for (command, arguments, goal) in [("true", vec![], ""), (&*robot, vec!["--help"], "≤ 2")] {
        let costs: Result<Vec<_>> = (0..ROUNDS)
            .map(|_| {
                measure::run(
                    crate::command(command).args(&arguments),
                    &folder.join("start.log"),
                    &[0],
                )
            })
            .collect();
        let median = measure::median(costs?).wall.as_secs_f64() * 1e3;
        let name = if arguments.is_empty() { "true" } else { "robot --help" };
        section.row([format!("`{name}`"), format!("{median:.2}"), goal.to_owned()]);
    }
    Ok(section)
}
