//! The report as a comment and as an HTML page.

use crate::compose::Composed;
use crate::input::Input;
use robot_contract::{Context, Failure, ResultExt, write_atomically};
use robot_model::RunIdentity;
use robot_render::Sheet;
use std::path::PathBuf;

/// Largest comment in bytes; GitHub accepts 65,536 characters.
const COMMENT: usize = 65_000;

/// The data of the pages.
pub(crate) struct Pages<'a> {
    pub(crate) input: &'a Input,
    pub(crate) composed: &'a Composed,
    /// The reported run.
    pub(crate) run: &'a RunIdentity,
    pub(crate) context: &'a Context,
}

impl Pages<'_> {
    /// The text of the comment.
    pub(crate) fn comment(&self) -> String {
        let own = self.context.run.identity.run_url();
        let rest = own.map_or("the rest is in the step's summary".to_owned(), |run| {
            format!("the rest is in the [step's summary]({run})")
        });
        let foot = self.run.run_url();
        let foot = foot.map_or(String::new(), |run| format!("\n[The whole run]({run})\n"));
        self.markdown(&rest, COMMENT - foot.len()) + &foot
    }

    /// The report as GitHub Markdown of at most `budget` bytes.
    pub(crate) fn markdown(&self, rest: &str, budget: usize) -> String {
        let Composed { verdict, report, .. } = self.composed;
        let sheet = Sheet { run: self.run, rest, budget };
        robot_render::markdown(&self.input.title, *verdict, report, &sheet)
    }

    /// Writes the report as an HTML page and as the text of the comment, for other steps and for runs that may not post.
    pub(crate) fn write(&self) -> Result<(PathBuf, PathBuf), Failure> {
        let Composed { verdict, report, .. } = self.composed;
        let folder = self.context.output_directory()?.join("summary");
        let (html, markdown) = (folder.join("report.html"), folder.join("report.md"));
        let page = robot_render::page(&self.input.title, *verdict, report, self.run);
        for (path, text) in [(&html, &page), (&markdown, &self.comment())] {
            write_atomically(path, text.as_bytes())
                .or_external(|| format!("{} cannot be written", path.display()))?;
        }
        Ok((html, markdown))
    }
}
