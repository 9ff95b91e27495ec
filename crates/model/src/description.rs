//! The output of `robot describe`, from which wrappers, pages and schemas are generated.

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
    /// One line.
    pub about: String,
    /// In the order of declaration.
    pub inputs: Vec<InputDescription>,
    /// Secrets that it reads from the environment.
    pub secrets: Vec<SecretDescription>,
    /// The action's outputs.
    pub outputs: Vec<Named>,
    /// The causes of its verdicts.
    pub causes: Vec<Named>,
    /// Evidence that it writes for later steps.
    pub leaves: Vec<LeavesDescription>,
    /// Evidence that it reads from earlier steps.
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
    /// `None` if it has no default, or an empty one.
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
    /// Expression that GitHub evaluates if the input is empty.
    pub default: Option<String>,
}

/// A name and its description.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Named {
    /// In kebab-case.
    pub name: String,
    /// Its doc lines.
    pub help: String,
}

/// Evidence that a verb writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeavesDescription {
    /// What.
    pub kind: String,
    /// The setting that turns it off when `false`.
    pub unless_off: Option<String>,
}

/// Evidence that a verb reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakesDescription {
    /// What.
    pub kind: String,
    /// The verb that writes it.
    pub left_by: String,
    /// The setting that replaces it when set.
    pub unless_set: Option<String>,
}
