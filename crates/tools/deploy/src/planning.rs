//! The verb `plan`.

use crate::input::{self, Input};
use crate::{Cause, plan, report};
use robot_contract::{Action, Context, Failure, Outcome, Provenance};
use robot_model::Verdict;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;

/// Plans a deployment.
#[derive(Debug)]
pub struct Planning;

/// What was planned.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanOutput {
    /// The plan (`robot.plan/v1`), for `saved-plan` of `apply`
    pub plan: Option<PathBuf>,
    /// SHA-256 of the plan
    pub plan_digest: String,
    /// Name of the workload, without the number of its attempt
    pub workload: String,
    /// The image with its digest
    pub image: String,
    /// What the plan would hang on, a line each
    pub problems: Vec<String>,
}

impl Action for Planning {
    const TOOL: &'static str = "deploy";
    const VERB: Option<&'static str> = Some("plan");
    const ABOUT: &'static str = "Say what would be deployed, check it, and save it";
    type Input = Input;
    type Settings = Input;
    type Output = PlanOutput;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Input, Failure> {
        input::resolve(input, provenance)
    }

    fn execute(
        settings: Input,
        context: &mut Context,
    ) -> Result<Outcome<PlanOutput, Cause>, Failure> {
        let planned = context.phase("plan", |context| plan::make(&settings, context))?;
        let path = match &settings.saved_plan {
            Some(path) => context.absolute(path),
            None => context.output_directory()?.join("deploy/plan.json"),
        };
        planned.plan.save(&path)?;
        let plan = planned.plan;
        let output = PlanOutput {
            plan: Some(path),
            plan_digest: plan.digest()?,
            workload: plan.name.clone(),
            image: plan.image.clone(),
            problems: plan.problems.clone(),
        };
        Ok(decided(&plan, output))
    }
}

/// The outcome of a plan as such.
pub(crate) fn decided<T>(plan: &plan::Plan, output: T) -> Outcome<T, Cause> {
    let report = report::of_plan(plan);
    if plan.problems.is_empty() {
        return Outcome::pass(output, report);
    }
    let failure =
        Failure::config(format!("this {} would hang: {}", plan.kind(), plan.problems.join("; ")))
            .hint("create what is missing, or correct the name in the manifest");
    let mut outcome = Outcome::because(Verdict::Fail, Cause::WouldHang, output, report);
    outcome.failure = Some(failure);
    outcome
}
