//! The plain text line that reports a package without a test binary.

/// A package without a test binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnbuiltPackage<'a> {
    /// Import path.
    pub package: &'a str,
    /// Why.
    pub cause: Cause,
}

/// Why a package has no test binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It does not compile, or vet rejected it.
    Build,
    /// It or an import could not be loaded.
    Setup,
}

impl<'a> UnbuiltPackage<'a> {
    /// Reads `FAIL`, a tab, `example.com/p [build failed]` (or `setup failed`): the text of a
    /// [`Line::Text`](super::Line::Text).
    ///
    /// Go up to 1.21 writes no event for such a package, and Go 1.22 writes none if the setup failed. Later versions
    /// also write it in the package's output and `fail` event.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.trim_end();
        let (package, cause) = text.strip_prefix("FAIL\t")?.rsplit_once(" [")?;
        let cause = match cause {
            "build failed]" => Cause::Build,
            "setup failed]" => Cause::Setup,
            _ => return None,
        };
        let is_path = !package.is_empty() && !package.contains(char::is_whitespace);
        is_path.then_some(Self { package, cause })
    }
}
