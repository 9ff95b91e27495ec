//! The output of `go env -json`.
//!
//! Spec: `go help environment`.

use crate::version::Version;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The go command's settings. A value is empty if this Go version does not have the variable or leaves it unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoEnvironment(BTreeMap<String, String>);

impl GoEnvironment {
    /// Reads the JSON object that `go env -json` prints. Values that are not strings are ignored.
    ///
    /// # Errors
    /// It is not a single JSON object.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let variables: Map<String, Value> = serde_json::from_slice(json)?;
        let text = |(name, value)| match value {
            Value::String(value) => Some((name, value)),
            _ => None,
        };
        Ok(Self(variables.into_iter().filter_map(text).collect()))
    }

    /// Any variable, such as `GOFLAGS`.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// `GOVERSION`, such as `go1.26.8`, with experiments: `go1.26.8 X:jsonv2`.
    pub fn version_name(&self) -> &str {
        self.get("GOVERSION")
    }

    /// `GOVERSION` as a version; `None` for a development build.
    pub fn version(&self) -> Option<Version> {
        Version::parse(self.version_name())
    }

    /// `GOOS`.
    pub fn os(&self) -> &str {
        self.get("GOOS")
    }

    /// `GOARCH`.
    pub fn architecture(&self) -> &str {
        self.get("GOARCH")
    }

    /// Name and value of the variable that selects the instruction set of the architecture: `("GOAMD64", "v1")`.
    /// `None` if the architecture has none or this Go version does not have it.
    pub fn architecture_level(&self) -> Option<(&'static str, &str)> {
        let name = match self.architecture() {
            "386" => "GO386",
            "amd64" => "GOAMD64",
            "arm" => "GOARM",
            "arm64" => "GOARM64",
            "mips" | "mipsle" => "GOMIPS",
            "mips64" | "mips64le" => "GOMIPS64",
            "ppc64" | "ppc64le" => "GOPPC64",
            "riscv64" => "GORISCV64",
            "wasm" => "GOWASM",
            _ => return None,
        };
        Some((name, self.get(name))).filter(|(_, value)| !value.is_empty())
    }

    /// Whether cgo is enabled (`CGO_ENABLED`).
    pub fn is_cgo_enabled(&self) -> bool {
        self.get("CGO_ENABLED") == "1"
    }

    /// The C compiler (`CC`), with its arguments if any.
    pub fn c_compiler(&self) -> &str {
        self.get("CC")
    }

    /// `GOEXPERIMENT`.
    pub fn experiments(&self) -> &str {
        self.get("GOEXPERIMENT")
    }

    /// `GOFLAGS`, as written.
    pub fn flags(&self) -> &str {
        self.get("GOFLAGS")
    }

    /// The build cache (`GOCACHE`); `None` when it is off.
    pub fn build_cache(&self) -> Option<&Path> {
        self.path("GOCACHE").filter(|path| *path != Path::new("off"))
    }

    /// The module cache (`GOMODCACHE`).
    pub fn module_cache(&self) -> Option<&Path> {
        self.path("GOMODCACHE")
    }

    /// Where Go is installed (`GOROOT`).
    pub fn root(&self) -> Option<&Path> {
        self.path("GOROOT")
    }

    /// The main module's go.mod (`GOMOD`); `None` outside of a module.
    pub fn module_file(&self) -> Option<&Path> {
        self.path("GOMOD").filter(|path| ![Path::new("/dev/null"), Path::new("NUL")].contains(path))
    }

    /// The go.work in use (`GOWORK`); `None` without one.
    pub fn workspace_file(&self) -> Option<&Path> {
        self.path("GOWORK").filter(|path| *path != Path::new("off"))
    }

    fn path(&self, name: &str) -> Option<&Path> {
        Some(self.get(name)).filter(|text| !text.is_empty()).map(Path::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn old_and_new_go_are_understood() {
        let old = GoEnvironment::parse(include_bytes!("../testdata/go1.19.13/env.json")).unwrap();
        let new = GoEnvironment::parse(include_bytes!("../testdata/go1.26.8/env.json")).unwrap();
        for (environment, name) in [(&old, "go1.19.13"), (&new, "go1.26.8")] {
            assert_eq!(environment.version_name(), name);
            assert_eq!(environment.version(), Version::parse(name));
            assert_eq!((environment.os(), environment.architecture()), ("linux", "amd64"));
            assert_eq!(environment.architecture_level(), Some(("GOAMD64", "v1")));
            assert!(environment.is_cgo_enabled());
            assert_eq!(environment.c_compiler(), "gcc");
            assert_eq!(environment.module_file(), Some(Path::new("/src/deps/go.mod")));
            assert_eq!(environment.workspace_file(), None);
            assert_eq!(environment.module_cache(), Some(Path::new("/home/robot/go/pkg/mod")));
        }
        assert_eq!((old.get("GOTOOLCHAIN"), new.get("GOTOOLCHAIN")), ("", "go1.26.8"));
    }

    #[test]
    fn what_is_off_or_absent_is_none() {
        let json =
            br#"{"GOMOD":"/dev/null","GOWORK":"off","GOCACHE":"off","GOARCH":"amd64","N":1}"#;
        let environment = GoEnvironment::parse(json).unwrap();
        assert_eq!(environment.module_file(), None);
        assert_eq!(environment.workspace_file(), None);
        assert_eq!(environment.build_cache(), None);
        assert_eq!(environment.architecture_level(), None);
        assert_eq!(environment.get("N"), "");
        assert!(GoEnvironment::parse(b"GOOS=linux").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let _ = GoEnvironment::parse(&bytes);
        }
    }
}
