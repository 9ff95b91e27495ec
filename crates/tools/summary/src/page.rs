//! The report as pages: a comment, the step's summary, a file to look at.

use crate::compose::Composed;
use crate::event::Subject;
use crate::input::Input;
use robot_contract::{Context, Failure, ResultExt, write_atomically};
use robot_render::{Section, Sheet};
use std::path::PathBuf;

/// Bytes of a comment: GitHub takes 65,536 characters.
const COMMENT: usize = 65_000;
/// Bytes of a step's summary: GitHub takes 1 MiB, and nothing at all when it is passed.
const SUMMARY: usize = 1_000_000;

/// Everything that pages are made of.
pub(crate) struct Pages<'a> {
    pub(crate) input: &'a Input,
    pub(crate) composed: &'a Composed,
    pub(crate) subject: &'a Subject,
    pub(crate) context: &'a Context,
}

impl Pages<'_> {
    /// The text of the comment.
    pub(crate) fn comment(&self) -> String {
        let own = self.repository().zip(self.context.run.identity.run_id);
        let rest = own.map_or("more is in the step's summary".to_owned(), |(repository, run)| {
            format!("more is in the [step's summary]({repository}/actions/runs/{run})")
        });
        self.markdown(&rest, COMMENT)
    }

    /// The text of the step's summary: the same, and more of it.
    pub(crate) fn summary(&self) -> String {
        self.markdown("all of it is in the file of output `html`", SUMMARY)
    }

    /// Writes the report for other steps and for those who may not post: as a page, and the text of the
    /// comment.
    pub(crate) fn write(&self) -> Result<(PathBuf, PathBuf), Failure> {
        let folder = self.context.output_directory()?.join("summary");
        let (html, markdown) = (folder.join("report.html"), folder.join("report.md"));
        let sections: Vec<_> = std::iter::once(self.first())
            .chain(self.others())
            .map(|section| (section.title, section.verdict, section.report))
            .collect();
        let page = robot_render::page(self.title(), &sections);
        for (path, text) in [(&html, &page), (&markdown, &self.comment())] {
            write_atomically(path, text.as_bytes())
                .or_external(|| format!("{} cannot be written", path.display()))?;
        }
        Ok((html, markdown))
    }

    fn markdown(&self, rest: &str, budget: usize) -> String {
        // Both are GitHub's own words, the second checked to be a hash.
        let is_hash = |sha: &&str| sha.len() >= 40 && sha.bytes().all(|b| b.is_ascii_hexdigit());
        let commit = self.subject.head_sha.as_deref().filter(is_hash);
        let repository = self.repository();
        let source = repository.as_ref().zip(commit);
        let source = source.map(|(repository, sha)| format!("{repository}/blob/{sha}"));
        let foot = repository.zip(self.subject.run_id).map_or(String::new(), |(repository, id)| {
            format!("\n[The whole run]({repository}/actions/runs/{id})\n")
        });
        let budget = budget.saturating_sub(foot.len());
        let sheet = Sheet { source: source.as_deref(), rest, budget };
        robot_render::comment(&self.first(), &self.others(), &sheet) + &foot
    }

    fn title(&self) -> &str {
        &self.input.title
    }

    fn first(&self) -> Section<'_> {
        let Composed { verdict, report, .. } = self.composed;
        Section { title: self.title(), verdict: *verdict, report }
    }

    fn others(&self) -> Vec<Section<'_>> {
        let details = self.composed.details.iter();
        details
            .map(|(title, document)| Section {
                title,
                verdict: document.verdict,
                report: &document.report,
            })
            .collect()
    }

    /// The address of the repository on this server.
    fn repository(&self) -> Option<String> {
        let server =
            self.context.environment.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
        let repository = self.context.run.identity.repository.as_deref()?;
        Some(format!("{server}/{repository}"))
    }
}
