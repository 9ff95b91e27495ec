use robot_golang::module::ModuleFile;
use std::path::{Path, PathBuf};

/// The modules of a checkout, to turn what Go calls things into folders and files.
#[derive(Debug, Default)]
pub struct Modules {
    /// `(module path, folder relative to the root)`, longest path first.
    modules: Vec<(String, PathBuf)>,
}

impl Modules {
    /// Reads go.work and go.mod below `root`; unreadable files only cost places.
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
        Self { modules }
    }

    /// Folder of a package by its import path, relative to the root; `None` for other modules'.
    pub fn folder(&self, package: &str) -> Option<PathBuf> {
        let (module, folder) = self.modules.iter().find(|(module, _)| {
            package
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        Some(folder.join(package[module.len()..].trim_start_matches('/')))
    }

    /// A file as a cover profile names it, `example.com/robot/pkg/a.go`, relative to `root` with
    /// `/`. Packages that were given as files have an absolute name, perhaps that of another
    /// checkout: the longest end of it counts that is a file here. `None` for what is not in the
    /// checkout, and for a name that leads out.
    pub fn file(&self, name: &str, root: &Path) -> Option<String> {
        let (package, file) = name.rsplit_once('/')?;
        if name.split('/').any(|part| part == "..") {
            return None;
        }
        if name.starts_with('/') {
            let below = Path::new(name).strip_prefix(root).ok();
            let mut ends = name.match_indices('/').map(|(index, _)| Path::new(&name[index + 1..]));
            let found = below.or_else(|| ends.find(|end| root.join(end).is_file()))?;
            return Some(found.to_string_lossy().into_owned());
        }
        Some(self.folder(package)?.join(file).to_string_lossy().replace('\\', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_module_path_wins_and_nothing_leads_out() {
        let modules = Modules {
            modules: vec![("m/inner".into(), "inner".into()), ("m".into(), PathBuf::new())],
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = |name: &str| modules.file(name, root);
        assert_eq!(file("m/a/x.go").as_deref(), Some("a/x.go"));
        assert_eq!(file("m/x.go").as_deref(), Some("x.go"));
        assert_eq!(file("m/inner/x.go").as_deref(), Some("inner/x.go"));
        let here = root.join("src/x.go");
        assert_eq!(file(here.to_str().unwrap()).as_deref(), Some("src/x.go"));
        assert_eq!(file("/other/checkout/src/lib.rs").as_deref(), Some("src/lib.rs"));
        for foreign in ["other/x.go", "m/../../etc/x.go", "/m/x.go", "mm/x.go", "x.go"] {
            assert_eq!(file(foreign), None, "{foreign}");
        }
    }
}
