//! What tools are, as `robot describe` tells it: wrappers, pages and schemas are written from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All tools.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// In the order of `robot --help`.
    pub tools: Vec<ToolDescription>,
}

/// One tool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToolDescription {
    /// `cache-key`.
    pub name: String,
    /// One line.
    pub about: String,
    /// One to four.
    pub verbs: Vec<VerbDescription>,
}

/// One verb of a tool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VerbDescription {
    /// `prepare`, where the tool has several.
    pub name: Option<String>,
    /// Whether an action runs it where no verb is named.
    #[serde(default)]
    pub is_default: bool,
    /// One line.
    pub about: String,
    /// In the order of declaration.
    pub inputs: Vec<InputDescription>,
    /// What it takes from the environment alone.
    pub secrets: Vec<SecretDescription>,
    /// What becomes the action's outputs.
    pub outputs: Vec<Named>,
    /// The finer reasons of its verdicts.
    pub causes: Vec<Named>,
    /// Evidence for later steps.
    pub leaves: Vec<LeavesDescription>,
    /// Evidence of earlier steps.
    pub takes: Vec<TakesDescription>,
    /// JSON schema of its settings.
    pub schema: Value,
    /// JSON schema of its outputs.
    pub output_schema: Value,
}

/// How a setting is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// One value.
    Scalar,
    /// Several, one a line.
    List,
    /// YAML; there is no flag.
    Structured,
}

/// One setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputDescription {
    /// In kebab-case.
    pub name: String,
    /// How it is given.
    pub kind: InputKind,
    /// Its doc lines.
    pub help: String,
    /// `None` where it has none, or one that says nothing.
    pub default: Option<Value>,
}

/// One secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecretDescription {
    /// Name of the action's input.
    pub name: String,
    /// The variable that the wrapper maps it to.
    pub variable: String,
    /// What it is for.
    pub help: String,
    /// What GitHub fills in where the input is empty, an expression.
    pub default: Option<String>,
}

/// A name and what it stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Named {
    /// In kebab-case.
    pub name: String,
    /// Its doc lines.
    pub help: String,
}

/// Evidence that a verb leaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeavesDescription {
    /// What.
    pub kind: String,
    /// The setting that is `false` where it does not.
    pub unless_off: Option<String>,
}

/// Evidence that a verb takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakesDescription {
    /// What.
    pub kind: String,
    /// The verb that leaves it.
    pub left_by: String,
    /// The setting that names something else instead.
    pub unless_set: Option<String>,
}
