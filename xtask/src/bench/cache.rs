//! The saved build cache after many commits.

use super::job::{Runner, Way};
use super::page::{Section, megabytes};
use super::robot::{Robot, Which, change, commit_all};
use anyhow::Result;
use std::path::Path;

const COMMITS: u32 = 20;

pub(crate) fn run(subject: &Robot, folder: &Path, robot: &Path) -> Result<Section> {
    let mut section = Section::new(
        "Saved build cache after 20 commits",
        "Each commit changes one file of the package that most others import. Each job restores the cache of the previous job, \
        works, and saves it again. The last row is what one job on the last commit saves without an earlier cache. Not pruned: \
        the hand-written steps, saved at every commit.",
        &["way", ">saved", ">of one commit's"],
    );
    let runner = Runner {
        folder: folder.join("growth"),
        robot: robot.to_owned(),
        proxy: folder.join("proxy"),
    };
    runner.forget();
    subject.prepare(&runner.repository(), &runner.proxy)?;
    let repository = runner.repository();
    for number in 1..=COMMITS {
        change(&repository, Which::Root, number)?;
        commit_all(&repository, "one more")?;
        for way in [Way::Robot, Way::Glue] {
            runner.run(way, "base", true)?;
        }
    }
    let grown = runner.saved_build(Way::Robot)?;
    let unpruned = runner.saved_build(Way::Glue)?;
    runner.forget();
    runner.run(Way::Robot, "base", true)?;
    let one = runner.saved_build(Way::Robot)?;
    for (way, bytes) in
        [("cache-key prune", grown), ("not pruned", unpruned), ("one commit alone", one)]
    {
        let share = format!("{:.1} %", 100.0 * bytes as f64 / one as f64);
        section.row([way.to_owned(), megabytes(bytes), share]);
    }
    section.note("The goal is 100 ± 5 %.".to_owned());
    Ok(section)
}
