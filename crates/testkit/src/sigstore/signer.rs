//! Who signs in a test, and what the certificate says of them.

/// Somebody who signs.
#[derive(Debug, Clone)]
pub struct TestSigner {
    /// The address in the certificate.
    pub subject: String,
    /// Texts of Fulcio's extensions, by the last number of each.
    pub claims: Vec<(u64, String)>,
    /// Whole extensions, by number and content.
    pub extensions: Vec<(Vec<u64>, Vec<u8>)>,
}

/// The issuer of identities of GitHub's workflows.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

impl TestSigner {
    /// A workflow of a repository on github.com, which a push to this ref started.
    pub fn workflow(repository: &str, file: &str, git_ref: &str) -> Self {
        let source = format!("https://github.com/{repository}");
        let subject = format!("{source}/.github/workflows/{file}@{git_ref}");
        Self::called(&subject, repository, git_ref)
    }

    /// A reusable workflow with this address, called by a repository.
    pub fn called(subject: &str, repository: &str, git_ref: &str) -> Self {
        let source = format!("https://github.com/{repository}");
        let claims = [
            (8, ISSUER.to_owned()),
            (9, subject.to_owned()),
            (11, "github-hosted".to_owned()),
            (12, source.clone()),
            (13, "1".repeat(40)),
            (14, git_ref.to_owned()),
            (18, format!("{source}/.github/workflows/release.yml@{git_ref}")),
            (20, "push".to_owned()),
        ];
        Self { subject: subject.to_owned(), claims: claims.to_vec(), extensions: Vec::new() }
    }

    /// With another text in one extension.
    #[must_use]
    pub fn with(mut self, number: u64, text: &str) -> Self {
        self.claims.retain(|(known, _)| *known != number);
        self.claims.push((number, text.to_owned()));
        self
    }

    /// With a whole extension more: `1.3.6.1.4.1.57264.1.` and this number.
    #[must_use]
    pub fn with_raw(mut self, number: u64, content: &[u8]) -> Self {
        self.extensions.push((fulcio(number), content.to_vec()));
        self
    }
}

/// The extensions of Fulcio.
pub(super) fn fulcio(number: u64) -> Vec<u64> {
    vec![1, 3, 6, 1, 4, 1, 57264, 1, number]
}

/// The issuer as the oldest extension has it.
pub(super) fn raw_issuer() -> (Vec<u64>, Vec<u8>) {
    (fulcio(1), ISSUER.as_bytes().to_vec())
}
