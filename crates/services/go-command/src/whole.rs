//! The verdict of a whole verb on Go code, known without Go's caches: from files, `go env` and variables alone.
//!
//! Which packages there are, and what they are built from, follows from all source files with go.mod and go.sum, from the
//! files that packages embed, from Go and its settings, and from the variables. go itself compares the content of modules with
//! go.sum. Where that is not all, as with C code or with packages outside of the known sources, nothing is kept as a whole,
//! and the verb does its work.

use crate::inputs::{Inputs, without_run};
use crate::{Sources, sealed_go};
use robot_contract::{Context, Failure, Isolate, Kept, Reference, Seal, Shelf};
use robot_golang::package_list::Package;
use robot_golang::toolchain::GoEnvironment;
use robot_model::Verdict;
use robot_process::Command;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

/// Changes when verdicts that earlier versions kept must not be believed any more.
const RULES: &str = "1";

/// Fields of `go list` that [`Whole::keep`] needs.
pub const EMBEDDING: &str = "ImportPath,Dir,Standard,Module,CgoFiles,EmbedFiles,TestEmbedFiles,XTestEmbedFiles,EmbedPatterns,TestEmbedPatterns,XTestEmbedPatterns";

/// What an earlier run kept of a whole verb, or of a part of it that is known as a whole.
#[derive(Debug)]
pub struct Whole {
    shelf: Shelf,
    inputs: Result<Inputs, String>,
}

impl Whole {
    /// Reads all inputs. `settings` are those of the verb, `verb` is go's.
    ///
    /// # Errors
    /// There is no go command.
    pub fn open(
        context: &Context,
        verb: &str,
        tags: &[String],
        settings: &impl Serialize,
    ) -> Result<Self, Failure> {
        let ask = crate::go(context, "env", &[]);
        let run = sealed_go(context, verb, tags, Isolate::Auto, &Seal::default());
        Self::of(context, verb, &without_run(ask), &without_run(run), settings)
    }

    /// As [`Whole::open`], with the commands that ask for Go's settings and that do the work: of both, the variables count.
    ///
    /// # Errors
    /// There is no go command.
    pub fn of(
        context: &Context,
        subject: &str,
        ask: &Command,
        run: &Command,
        settings: &impl Serialize,
    ) -> Result<Self, Failure> {
        let shelf = context.kept();
        // A toolchain that is to be restored is not downloaded.
        let ask = ask.clone().args(["-json", "GOMODCACHE"]).env("GOPROXY", "off");
        let read = Inputs::of(context, &ask, run, &|_| true)?;
        let inputs = read.and_then(|(mut inputs, go)| {
            let settings = serde_json::to_vec(settings).map_err(|error| error.to_string())?;
            let key = &mut inputs.key;
            key.text("rules of whole verdicts", RULES);
            key.content("settings", settings);
            key.text("working folder", context.directory.display().to_string());
            key.text("go env GOMODCACHE", go.get("GOMODCACHE"));
            key.text("C compiler", c_compiler(&go, context));
            inputs.key = inputs.key.about(format!("all of {subject}"));
            Ok(inputs)
        });
        Ok(Self { shelf, inputs })
    }

    /// What was kept, if all inputs are unchanged.
    ///
    /// # Errors
    /// Why the work has to be done.
    pub fn look_up<T: DeserializeOwned>(&self) -> Result<Kept<T>, String> {
        let inputs = self.inputs.as_ref().map_err(Clone::clone)?;
        self.shelf.look_up(&inputs.key).map_err(|why| why.to_string())
    }

    /// A verdict on a part, to which a whole one refers.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn follow<T: DeserializeOwned>(&self, part: &Reference) -> Result<Kept<T>, String> {
        self.shelf.follow(part).map_err(|why| why.to_string())
    }

    /// Keeps a verdict that passed. `packages` are all that were listed, with the fields [`EMBEDDING`].
    ///
    /// # Errors
    /// Why it is not kept.
    pub fn keep(
        &self,
        context: &Context,
        packages: &[Package],
        value: &impl Serialize,
    ) -> Result<(), String> {
        let Inputs { key, sources } = self.inputs.as_ref().map_err(Clone::clone)?;
        let kept = sources.embedded(packages).and_then(|reads| {
            let is_same = Sources::read(context).is_ok_and(|now| now == *sources);
            let changed = || Err("its sources changed while it ran".to_owned());
            if is_same { self.shelf.keep(key, Verdict::Pass, &reads, value) } else { changed() }
        });
        kept.inspect_err(|_| self.forget())
    }

    /// Removes what was kept of these inputs.
    pub fn forget(&self) {
        if let Ok(inputs) = &self.inputs {
            let _ = self.shelf.keep(&inputs.key, Verdict::Fail, &[], &());
        }
    }
}

/// What the C compiler says of itself: Go names it only.
fn c_compiler(go: &GoEnvironment, context: &Context) -> String {
    if !go.is_cgo_enabled() {
        return String::new();
    }
    let command = context.untrusted(Command::new(go.c_compiler())).arg("--version");
    let told = command.run(&context.cancellation).map(|finished| finished.stdout);
    let told = told.unwrap_or_default();
    String::from_utf8_lossy(&told).lines().next().unwrap_or_default().to_owned()
}

/// The sentence about a verdict that was kept.
pub fn reused_from(commit: Option<&str>) -> String {
    let unchanged = "sources, settings, variables and Go are unchanged";
    match commit {
        Some(commit) => format!("reused from {}: {unchanged}", commit.get(..7).unwrap_or(commit)),
        None => format!("reused from an earlier run: {unchanged}"),
    }
}

/// Notes in a job that a verb did not use Go's caches, so that `cache-key prune` does not take their entries for unused.
pub fn spare_caches(context: &Context) {
    if let Some(note) = note(context) {
        // Without it, a later run builds again what is then missing.
        let _ = fs_err::write(note, "");
    }
}

/// Whether a verb of this job did not use Go's caches.
pub fn are_caches_spared(context: &Context) -> bool {
    note(context).is_some_and(|note| note.is_file())
}

/// Forgets the note of an earlier run.
pub fn use_caches(context: &Context) {
    if let Some(note) = note(context) {
        let _ = fs_err::remove_file(note);
    }
}

fn note(context: &Context) -> Option<PathBuf> {
    let folder = context.output_directory().ok().filter(|_| context.environment.is_github());
    Some(folder?.join("caches-not-used"))
}
