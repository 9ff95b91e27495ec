//! A module with vulnerable code, a small database of advisories, and the binary on them.

use robot_process::Cancellation;
use robot_testkit::{Event, Repository, Runner, tool, write};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) const TEXT: &str = "golang.org/x/text";

pub(crate) struct World {
    pub(crate) runner: Runner,
    pub(crate) folder: PathBuf,
}

/// An advisory: identifier, package of what module, symbols, first version without it.
#[derive(Clone, Copy)]
pub(crate) struct Advisory(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static [&'static str],
    pub(crate) &'static str,
);

/// Of `golang.org/x/text` v0.3.5 one is called, one imported, one in a package that nobody imports; the
/// standard library is called.
pub(crate) const ADVISORIES: [Advisory; 4] = [
    Advisory("GO-2021-0113", TEXT, "golang.org/x/text/language", &["ParseAcceptLanguage"], "0.3.7"),
    Advisory("GO-2099-0001", TEXT, "golang.org/x/text/language", &["MatchStrings"], "0.3.8"),
    Advisory("GO-2099-0002", TEXT, "golang.org/x/text/encoding", &["ReplaceUnsupported"], "0.3.9"),
    Advisory("GO-2099-0003", "stdlib", "hash/fnv", &["New32"], "9.0.0"),
];

impl World {
    pub(crate) fn new() -> Self {
        Self::on(&Event::push())
    }

    pub(crate) fn on(event: &Event) -> Self {
        let runner = Runner::new(event);
        let folder = runner.path("robot");
        let world = Self { runner, folder };
        world.write(
            "go.mod",
            "module example.com/vulnerable\n\ngo 1.24\n\nrequire golang.org/x/text v0.3.5\n",
        );
        world.write(
            "go.sum",
            "golang.org/x/text v0.3.5 h1:i6eZZ+zk0SOf0xgBpEpPD18qWcJda6q1sxt3S0kzyUQ=\n\
             golang.org/x/text v0.3.5/go.mod h1:5Zoc/QRtKVWzQhOtBMvqHzDpF6irO9z98xDceosuGiQ=\n\
             golang.org/x/tools v0.0.0-20180917221912-90fa682c2a6e/go.mod h1:n7NCudcB/nEzxVGmLbDWY5pfWTLqBcC2KZ6jyYvM4mQ=\n",
        );
        world.write(
            "lang/lang.go",
            "// Package lang calls what is vulnerable.\npackage lang\n\nimport (\n\t\"crypto/md5\"\n\t\"hash/fnv\"\n\n\t\"golang.org/x/text/language\"\n)\n\n// Of parses a header.\nfunc Of(header string) (string, uint32) {\n\ttags, _, _ := language.ParseAcceptLanguage(header)\n\tsum := md5.Sum([]byte(header))\n\treturn tags[0].String() + string(sum[:]), fnv.New32().Sum32()\n}\n",
        );
        Repository::init(&world.folder);
        world
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.folder.join(path), text);
    }

    /// A database of these advisories, changed right now; its address.
    pub(crate) fn database(&self, advisories: &[Advisory]) -> String {
        let now = jiff::Timestamp::now().to_string();
        let folder = self.runner.path("vulndb");
        let mut modules: std::collections::BTreeMap<&str, Vec<Value>> = Default::default();
        let mut all = Vec::new();
        for Advisory(id, module, package, symbols, fixed) in advisories {
            let alias = match *id {
                "GO-2022-1059" => "CVE-2022-32149".to_owned(),
                id => id.replace("GO-", "CVE-"),
            };
            let entry = json!({"id": id, "modified": now, "fixed": fixed});
            modules.entry(module).or_default().push(entry);
            all.push(json!({"id": id, "modified": now, "aliases": [alias]}));
            let advisory = json!({
                "schema_version": "1.3.1", "id": id, "modified": now, "published": now,
                "aliases": [alias], "summary": format!("Flaw in {package}"),
                "affected": [{
                    "package": {"name": module, "ecosystem": "Go"},
                    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
                    "ecosystem_specific": {"imports": [{"path": package, "symbols": symbols}]},
                }],
            });
            write(&folder.join(format!("ID/{id}.json")), &advisory.to_string());
        }
        let modules: Vec<Value> = modules
            .into_iter()
            .map(|(path, vulns)| json!({"path": path, "vulns": vulns}))
            .collect();
        write(&folder.join("index/db.json"), &json!({"modified": now}).to_string());
        write(&folder.join("index/modules.json"), &Value::from(modules).to_string());
        write(&folder.join("index/vulns.json"), &Value::from(all).to_string());
        format!("file://{}", folder.display())
    }

    /// The gate with the real scanners in PATH.
    pub(crate) fn scan(&self, flags: &[&str]) -> (Option<i32>, Value) {
        let tools = ["ROBOT_TEST_GOSEC", "ROBOT_TEST_GOVULNCHECK"].map(tool);
        let folders: Vec<&Path> = tools.iter().filter_map(|tool| tool.parent()).collect();
        self.gate(&folders, flags)
    }

    /// The gate with these folders before the others of PATH, without those that have a scanner.
    pub(crate) fn gate(&self, folders: &[&Path], flags: &[&str]) -> (Option<i32>, Value) {
        self.gate_with(&[], folders, flags)
    }

    /// The gate with more variables.
    pub(crate) fn gate_with(
        &self,
        variables: &[(&str, &str)],
        folders: &[&Path],
        flags: &[&str],
    ) -> (Option<i32>, Value) {
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").unwrap().1;
        let has_scanner = |folder: &PathBuf| {
            ["gosec", "govulncheck", "trivy"].iter().any(|name| folder.join(name).exists())
        };
        let of_system = std::env::split_paths(&path).filter(|folder| !has_scanner(folder));
        let all = folders.iter().map(|folder| folder.to_path_buf()).chain(of_system);
        let step = self.runner.step(env!("CARGO_BIN_EXE_robot-security-gate"), &self.folder);
        let mut step = step.env("PATH", std::env::join_paths(all).unwrap());
        for (name, value) in variables {
            step = step.env(*name, *value);
        }
        let ended = step.args(flags.iter().copied()).run(&Cancellation::default()).unwrap();
        (ended.code, self.runner.result("security-gate"))
    }

    /// A program of this name that does what the shell lines say; its folder.
    pub(crate) fn program(&self, name: &str, lines: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.runner.path("programs");
        let path = folder.join(name);
        write(&path, &format!("#!/bin/sh\n{lines}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    /// A fixture's path.
    pub(crate) fn fixture(name: &str) -> String {
        format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    /// A file that the gate left.
    pub(crate) fn left(&self, name: &str) -> Value {
        let path = self.runner.path("temp/robot/security").join(name);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }
}
