//! The cells of the matrix: a Go version with a version of each module.

use robot_golang::version::Version;
use std::collections::BTreeMap;
use std::fmt;

/// Cells at most: so many jobs a matrix of GitHub may have.
pub(crate) const CELLS: usize = 256;

/// Cells, by the version that they have of Go (`go`) or of a module.
pub type Pattern = BTreeMap<String, String>;

/// One combination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) go: Version,
    /// Version by module path.
    pub(crate) modules: BTreeMap<String, String>,
}

impl Cell {
    /// Whether all that the pattern names is so: a Go version by its release or its language version.
    pub(crate) fn fits(&self, pattern: &Pattern) -> bool {
        pattern.iter().all(|(axis, version)| match axis.as_str() {
            "go" => match Version::parse(version) {
                Some(wanted) if is_language(version) => wanted.language() == self.go.language(),
                Some(wanted) => wanted == self.go,
                None => false,
            },
            module => self.modules.get(module) == Some(version),
        })
    }

    /// With the whole paths of modules, as two may have one last element.
    pub(crate) fn name(&self) -> String {
        let modules = self.modules.iter().map(|(path, version)| format!(" {path}@{version}"));
        std::iter::once(format!("go{}", self.go)).chain(modules).collect()
    }

    /// The cell of a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut words = name.split(' ');
        let go = Version::parse(words.next()?.strip_prefix("go")?)?;
        let module = |word: &str| {
            let (path, version) = word.split_once('@')?;
            let is_whole = !path.is_empty() && !version.is_empty();
            is_whole.then(|| (path.to_owned(), version.to_owned()))
        };
        Some(Self { go, modules: words.map(module).collect::<Option<_>>()? })
    }

    /// A name for files: letters, digits, `.` and `-`.
    pub(crate) fn file_name(&self) -> String {
        let text = self.name();
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
    }

    /// The same cell but for its version on one axis.
    pub(crate) fn differs_only_in(&self, other: &Self, axis: &str) -> bool {
        let same_go = self.go == other.go || axis == "go";
        let same = |(path, version): (&String, &String)| {
            path == axis || other.modules.get(path) == Some(version)
        };
        same_go && self.modules.iter().all(same) && self != other
    }
}

/// Whether a Go version has two numbers.
fn is_language(text: &str) -> bool {
    text.strip_prefix("go").unwrap_or(text).split('.').count() == 2
        && !text.contains("rc")
        && !text.contains("beta")
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "go{}", self.go)?;
        for (path, version) in &self.modules {
            write!(formatter, " × {} {version}", short(path))?;
        }
        Ok(())
    }
}

/// The last element of a module path that says something: `line-bot-sdk-go` of `…/line-bot-sdk-go/v7`.
pub(crate) fn short(path: &str) -> &str {
    let is_major = |part: &&str| {
        part.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.rsplit('/').find(|part| !is_major(part)).unwrap_or(path)
}

/// All combinations but those that are left out, Go's versions first.
pub(crate) fn cells(
    go: &[Version],
    modules: &BTreeMap<String, Vec<String>>,
    exclude: &[Pattern],
) -> Vec<Cell> {
    let mut cells: Vec<Cell> =
        go.iter().map(|go| Cell { go: *go, modules: BTreeMap::new() }).collect();
    for (path, versions) in modules {
        let with = |cell: &Cell| {
            let cell = cell.clone();
            versions.iter().map(move |version| {
                let mut cell = cell.clone();
                cell.modules.insert(path.clone(), version.clone());
                cell
            })
        };
        cells = cells.iter().take(CELLS + 1).flat_map(with).collect();
    }
    cells.retain(|cell| !exclude.iter().any(|pattern| cell.fits(pattern)));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(entries: &[(&str, &str)]) -> Pattern {
        entries.iter().map(|(axis, version)| ((*axis).to_owned(), (*version).to_owned())).collect()
    }

    #[test]
    fn a_name_means_its_cell_again() {
        for name in ["go1.22.12", "go1.27rc1 a/b@v1.0.0 c@v2.0.0+incompatible"] {
            assert_eq!(Cell::parse(name).unwrap().name(), name);
        }
        for wrong in ["", "go", "1.22.12", "gox", "go1.22.12 ", "go1.22.12 a", "go1.22.12 @v1"] {
            assert_eq!(Cell::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_combination_is_a_cell_but_those_left_out() {
        let go = ["1.19.13", "1.22.12"].map(|text| Version::parse(text).unwrap());
        let modules =
            [("example.com/sdk/v2".to_owned(), vec!["v2.8.0".to_owned(), "v2.9.0".to_owned()])];
        let names = |exclude: &[Pattern]| {
            let cells = cells(&go, &modules.clone().into(), exclude);
            cells.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            names(&[]),
            [
                "go1.19.13 × sdk v2.8.0",
                "go1.19.13 × sdk v2.9.0",
                "go1.22.12 × sdk v2.8.0",
                "go1.22.12 × sdk v2.9.0"
            ]
        );
        let both = pattern(&[("go", "1.19"), ("example.com/sdk/v2", "v2.9.0")]);
        assert_eq!(names(&[both]).len(), 3);
        assert_eq!(names(&[pattern(&[("go", "1.19.12")])]).len(), 4);
        assert_eq!(names(&[pattern(&[("go", "1.19.13")])]).len(), 2);
    }
}
