//! The results of one job.

use robot_model::{Figure, Report, ResultDocument, Verdict};
use std::collections::BTreeMap;

/// The results of one job.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Its name, such as `echo-robot`; empty if there is only one.
    pub(crate) name: String,
    /// The result of `robot ci`; `None` if it did not finish, or if single tools ran.
    pub(crate) whole: Option<ResultDocument>,
    /// The results of the steps, most severe first.
    pub(crate) steps: Vec<Step>,
    /// Reasons why some results cannot be used.
    pub(crate) broken: Vec<String>,
}

/// A step with its result.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// Whether `robot ci` ran it, rather than the workflow directly.
    pub(crate) is_of_ci: bool,
    pub(crate) document: ResultDocument,
}

impl Part {
    /// The most severe verdict of all results, because the result of `robot ci` might contradict its steps.
    pub(crate) fn verdict(&self) -> Verdict {
        let verdict = Verdict::of_all(self.documents().map(|document| document.verdict));
        let is_whole = self.broken.is_empty() && (self.whole.is_some() || !self.steps.is_empty());
        if is_whole { verdict } else { verdict.max(Verdict::Inconclusive) }
    }

    /// The deciding step, or else the cause of `robot ci`.
    pub(crate) fn cause(&self) -> Option<String> {
        let is_bad = |verdict: Verdict| verdict == self.verdict() && verdict != Verdict::Pass;
        let step = self.steps.iter().find(|step| is_bad(step.document.verdict));
        step.map(|step| step.name.clone())
            .or_else(|| self.whole.as_ref()?.cause.clone())
            .or_else(|| (!self.broken.is_empty()).then(|| "not-believed".to_owned()))
    }

    /// The results of the steps, then that of `robot ci`.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &ResultDocument> {
        self.steps.iter().map(|step| &step.document).chain(&self.whole)
    }

    /// All reports.
    pub(crate) fn reports_mut(&mut self) -> impl Iterator<Item = &mut Report> {
        let documents = self.steps.iter_mut().map(|step| &mut step.document);
        documents.chain(&mut self.whole).map(|document| &mut document.report)
    }

    /// Its headline numbers; `robot ci` has those of all its steps.
    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        let of_whole = self.whole.iter().flat_map(|whole| &whole.report.figures);
        let has_whole = self.whole.as_ref().is_some_and(|whole| !whole.report.figures.is_empty());
        let steps = self.steps.iter().filter(move |_| !has_whole);
        of_whole.chain(steps.flat_map(|step| &step.document.report.figures))
    }

    /// The number of passed and of skipped steps. A shell command has no result of its own.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let told = self.told();
        let alone = self.steps.iter().filter(|step| !told.contains_key(&step.name));
        let verdicts = alone.map(|step| step.document.verdict).chain(told.values().copied());
        let (skipped, others): (Vec<Verdict>, Vec<Verdict>) =
            verdicts.partition(|verdict| *verdict == Verdict::Skipped);
        (others.iter().filter(|verdict| verdict.is_green()).count(), skipped.len())
    }

    /// Verdict per step, as `robot ci` lists it.
    fn told(&self) -> BTreeMap<String, Verdict> {
        let verdicts = self.whole.as_ref().map(|whole| whole.outputs["verdicts"].clone());
        verdicts.and_then(|verdicts| serde_json::from_value(verdicts).ok()).unwrap_or_default()
    }

    /// Contradictions between the result of `robot ci`, its list of steps, and the results of the steps.
    pub(crate) fn disagreements(&self) -> Vec<String> {
        let Some(whole) = &self.whole else { return Vec::new() };
        let told = self.told();
        let mut found = Vec::new();
        if told.is_empty() && matches!(whole.verdict, Verdict::Pass | Verdict::Warn) {
            found.push("`robot ci` passed but lists no steps".to_owned());
        }
        let worst = Verdict::of_all(told.values().copied());
        if worst > whole.verdict {
            found.push(format!(
                "`robot ci` reports {}, but lists a step with {worst}",
                whole.verdict
            ));
        }
        for Step { name, document, .. } in self.steps.iter().filter(|step| step.is_of_ci) {
            match told.get(name) {
                None => found.push(format!(
                    "step `{name}` wrote a result, but `robot ci` does not list the step"
                )),
                Some(told) if *told < document.verdict => {
                    let verdict = document.verdict;
                    found.push(format!(
                        "the result of step `{name}` is {verdict}, but `robot ci` lists {told}"
                    ));
                }
                Some(_) => {}
            }
        }
        found
    }
}
