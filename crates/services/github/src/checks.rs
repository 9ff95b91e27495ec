use crate::{Error, GitHub};
use robot_net::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Annotations that GitHub takes in one request.
const BATCH: usize = 50;
/// Characters of a summary that GitHub takes.
const SUMMARY: usize = 65_535;

/// A line's remark.
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
    /// What is wrong, in a line.
    pub title: String,
    /// More of it; not empty.
    pub message: String,
}

/// A check as it ended.
#[derive(Debug)]
pub struct CheckRun<'a> {
    /// Shown in the list of checks.
    pub name: &'a str,
    /// The commit that it is of.
    pub head_sha: &'a str,
    /// `success`, `failure` or `neutral`.
    pub conclusion: &'a str,
    /// What is ours, to find it again.
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
}

#[derive(Deserialize)]
struct KnownRuns {
    check_runs: Vec<Known>,
}

impl GitHub {
    /// Writes a check, or updates the one of the same `external_id`, and appends all annotations.
    ///
    /// # Errors
    /// GitHub does not take it; the token needs `checks: write`.
    pub fn write_check(&self, check: &CheckRun<'_>) -> Result<u64, Error> {
        let mut batches = check.annotations.chunks(BATCH);
        let first = self.body(check, batches.next().unwrap_or_default());
        let id = match self.find_check(check)? {
            Some(id) => {
                self.update_check(id, &first)?;
                id
            }
            None => match self.change::<Known>(Method::Post, "/check-runs", &first) {
                Ok(known) => known.id,
                // It may be there: a second one would stay beside it for ever.
                Err(error) if error.is_unsure => self.find_check(check)?.ok_or(error)?,
                Err(error) => return Err(error),
            },
        };
        for batch in batches {
            self.update_check(id, &self.body(check, batch))?;
        }
        Ok(id)
    }

    fn update_check(&self, id: u64, body: &Value) -> Result<(), Error> {
        let mut body = body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("head_sha");
        }
        self.change::<Known>(Method::Patch, &format!("/check-runs/{id}"), &body).map(drop)
    }

    fn find_check(&self, check: &CheckRun<'_>) -> Result<Option<u64>, Error> {
        let path = format!("/commits/{}/check-runs?filter=latest", check.head_sha);
        let runs = self.pages(&path, |page: KnownRuns| page.check_runs)?;
        let is_ours = |run: &&Known| run.external_id.as_deref() == Some(check.external_id);
        Ok(runs.iter().find(is_ours).map(|run| run.id))
    }

    fn body(&self, check: &CheckRun<'_>, annotations: &[Annotation]) -> Value {
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
}
