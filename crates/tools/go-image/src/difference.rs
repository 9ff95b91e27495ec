//! In what two builds of one commit differ: which file, and which setting of its build.

use robot_evidence::{ImagePlatform, ImageProgram};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) platform: String,
    /// The file, or `configuration`.
    pub(crate) file: String,
    /// The setting or module; `content` where all of them are the same.
    pub(crate) what: String,
    pub(crate) first: String,
    pub(crate) second: String,
}

/// Compares what is known of two images, whose layers have these names.
pub(crate) fn differences(
    first: &[ImagePlatform],
    second: &[ImagePlatform],
    names: &[&str],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for one in first {
        let Some(other) = second.iter().find(|other| other.platform == one.platform) else {
            continue;
        };
        if one.digest == other.digest {
            continue;
        }
        let before = found.len();
        for program in &one.programs {
            match other.programs.iter().find(|other| other.path == program.path) {
                Some(same) if same.sha256 == program.sha256 => {}
                Some(same) => compare(&one.platform, program, same, &mut found),
                None => {
                    found.push(difference(&one.platform, &program.path, "file", "there", "absent"));
                }
            }
        }
        for (number, (old, new)) in one.layers.iter().zip(&other.layers).enumerate() {
            let is_programs = number + 1 == one.layers.len();
            if old != new && !is_programs {
                let name = names.get(number).copied().unwrap_or("layer");
                found.push(difference(&one.platform, name, "content", old, new));
            }
        }
        if found.len() == before {
            let what =
                difference(&one.platform, "configuration", "content", &one.digest, &other.digest);
            found.push(what);
        }
    }
    found
}

fn compare(
    platform: &str,
    first: &ImageProgram,
    second: &ImageProgram,
    found: &mut Vec<Difference>,
) {
    let before = found.len();
    if first.go != second.go {
        found.push(difference(platform, &first.path, "Go", &first.go, &second.go));
    }
    for (one, other) in [(&first.settings, &second.settings), (&first.modules, &second.modules)] {
        let absent = String::new();
        let get = |map: &BTreeMap<String, String>, key| map.get(key).unwrap_or(&absent).clone();
        let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for key in keys {
            let (old, new) = (get(one, key), get(other, key));
            if old != new {
                found.push(difference(platform, &first.path, key, &old, &new));
            }
        }
    }
    if found.len() == before {
        let (old, new) = (&first.sha256, &second.sha256);
        found.push(difference(platform, &first.path, "content", old, new));
    }
}

fn difference(platform: &str, file: &str, what: &str, first: &str, second: &str) -> Difference {
    let [platform, file, what] = [platform, file, what].map(str::to_owned);
    Difference { platform, file, what, first: first.to_owned(), second: second.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(sha256: &str, level: &str) -> ImageProgram {
        ImageProgram {
            path: "/bin/robot".to_owned(),
            sha256: sha256.to_owned(),
            size: 1,
            go: "go1.26.8".to_owned(),
            settings: [("GOAMD64".to_owned(), level.to_owned())].into(),
            modules: BTreeMap::new(),
        }
    }

    fn platform(digest: &str, layer: &str, program: ImageProgram) -> Vec<ImagePlatform> {
        let layers = vec![layer.to_owned(), program.sha256.clone()];
        let (platform, digest) = ("linux/amd64".to_owned(), digest.to_owned());
        vec![ImagePlatform { platform, digest, programs: vec![program], layers }]
    }

    #[test]
    fn the_file_and_the_setting_that_differ_are_named() {
        let names = ["certificates, users and folders", "programs"];
        let first = platform("1", "a", program("x", "v1"));
        assert_eq!(differences(&first, &first, &names), []);
        for (second, file, what) in [
            (platform("2", "a", program("y", "v3")), "/bin/robot", "GOAMD64"),
            (platform("2", "a", program("y", "v1")), "/bin/robot", "content"),
            (platform("2", "b", program("x", "v1")), "certificates, users and folders", "content"),
            (platform("2", "a", program("x", "v1")), "configuration", "content"),
        ] {
            let found = differences(&first, &second, &names);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!((&*found[0].file, &*found[0].what), (file, what));
        }
    }
}
