//! Rules for who may have signed.

use crate::{Claim, Claims, Mismatch, Pattern, Reason, Rejection};
use std::fmt;

/// The issuer of identities of GitHub's workflows.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// What a claim must be.
#[derive(Debug, Clone)]
pub enum Rule {
    /// This text.
    Exact(String),
    /// A text that the pattern fits as a whole.
    Pattern(Pattern),
}

impl Rule {
    /// Whether it is this text.
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Exact(expected) => expected == text,
            Self::Pattern(pattern) => pattern.fits(text),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => formatter.write_str(text),
            Self::Pattern(pattern) => write!(formatter, "/{pattern}/"),
        }
    }
}

/// Who may have signed with a certificate: every rule must fit.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The issuer, exact.
    pub issuer: String,
    /// Who signed.
    pub subject: Rule,
    /// Further claims, each with its rule.
    pub claims: Vec<(Claim, Rule)>,
}

impl Identity {
    /// This identity and issuer, as a certificate names them.
    pub fn exact(subject: &str, issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            subject: Rule::Exact(subject.to_owned()),
            claims: Vec::new(),
        }
    }

    /// Adds a rule.
    #[must_use]
    pub fn and(mut self, claim: Claim, rule: Rule) -> Self {
        self.claims.push((claim, rule));
        self
    }

    /// Whether the claims of a sound certificate are allowed.
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), Rejection> {
        let mut mismatches = Vec::new();
        let mut compare = |claim: Claim, fits: &dyn Fn(&str) -> bool, expected: String| {
            let actual = claims.get(claim);
            if !actual.is_some_and(fits) {
                let actual = actual.map(str::to_owned);
                mismatches.push(Mismatch { claim: claim.name().to_owned(), expected, actual });
            }
        };
        compare(Claim::Subject, &|text| self.subject.fits(text), self.subject.to_string());
        compare(Claim::Issuer, &|text| text == self.issuer, self.issuer.clone());
        for (claim, rule) in &self.claims {
            compare(*claim, &|text| rule.fits(text), rule.to_string());
        }
        let refused = |detail: String| Rejection {
            claims: Some(claims.clone()),
            ..Rejection::new(Reason::IdentityNotAllowed, detail)
        };
        if let [first, ..] = mismatches.as_slice() {
            let actual = first.actual.as_deref().unwrap_or_default();
            let detail = format!("{} is `{actual}`, expected `{}`", first.claim, first.expected);
            return Err(Rejection { mismatches, ..refused(detail) }
                .hint("if you trust this signer, allow its identity"));
        }
        if let Some((signer, source)) = foreign_signer(claims)
            && !self.claims.iter().any(|(claim, _)| *claim == Claim::SourceRepository)
        {
            let detail = format!("`{signer}` is a reusable workflow, called by {source}");
            return Err(refused(detail).hint(format!(
                "any repository can call it: set `source-repository: {}` to accept only this caller",
                source
                    .rsplit('/')
                    .take(2)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect::<Vec<_>>()
                    .join("/"),
            )));
        }
        Ok(())
    }
}

/// The signer and the repository, where a workflow of one repository signed what another one built.
fn foreign_signer(claims: &Claims) -> Option<(&str, &str)> {
    let signer = claims.get(Claim::BuildSigner).or_else(|| claims.get(Claim::Subject))?;
    let source = claims.get(Claim::SourceRepository)?;
    let is_own = signer.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'));
    (!is_own).then_some((signer, source))
}
