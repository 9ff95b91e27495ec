//! Where findings are: paths of the checkout, and the line of go.mod for what has no other.

use crate::evidence::{Evidence, FilePlace, Scan, Subject};
use robot_golang::module::GoMod;
use std::collections::HashMap;
use std::path::Path;

/// Largest source that is read for one line of it, bytes.
const LARGEST: u64 = 16 << 20;

/// Makes places those of the checkout, fills in lines of code, and names the modules of go.mod files.
pub(crate) fn settle(scan: &mut Scan, root: &Path, other_roots: &[&Path]) {
    let mut files = Files { root, texts: HashMap::new(), modules: HashMap::new() };
    for evidence in &mut scan.findings {
        if let Some(place) = &mut evidence.location
            && let Some(inside) = inside(&place.path, root, other_roots)
        {
            place.path = inside;
        }
        if evidence.snippet.is_empty() && evidence.subject == Subject::Code {
            evidence.snippet = files.line(evidence.location.as_ref()).unwrap_or_default();
        }
        if let Some(manifest) = evidence.main_module.take() {
            evidence.main_module = files.module(&manifest).map(|module| module.path.clone());
        }
        files.place_in_manifest(evidence);
    }
}

/// A path below the working folder of one that is absolute: also of another checkout, whose longest end
/// that is a file here is meant.
fn inside(path: &str, root: &Path, other_roots: &[&Path]) -> Option<String> {
    if !path.starts_with('/') {
        return None;
    }
    let below = std::iter::once(&root)
        .chain(other_roots)
        .find_map(|root| Path::new(path).strip_prefix(root).ok())
        .map(Path::to_path_buf);
    let ends = || path.match_indices('/').map(|(at, _)| std::path::PathBuf::from(&path[at + 1..]));
    let is_file =
        |end: &std::path::PathBuf| end.components().count() > 1 && root.join(end).is_file();
    let found = below.or_else(|| ends().find(is_file))?;
    Some(found.to_string_lossy().into_owned())
}

struct Manifest {
    path: String,
    lines: HashMap<String, u32>,
}

struct Files<'a> {
    root: &'a Path,
    texts: HashMap<String, Option<Vec<String>>>,
    modules: HashMap<String, Option<Manifest>>,
}

impl Files<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let is_inside = !path.starts_with('/') && !path.split('/').any(|part| part == "..");
        let path = self.root.join(path);
        let is_small = path.metadata().is_ok_and(|it| it.is_file() && it.len() <= LARGEST);
        (is_inside && is_small).then(|| fs_err::read_to_string(path).ok()).flatten()
    }

    fn line(&mut self, place: Option<&FilePlace>) -> Option<String> {
        let (path, line) = (&place?.path, place?.line?);
        if !self.texts.contains_key(path) {
            // Reports are sorted by file more often than not: one at a time is kept.
            self.texts.clear();
            let lines = self.read(path).map(|text| text.lines().map(str::to_owned).collect());
            self.texts.insert(path.clone(), lines);
        }
        let lines = self.texts.get(path)?.as_ref()?;
        let line = lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        Some(crate::reports::bounded(line.trim(), 500))
    }

    fn module(&mut self, manifest: &str) -> Option<&Manifest> {
        if !self.modules.contains_key(manifest) {
            let parsed = self.read(manifest).and_then(|text| GoMod::parse(&text).ok());
            let module = parsed.and_then(|parsed| {
                let line = |line: usize| u32::try_from(line).unwrap_or_default();
                let requirements = parsed.require.iter();
                let lines = requirements
                    .map(|one| (one.path.clone(), line(one.line)))
                    .chain(parsed.go.iter().map(|go| ("stdlib".to_owned(), line(go.line))));
                Some(Manifest { path: parsed.module?.text, lines: lines.collect() })
            });
            self.modules.insert(manifest.to_owned(), module);
        }
        self.modules.get(manifest)?.as_ref()
    }

    /// An advisory of a module is where go.mod asks for the module.
    fn place_in_manifest(&mut self, evidence: &mut Evidence) {
        let Some((package, _)) = evidence.package() else { return };
        if package.ecosystem != "golang" {
            return;
        }
        let manifest = match &evidence.location {
            None => "go.mod",
            Some(place) if place.path.ends_with("go.mod") => place.path.as_str(),
            Some(_) => return,
        };
        let line =
            self.module(manifest).and_then(|module| module.lines.get(&package.name).copied());
        if line.is_some() || evidence.location.is_some() {
            let path = manifest.to_owned();
            evidence.location = Some(FilePlace { path, line, column: None });
        }
    }
}
