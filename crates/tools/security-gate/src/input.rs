//! Settings as they are given, and what they come to.

use crate::cause::Response;
use crate::evidence::Reachability;
use crate::severity::Severity;
use robot_contract::{Failure, Provenance, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What uploads to code scanning.
pub(crate) const TOKEN: Secret = Secret {
    input: "token",
    variable: "GITHUB_TOKEN",
    help: "Token that uploads to code scanning; no scanner sees it",
    default: Some("github.token"),
};

/// Settings of `security-gate`.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Scanners to run: gosec, govulncheck, trivy; each must be there or be installed [default: those in `tools` and in PATH, none where `reports` are named]
    #[arg(long, value_name = "SCANNER", value_delimiter = ',')]
    pub scanners: Option<Vec<Scanner>>,
    /// Reports to read: gosec JSON, govulncheck JSON, trivy JSON, SARIF 2.1.0
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub reports: Vec<PathBuf>,
    /// Whether you checked that the scanners that wrote `reports` ended well: only then is what govulncheck does not call reached believed
    #[arg(long)]
    pub complete: bool,
    /// Where each scanner comes from, by its name
    #[arg(skip)]
    pub tools: BTreeMap<Scanner, Source>,
    /// Folder for scanners that are installed [default: $RUNNER_TEMP/robot-scanners, the user's cache folder on a laptop]
    #[arg(long, value_name = "DIR")]
    pub tools_folder: Option<PathBuf>,
    /// Package patterns, as `go list` takes them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', default_value = "./...")]
    pub packages: Vec<String>,
    /// Build tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Seconds that each scanner may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub timeout: u64,
    /// Address of the vulnerability database of govulncheck, `https:` or `file:` [default: https://vuln.go.dev]
    #[arg(long, value_name = "URL")]
    pub vulnerability_db: Option<String>,
    /// More arguments for trivy, such as --skip-db-update
    #[arg(long, value_name = "ARGUMENT", value_delimiter = ',', allow_hyphen_values = true)]
    pub trivy_arguments: Vec<String>,
    /// Severity from which a finding fails: low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = crate::severity::parser())]
    pub fail_on: Severity,
    /// How near the code must get for that: required, imported, called; what nobody can tell counts as called
    #[arg(long, value_name = "REACHABILITY", default_value = "called")]
    pub reachability: Reachability,
    /// What a finding counts as for which no scanner has a severity
    #[arg(long, value_name = "SEVERITY", default_value = "high-if-fixable")]
    pub unknown_severity: UnknownSeverity,
    /// How many findings of a severity there may be that are near enough, known ones included
    #[arg(skip)]
    pub limits: BTreeMap<Severity, u64>,
    /// What findings do that the baseline has already: fail, warn, note
    #[arg(long, value_name = "RESPONSE", default_value = "warn")]
    pub known: Response,
    /// What findings do that are new without a change of ours, as an advisory was published since the baseline: fail, warn, note
    #[arg(long, value_name = "RESPONSE", default_value = "warn")]
    pub drift: Response,
    /// Record to compare with, `security.json` of an earlier run [default: that of the default branch's last run]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Folder with the default branch's record, which a workflow restores and saves [default: $RUNNER_TEMP/robot-history, and in it the working directory]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// File of findings that are set aside [default: .github/security-ignore.yml or security-ignore.yml]
    #[arg(long, value_name = "FILE")]
    pub ignore_file: Option<PathBuf>,
    /// Whether .trivyignore, .trivyignore.yaml and osv-scanner.toml are read too
    #[arg(long, default_value_t = true)]
    pub foreign_ignores: bool,
    /// OpenVEX documents whose `not_affected` and `fixed` set findings aside
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub vex: Vec<PathBuf>,
    /// Whether findings are uploaded to code scanning; needs `security-events: write`, and a repository that cannot take them is told
    #[arg(long)]
    pub code_scanning: bool,
    /// Days before the end of an entry of the ignore file from which it warns
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    pub expiry_warning: u32,
    /// Days after its last change from which a database of advisories warns
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub database_warning: u32,
    /// Days after which a database, or a report that rests on one, proves nothing
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub database_limit: u32,
}

/// A scanner that can be run.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    clap::ValueEnum,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scanner {
    /// Weak code
    Gosec,
    /// Advisories whose code is called
    Govulncheck,
    /// Advisories of all that is needed
    Trivy,
}

impl Scanner {
    /// All, in the order of their report.
    pub const ALL: [Self; 3] = [Self::Gosec, Self::Govulncheck, Self::Trivy];

    /// The name of its program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gosec => "gosec",
            Self::Govulncheck => "govulncheck",
            Self::Trivy => "trivy",
        }
    }
}

/// Where a scanner comes from: one of a path, a version, or an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Source {
    /// The program
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// A version that `go install` builds: v1.9.0
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Address of a release archive (.tar.gz), `https:` or `file:`; a mirror serves as well
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// SHA-256 of that archive, in hex
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a finding without a severity counts as.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownSeverity {
    /// High where a call reaches it or there is a version without it, else medium
    HighIfFixable,
    /// Critical
    Critical,
    /// High
    High,
    /// Medium
    Medium,
    /// Low
    Low,
}

/// Where a program comes from, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum From {
    Path(PathBuf),
    Version(String),
    Archive { url: String, sha256: String },
}

/// Settings with nothing left open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Named ones must be there; `None` means those that are.
    pub(crate) scanners: Option<Vec<Scanner>>,
    pub(crate) reports: Vec<PathBuf>,
    pub(crate) is_complete: bool,
    pub(crate) tools: BTreeMap<Scanner, From>,
    pub(crate) tools_folder: Option<PathBuf>,
    pub(crate) packages: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) vulnerability_db: Option<String>,
    pub(crate) trivy_arguments: Vec<String>,
    pub(crate) rules: Rules,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) history: Option<PathBuf>,
    pub(crate) ignore_file: Option<PathBuf>,
    pub(crate) reads_foreign: bool,
    pub(crate) vex: Vec<PathBuf>,
    pub(crate) uploads: bool,
}

/// What decides, apart from the evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) fail_on: Severity,
    pub(crate) reachability: Reachability,
    pub(crate) unknown: UnknownSeverity,
    pub(crate) limits: BTreeMap<Severity, u64>,
    pub(crate) known: Response,
    pub(crate) drift: Response,
    pub(crate) expiry_warning: i64,
    pub(crate) database_warning: i64,
    pub(crate) database_limit: i64,
}

/// Makes settings of the input, once.
///
/// # Errors
/// A contradiction or a value that means nothing; it names its place.
pub(crate) fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
    let wrong =
        |key: &str, what: &str| Failure::config(format!("{}: {what}", provenance.place(key)));
    if input.fail_on == Severity::Unknown {
        return Err(wrong("fail-on", "expected low, medium, high or critical"));
    }
    if input.limits.contains_key(&Severity::Unknown) {
        let what = "nothing counts as unknown: `unknown-severity` says what it counts as";
        return Err(wrong("limits.unknown", what));
    }
    let mut tools = BTreeMap::new();
    for (scanner, source) in input.tools {
        let key = format!("tools.{}", scanner.name());
        tools.insert(scanner, source.checked().map_err(|what| wrong(&key, what))?);
    }
    if input.timeout == 0 {
        return Err(wrong("timeout", "must be at least 1: a scanner needs time"));
    }
    if input.database_warning > input.database_limit {
        return Err(wrong("database-warning", "is later than `database-limit`"));
    }
    if input.scanners.as_ref().is_some_and(Vec::is_empty) && input.reports.is_empty() {
        return Err(wrong("scanners", "names none, and no `reports` are read: nothing is proven")
            .hint("remove the step, or name a scanner"));
    }
    Ok(Settings {
        scanners: input.scanners,
        reports: input.reports,
        is_complete: input.complete,
        tools,
        tools_folder: input.tools_folder,
        packages: input.packages,
        tags: input.tags,
        timeout: Duration::from_secs(input.timeout),
        vulnerability_db: input.vulnerability_db,
        trivy_arguments: input.trivy_arguments,
        rules: Rules {
            fail_on: input.fail_on,
            reachability: input.reachability,
            unknown: input.unknown_severity,
            limits: input.limits,
            known: input.known,
            drift: input.drift,
            expiry_warning: i64::from(input.expiry_warning),
            database_warning: i64::from(input.database_warning),
            database_limit: i64::from(input.database_limit),
        },
        baseline: input.baseline,
        history: input.history,
        ignore_file: input.ignore_file,
        reads_foreign: input.foreign_ignores,
        vex: input.vex,
        uploads: input.code_scanning,
    })
}

impl Source {
    fn checked(self) -> Result<From, &'static str> {
        match (self.path, self.version, self.url, self.sha256) {
            (Some(path), None, None, None) => Ok(From::Path(path)),
            (None, Some(version), None, None) => {
                let is_version = version.strip_prefix('v').is_some_and(|rest| {
                    rest.starts_with(|c: char| c.is_ascii_digit())
                        && rest.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
                });
                // `latest` would make two runs of one commit differ.
                if is_version {
                    Ok(From::Version(version))
                } else {
                    Err("`version` is not valid: expected v1.9.0")
                }
            }
            (None, None, Some(url), Some(sha256)) => {
                let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
                if !is_hash {
                    return Err("`sha256` is not valid: expected 64 hexadecimal digits");
                }
                Ok(From::Archive { url, sha256: sha256.to_ascii_lowercase() })
            }
            (None, None, Some(_), None) => Err("an archive needs its `sha256`"),
            _ => Err("expected one of `path`, `version`, or `url` with `sha256`"),
        }
    }
}
