//! Check runs of a commit.

use crate::{Error, GitHub};
use robot_net::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Largest number of annotations in one request.
const BATCH: usize = 50;
/// Largest number of characters of a summary.
const SUMMARY: usize = 65_535;

/// An annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// File below the root.
    pub path: String,
    /// From 1.
    pub start_line: u32,
    /// From 1.
    pub end_line: u32,
    /// `notice`, `warning` or `failure`.
    pub annotation_level: &'static str,
    /// Title, one line.
    pub title: String,
    /// Message; not empty.
    pub message: String,
}

/// A completed check.
#[derive(Debug)]
pub struct CheckRun<'a> {
    /// Shown in the list of checks.
    pub name: &'a str,
    /// Its commit.
    pub head_sha: &'a str,
    /// `success`, `failure` or `neutral`.
    pub conclusion: &'a str,
    /// Our key, by which it is found again.
    pub external_id: &'a str,
    /// One line.
    pub title: &'a str,
    /// Markdown.
    pub summary: &'a str,
    /// In order of importance.
    pub annotations: &'a [Annotation],
}

#[derive(Deserialize)]
struct Known {
    id: u64,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    output: KnownOutput,
}

#[derive(Default, Deserialize)]
struct KnownOutput {
    #[serde(default)]
    annotations_count: usize,
}

#[derive(Deserialize)]
struct KnownRuns {
    check_runs: Vec<Known>,
}

/// Number of lost responses that are tolerated for one check.
const LOST: u32 = 3;

impl GitHub {
    /// Writes a check with all its annotations. A check with the same `external_id` is updated and keeps its annotations,
    /// because GitHub can only append them.
    ///
    /// # Errors
    /// GitHub rejects it; the token needs `checks: write`.
    pub async fn write_check(&self, check: &CheckRun<'_>) -> Result<u64, Error> {
        let first = check.annotations.chunks(BATCH).next().unwrap_or_default();
        let known = match self.find_check(check).await? {
            Some(known) => {
                self.change::<Known>(Method::Patch, &path(known.id), &update(check, &[])).await?;
                known
            }
            None => match self.change(Method::Post, "/check-runs", &body(check, first)).await {
                Ok(Known { id, .. }) => {
                    self.append_annotations(check, id, first.len()).await?;
                    return Ok(id);
                }
                // It may exist: a second one would remain beside it permanently.
                Err(error) if error.is_unsure => self.find_check(check).await?.ok_or(error)?,
                Err(error) => return Err(error),
            },
        };
        self.append_annotations(check, known.id, known.output.annotations_count).await?;
        Ok(known.id)
    }

    /// Appends the annotations after the first `sent`. If a response is lost, it asks GitHub how many annotations there
    /// are, because a repeated batch would be shown twice.
    async fn append_annotations(
        &self,
        check: &CheckRun<'_>,
        id: u64,
        mut sent: usize,
    ) -> Result<(), Error> {
        let mut lost = 0;
        while let Some(batch) =
            check.annotations.get(sent..).and_then(|rest| rest.chunks(BATCH).next())
        {
            match self.append::<Known>(Method::Patch, &path(id), &update(check, batch)).await {
                Ok(_) => sent += batch.len(),
                Err(error) if error.is_unsure && lost < LOST => {
                    lost += 1;
                    sent = self.get::<Known>(&path(id)).await?.output.annotations_count;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn find_check(&self, check: &CheckRun<'_>) -> Result<Option<Known>, Error> {
        let path = format!("/commits/{}/check-runs?filter=all", check.head_sha);
        let runs = self.pages(&path, |page: KnownRuns| page.check_runs).await?;
        let is_ours = |run: &Known| run.external_id.as_deref() == Some(check.external_id);
        Ok(runs.into_iter().find(is_ours))
    }
}

fn path(id: u64) -> String {
    format!("/check-runs/{id}")
}

fn body(check: &CheckRun<'_>, annotations: &[Annotation]) -> Value {
    let summary: String = check.summary.chars().take(SUMMARY).collect();
    json!({
        "name": check.name,
        "head_sha": check.head_sha,
        "status": "completed",
        "conclusion": check.conclusion,
        "external_id": check.external_id,
        "output": { "title": check.title, "summary": summary, "annotations": annotations },
    })
}

/// The commit of a check cannot be changed.
fn update(check: &CheckRun<'_>, annotations: &[Annotation]) -> Value {
    let mut body = body(check, annotations);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("head_sha");
    }
    body
}
