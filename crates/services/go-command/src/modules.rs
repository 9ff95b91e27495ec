//! Maps Go's names of packages and files to folders and files of the checkout.

use robot_golang::module::ModuleFile;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules of a checkout, to map Go's names to folders and files.
#[derive(Debug, Default)]
pub struct Modules {
    /// `(module path, folder relative to the root)`, longest path first.
    modules: Vec<(String, PathBuf)>,
    /// Paths of required modules, and of modules of a surrounding workspace.
    others: BTreeSet<String>,
    /// Folders that go.mod files make go ignore, with the folder of each go.mod.
    ignored: Vec<(PathBuf, String)>,
    /// Folders, relative to the root, that replace required modules.
    replacing: Vec<PathBuf>,
}

/// The location of a file that Go names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Path relative to the root, with `/`. It need not exist.
    Here(String),
    /// In the standard library or in a module that is not in the checkout.
    Elsewhere,
    /// In no known module.
    Unknown,
}

impl Modules {
    /// Reads go.work and go.mod below `root`. Unreadable files only mean that fewer names can be mapped.
    pub fn read(root: &Path) -> Self {
        let read = |path: PathBuf| ModuleFile::parse(&fs_err::read_to_string(path).ok()?).ok();
        let mut folders = vec![PathBuf::new()];
        if let Some(work) = read(root.join("go.work")) {
            let uses = work.all("use").filter_map(|used| used.arguments.first());
            folders.extend(uses.map(|folder| PathBuf::from(folder.trim_start_matches("./"))));
        }
        let mut modules: Vec<(String, PathBuf)> = folders
            .into_iter()
            .filter_map(|folder| {
                let file = read(root.join(&folder).join("go.mod"))?;
                Some((file.single("module")?.to_owned(), folder))
            })
            .collect();
        modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        let (mut others, mut ignored) = (BTreeSet::new(), Vec::new());
        let mut replacing = Vec::new();
        for (_, folder) in &modules {
            let file = read(root.join(folder).join("go.mod"));
            let names = file.iter().flat_map(|file| file.all("ignore"));
            let names = names.filter_map(|name| name.arguments.first().cloned());
            ignored.extend(names.map(|name| (folder.clone(), name)));
            let replaced = file.iter().flat_map(|file| file.all("replace"));
            let targets = replaced.filter_map(|one| one.arguments.last().cloned());
            let local =
                targets.filter(|target| target.starts_with("./") || target.starts_with("../"));
            replacing.extend(local.map(|target| folder.join(target.trim_start_matches("./"))));
            let required = file.iter().flat_map(|file| file.all("require"));
            others.extend(required.filter_map(|module| module.arguments.first().cloned()));
            let sums = fs_err::read_to_string(root.join(folder).join("go.sum"));
            let sums = sums.unwrap_or_default();
            let sums = robot_golang::sum::parse(&sums).unwrap_or_default();
            others.extend(sums.iter().map(|sum| sum.module.to_owned()));
        }
        for around in root.ancestors().skip(1) {
            let Some(work) = read(around.join("go.work")) else { continue };
            let uses = work.all("use").filter_map(|used| used.arguments.first());
            let used = uses.filter_map(|folder| read(around.join(folder).join("go.mod")));
            others.extend(used.filter_map(|file| Some(file.single("module")?.to_owned())));
        }
        Self { modules, others, ignored, replacing }
    }

    /// The location of a file that a cover profile names: see [`file`](Self::file).
    pub fn place(&self, name: &str, root: &Path) -> Place {
        if let Some(path) = self.file(name, root) {
            return Place::Here(path);
        }
        let mut folder = name;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            folder = parent;
            if self.others.contains(folder) {
                return Place::Elsewhere;
            }
        }
        // Only packages of the standard library have a first element without a dot.
        let is_of_go = !folder.is_empty() && folder.len() < name.len() && !folder.contains('.');
        if is_of_go { Place::Elsewhere } else { Place::Unknown }
    }

    /// Folder of a package by its import path, relative to the root; `None` for packages of other modules.
    pub fn folder(&self, package: &str) -> Option<PathBuf> {
        let (module, folder) = self.modules.iter().find(|(module, _)| {
            package
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        Some(folder.join(package[module.len()..].trim_start_matches('/')))
    }

    /// Whether the file at this path belongs to a module that replaces another one in go.mod, so that it is built although
    /// `./...` does not include it.
    pub fn replace_with(&self, path: &str) -> bool {
        self.replacing.iter().any(|folder| Path::new(path).starts_with(folder))
    }

    /// The import path of a folder, relative to the root with `/`; `None` if it is in no module.
    pub fn import_path(&self, folder: &str) -> Option<String> {
        let holds = |below: &&(String, PathBuf)| Path::new(folder).starts_with(&below.1);
        let nearest =
            self.modules.iter().filter(holds).max_by_key(|(_, it)| it.components().count());
        let (module, below) = nearest?;
        let rest = Path::new(folder).strip_prefix(below).ok()?.to_string_lossy().into_owned();
        Some(if rest.is_empty() { module.clone() } else { format!("{module}/{rest}") })
    }

    /// Whether the file at this path, relative to `root` with `/`, is in one of the modules and not in another module
    /// below it.
    pub fn hold(&self, path: &str, root: &Path) -> bool {
        let folders = Path::new(path).ancestors().skip(1);
        let nearest = folders.into_iter().find(|folder| root.join(folder).join("go.mod").is_file());
        nearest.is_some_and(|nearest| self.modules.iter().any(|(_, folder)| folder == nearest))
    }

    /// Whether `./...` includes the folder, relative to `root` with `/`, if it includes its parent. It does not if another
    /// module begins there (unless it is one of these modules), if go.mod ignores it
    /// (<https://go.dev/ref/mod#go-mod-file-ignore>), or if no package can have the name.
    pub fn reach(&self, folder: &str, root: &Path) -> bool {
        let is_ignored = |(module, name): &(PathBuf, String)| match name.strip_prefix("./") {
            Some(name) => Path::new(folder) == module.join(name),
            None => Path::new(folder).starts_with(module) && Path::new(folder).ends_with(name),
        };
        let leads = || self.modules.iter().any(|(_, module)| module.starts_with(folder));
        if folder.contains('@') || self.ignored.iter().any(is_ignored) {
            return false;
        }
        !root.join(folder).join("go.mod").is_file() || leads()
    }

    /// The path, relative to `root` with `/`, of a file that a cover profile names, such as `example.com/robot/pkg/a.go`.
    /// Packages that were given as files have an absolute name, perhaps of another checkout: then the longest suffix that
    /// is a file here counts, if it includes the folder of its package. `None` for files that are not in the checkout, and
    /// for names that lead out of it.
    pub fn file(&self, name: &str, root: &Path) -> Option<String> {
        let (package, file) = name.rsplit_once('/')?;
        if name.split('/').any(|part| part == "..") {
            return None;
        }
        if name.starts_with('/') {
            let below = Path::new(name).strip_prefix(root).ok();
            let mut ends = name.match_indices('/').map(|(index, _)| Path::new(&name[index + 1..]));
            // For a file in the root folder, its folder has the name of the checkout or the module.
            let folder = package.rsplit('/').next().unwrap_or_default();
            let is_root = root.file_name().is_some_and(|name| name == folder)
                || self.modules.iter().any(|(module, below)| {
                    below.as_os_str().is_empty() && module.rsplit('/').next() == Some(folder)
                });
            let is_told = |end: &Path| end.components().count() > 1 || is_root;
            let found =
                below.or_else(|| ends.find(|end| is_told(end) && root.join(end).is_file()))?;
            return Some(found.to_string_lossy().into_owned());
        }
        Some(self.folder(package)?.join(file).to_string_lossy().replace('\\', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_looks_into_is_in_a_module_or_leads_to_one() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("go.work", "go 1.25\nuse .\nuse ./x/y\n");
        write("go.mod", "module m\n\ngo 1.25\n\nignore ./web\n\nignore static/js\n");
        for module in ["x", "x/y", "z"] {
            write(&format!("{module}/go.mod"), &format!("module {module}\n"));
        }
        let modules = Modules::read(root.path());
        for (folder, expected) in [
            ("a", true),
            ("x", true),
            ("x/y", true),
            ("x/y/pkg", true),
            ("z", false),
            ("web", false),
            ("a/web", true),
            ("a/static/js", false),
            ("a/js", true),
            ("go/pkg/mod/b@v1.0.0", false),
        ] {
            assert_eq!(modules.reach(folder, root.path()), expected, "{folder}");
        }
        assert!(modules.hold("x/y/a.go", root.path()) && !modules.hold("x/a.go", root.path()));
    }

    #[test]
    fn the_longest_module_path_wins_and_nothing_leads_out() {
        let modules = Modules {
            modules: vec![("m/inner".into(), "inner".into()), ("m".into(), PathBuf::new())],
            others: ["example.com/needed".to_owned()].into(),
            ignored: Vec::new(),
            replacing: Vec::new(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = |name: &str| modules.file(name, root);
        assert_eq!(file("m/a/x.go").as_deref(), Some("a/x.go"));
        assert_eq!(file("m/x.go").as_deref(), Some("x.go"));
        assert_eq!(file("m/inner/x.go").as_deref(), Some("inner/x.go"));
        let here = root.join("src/x.go");
        assert_eq!(file(here.to_str().unwrap()).as_deref(), Some("src/x.go"));
        assert_eq!(file("/other/checkout/src/lib.rs").as_deref(), Some("src/lib.rs"));
        // A name alone is that of many files.
        assert_eq!(file("/other/checkout/Cargo.toml"), None);
        assert_eq!(file("/other/m/Cargo.toml").as_deref(), Some("Cargo.toml"));
        let place = |name: &str| modules.place(name, root);
        assert_eq!(place("m/a/x.go"), Place::Here("a/x.go".to_owned()));
        for elsewhere in ["fmt/print.go", "net/http/a.go", "example.com/needed/a/x.go"] {
            assert_eq!(place(elsewhere), Place::Elsewhere, "{elsewhere}");
        }
        for unknown in ["example.com/x.go", "/other/x.go", "x.go", "../x.go"] {
            assert_eq!(place(unknown), Place::Unknown, "{unknown}");
        }
        for foreign in ["other/x.go", "m/../../etc/x.go", "/m/x.go", "mm/x.go", "x.go"] {
            assert_eq!(file(foreign), None, "{foreign}");
        }
    }
}
