//! `security-gate`: one verdict from gosec, govulncheck, trivy and any SARIF report.
//!
//! Gathers ([`scan`] runs scanners, [`reports`] reads what they wrote), merges what is the same
//! ([`merge`]), decides ([`decide`]), reports. How bad a finding is and whether the code reaches it are two
//! axes. A scan that proves nothing is never green.
//!
//! Names of advisories are joined by union-find ([`names`]). A stream of govulncheck is folded
//! while it is read, so that memory grows with the advisories that it names, not with its length.
//! [`formats`] holds the parsers by bytes alone, for fuzzing.

mod baseline;
mod cause;
mod decide;
pub mod evidence;
pub mod formats;
mod ignore;
mod input;
mod kept;
pub mod merge;
pub mod names;
mod out;
mod place;
mod report;
mod reports;
mod scan;
mod severity;

pub use cause::{Cause, Response};
pub use input::{Input, Scanner, Settings, Source, UnknownSeverity};
pub use severity::Severity;

use baseline::{Baseline, Inventory, State};
use decide::{Decision, Facts};
use evidence::Scan;
use jiff::Timestamp;
use out::upload::Uploaded;
use reports::govulncheck::End;
use robot_contract::{Action, Context, Failure, Outcome, Provenance, Secret, Tool};
use robot_golang::module::GoMod;
use robot_golang::workspace::GoWork;
use robot_model::{Block, Figure, Metric, Report, Verdict};
use scan::Gathered;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The tool and its verb.
pub fn tool() -> Tool {
    Tool::of::<SecurityGate>()
}

/// Gates on what scanners find.
#[derive(Debug)]
pub struct SecurityGate;

/// What was found.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Findings, each counted once, set aside ones not included
    pub findings: usize,
    /// Findings that fail
    pub failing: usize,
    /// Findings that this change brings; empty without a baseline
    pub introduced: Option<usize>,
    /// Findings of advisories that were published since the baseline; empty without one
    pub drift: Option<usize>,
    /// Findings that are set aside
    pub ignored: usize,
    /// Whether a scanner was installed, so that later runs need the folder of scanners
    pub save_scanners: bool,
    /// All findings, JSON (`robot.security/v1`); a later run takes it as `baseline`
    pub json: Option<PathBuf>,
    /// Findings for code scanning, SARIF 2.1.0
    pub sarif: Option<PathBuf>,
    /// What is known of each advisory, OpenVEX
    pub vex: Option<PathBuf>,
}

impl Action for SecurityGate {
    const TOOL: &'static str = "security-gate";
    const VERB: Option<&'static str> = None;
    const ABOUT: &'static str =
        "One security verdict from gosec, govulncheck, trivy and SARIF reports";
    const GATE: bool = true;
    const KEEPS: bool = true;
    const SECRETS: &'static [Secret] = &[input::TOKEN];
    type Input = Input;
    type Settings = Settings;
    type Output = Output;
    type Cause = Cause;

    fn resolve(input: Input, provenance: &Provenance) -> Result<Settings, Failure> {
        input::resolve(input, provenance)
    }

    fn is_idle(settings: Settings, context: &mut Context) -> Result<(), String> {
        let told = |failure: Failure| failure.record().message.clone();
        let mut gathered = Gathered::default();
        let wanted = scan::wanted(&settings, context, &mut gathered);
        if wanted.is_empty() {
            // It reads reports, or says that there is no scanner.
            return Ok(());
        }
        let ignore_file = ignore_file(&settings, context);
        let ignore_file = ignore_file.as_deref();
        let ignores = read_ignores(&settings, ignore_file, context).map_err(told)?;
        let kept = kept::Kept::open(&wanted, &settings, &ignores, ignore_file, context)?;
        kept.look_up().map(drop)
    }

    fn execute(
        settings: Settings,
        context: &mut Context,
    ) -> Result<Outcome<Output, Cause>, Failure> {
        let now = context.clock.now();
        let mut gathered = Gathered::default();
        let wanted = scan::wanted(&settings, context, &mut gathered);
        let is_nothing = wanted.is_empty() && gathered.unsound.is_empty();
        if is_nothing && settings.reports.is_empty() {
            let is_asked = settings.scanners.is_some() || !settings.tools.is_empty();
            return Ok(nothing_to_do(is_asked));
        }
        let ignore_file = ignore_file(&settings, context);
        let ignores = read_ignores(&settings, ignore_file.as_deref(), context)?;
        let scanned = context.phase("scan", |context| {
            scanned(&wanted, &settings, &ignores, ignore_file.as_deref(), &mut gathered, context)
        })?;
        context.phase("read", |context| read_reports(&settings, &mut gathered, context));
        let has_installed = gathered.has_installed;
        let folder = context.output_directory()?.join("security");
        let outcome = context
            .phase("decide", |context| judge(&settings, gathered, &ignores, &folder, now, context));
        let (mut outcome, verdict) = outcome?;
        outcome.output.save_scanners = has_installed;
        if let Some((kept, scans)) = scanned {
            let is_same = || {
                let ignore_file = ignore_file.as_deref();
                let again = kept::Kept::open(&wanted, &settings, &ignores, ignore_file, context);
                again.is_ok_and(|again| again.is_of(&kept))
            };
            // What changed while they ran is not what they read.
            let verdict = if is_same() { verdict } else { Verdict::Inconclusive };
            if let Err(why) = kept.keep(verdict, &scans, &settings, now) {
                outcome.report.push(Block::text(format!("the scans are not kept: {why}")));
            }
        }
        Ok(outcome)
    }
}

/// Repeats what an earlier run kept, or runs the scanners; gives what is to be kept of them.
fn scanned(
    wanted: &scan::Wanted,
    settings: &Settings,
    ignores: &ignore::Ignores,
    ignore_file: Option<&Path>,
    gathered: &mut Gathered,
    context: &mut Context,
) -> Result<Option<(kept::Kept, Vec<Scan>)>, Failure> {
    if wanted.is_empty() {
        return Ok(None);
    }
    // Before the scanners start: go's settings are those of now, whatever is written meanwhile.
    if scan::needs_go(wanted) {
        robot_go_command::pin(context)?;
    }
    let kept = kept::Kept::open(wanted, settings, ignores, ignore_file, context);
    let known = kept.as_ref().map_err(Clone::clone).and_then(kept::Kept::look_up);
    match known {
        Ok((scans, note)) => {
            gathered.scans.extend(scans);
            gathered.notes.push(note);
            return Ok(None);
        }
        Err(why) => gathered.notes.push(format!("scanned anew: {why}")),
    }
    let ready = scan::find(wanted, settings, context, gathered)?;
    scan::run(&ready, settings, context, gathered)?;
    let roots = roots(context);
    let around: Vec<&Path> = roots.iter().map(PathBuf::as_path).collect();
    for scan in &mut gathered.scans {
        place::settle(scan, &context.directory, &around);
    }
    Ok(kept.ok().map(|kept| (kept, gathered.scans.clone())))
}

/// Folders beside the working folder that reports may call the checkout's.
fn roots(context: &Context) -> Vec<PathBuf> {
    context.environment.path("GITHUB_WORKSPACE").into_iter().collect()
}

fn read_reports(settings: &Settings, gathered: &mut Gathered, context: &Context) {
    let roots = roots(context);
    let around: Vec<&Path> = roots.iter().map(PathBuf::as_path).collect();
    let end = if settings.is_complete { End::Success } else { End::Unknown };
    let read = |path: &PathBuf| match reports::read(&context.absolute(path), end) {
        Ok(mut scan) => {
            scan.origin = path.display().to_string();
            place::settle(&mut scan, &context.directory, &around);
            Ok(scan)
        }
        Err(unsound) => Err(evidence::Unsound { origin: path.clone(), ..unsound }),
    };
    for read in reports::each(&settings.reports, read) {
        match read {
            Ok(scan) => gathered.scans.push(scan),
            Err(unsound) => gathered.unsound.push(unsound),
        }
    }
}

/// No scanner was asked for, and none is here.
fn nothing_to_do(is_asked: bool) -> Outcome<Output, Cause> {
    let mut report = Report::new("no scanner is configured or in PATH: nothing was scanned");
    report.push(Block::text(
        "add to robot.yml: `security-gate: {tools: {govulncheck: {version: v1.9.0}}}`\nor install gosec, govulncheck or trivy before this step",
    ));
    let verdict = if is_asked { Verdict::Inconclusive } else { Verdict::Skipped };
    Outcome::because(verdict, Cause::NoScanner, Output::default(), report)
}

/// Our ignore file: the one that settings name, or one in its usual place.
fn ignore_file(settings: &Settings, context: &Context) -> Option<PathBuf> {
    let is_there = |path: &&str| context.directory.join(path).symlink_metadata().is_ok();
    let found = || ignore::DEFAULT_PATHS.iter().find(|path| is_there(path)).map(PathBuf::from);
    settings.ignore_file.clone().or_else(found)
}

fn read_ignores(
    settings: &Settings,
    ours: Option<&Path>,
    context: &Context,
) -> Result<ignore::Ignores, Failure> {
    let files = ignore::Files { ours, vex: &settings.vex, reads_foreign: settings.reads_foreign };
    ignore::read(&context.directory, &files).map_err(|unsound| {
        Failure::config(format!("{} {}", unsound.origin.display(), unsound.reason))
            .hint(unsound.hint)
    })
}

/// Merges, compares, decides, writes.
fn judge(
    settings: &Settings,
    gathered: Gathered,
    ignores: &ignore::Ignores,
    folder: &Path,
    now: Timestamp,
    context: &Context,
) -> Result<(Outcome<Output, Cause>, Verdict), Failure> {
    let Gathered { scans, unsound, absent, notes, .. } = gathered;
    let (rows, names, scans) = merge::merge(scans);
    // Never dropped: the process ends with the result, and freeing many findings one by one takes long.
    let rows = &*std::mem::ManuallyDrop::new(rows);
    let today = jiff::tz::Offset::UTC.to_datetime(now).date();
    let applied = ignore::apply(ignores, rows, &names, today, settings.rules.expiry_warning);
    let required = required(&context.directory);
    let inventory = Inventory::of(&context.directory, rows, &scans, &required);
    let history = settings.history.as_ref().map(|folder| context.absolute(folder));
    let kept = history.unwrap_or_else(|| context.history_directory()).join("security.json");
    let baseline = match &settings.baseline {
        Some(path) => baseline::read(&context.absolute(path), true),
        None => baseline::read(&kept, false),
    };
    let states = baseline::states(&baseline, rows, &scans, &inventory);
    let facts = Facts {
        rows,
        states: &states,
        applied: &applied,
        foreign_warnings: ignores.warnings.len(),
        scans: &scans,
        unsound: &unsound,
        baseline: &baseline,
        now,
    };
    let mut decision = decide::decide(&facts, &settings.rules);
    let is_whole = unsound.is_empty() && scans.iter().all(|scan| scan.doubts.is_empty());
    let kept = (context.run.is_default_branch && is_whole).then_some(kept.as_path());
    let left = out::Findings { facts: &facts, decision: &decision, ignores, inventory: &inventory };
    let left = left.write(folder, kept, context)?;
    let mut notes = notes;
    notes.extend(left.notes);
    if settings.uploads {
        notes.push(match out::upload::upload(&left.sarif, context) {
            Uploaded::Told(note) => note,
            Uploaded::Failed(why) => {
                decision.reasons.push((Verdict::Warn, Cause::NotUploaded));
                why
            }
        });
    }
    let mut report = report::write(&report::Told {
        rows,
        states: &states,
        decision: &decision,
        ignores,
        applied: &applied,
        scans: &scans,
        unsound: &unsound,
        baseline: &baseline,
        absent: &absent,
        rules: &settings.rules,
        notes: &notes,
        checkout: &context.checkout(),
    });
    let mut output = counts(&decision, &states, &baseline);
    output.json = Some(left.json);
    output.sarif = Some(left.sarif);
    output.vex = Some(left.vex);
    report.figures = vec![
        Figure::count("findings", output.findings),
        Figure::count("failing findings", output.failing),
    ];
    let metrics = vec![
        Metric::measured("security.findings", "{finding}", output.findings as f64),
        Metric::measured("security.failing", "{finding}", output.failing as f64),
    ];
    let gravest = decision.reasons.iter().map(|(verdict, _)| *verdict).max();
    let verdict = gravest.unwrap_or(Verdict::Pass);
    Ok((Outcome::decided(decision.reasons, output, report).measured(metrics), verdict))
}

fn counts(decision: &Decision, states: &[State], baseline: &Baseline) -> Output {
    let judged = &decision.by_row;
    let count = |of: &dyn Fn(&State) -> bool| {
        let counted = judged.iter().zip(states).filter(|(judged, _)| judged.counts);
        counted.filter(|(_, state)| of(state)).count()
    };
    let is_known = matches!(baseline, Baseline::Known(_));
    let ignored = judged.iter().filter(|judged| judged.is_ignored).count();
    Output {
        findings: judged.len() - ignored,
        failing: judged.iter().filter(|one| one.verdict == Some(Verdict::Fail)).count(),
        introduced: is_known.then(|| count(&|state| *state == State::Introduced)),
        drift: is_known.then(|| count(&|state| matches!(state, State::Drift(_)))),
        ignored,
        ..Output::default()
    }
}

/// Modules at the versions that go.mod files ask for: since Go 1.17 those that are chosen.
fn required(root: &Path) -> Vec<(String, String)> {
    let read = |path: PathBuf| fs_err::read_to_string(path).ok();
    let work = read(root.join("go.work")).and_then(|text| GoWork::parse(&text).ok());
    let mut folders = vec![String::new()];
    folders.extend(work.iter().flat_map(GoWork::folders));
    let files = folders
        .iter()
        .filter_map(|folder| GoMod::parse(&read(root.join(folder).join("go.mod"))?).ok());
    let required = files.flat_map(|file| file.require);
    required.map(|one| (one.path, evidence::bare_version(&one.version).to_owned())).collect()
}
