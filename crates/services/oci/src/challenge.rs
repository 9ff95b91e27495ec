//! The header `WWW-Authenticate` of a registry.
//! <https://distribution.github.io/distribution/spec/auth/token/>

/// How a registry wants to know who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// With user and password.
    Basic,
    /// With a token, which `realm` gives.
    Bearer {
        /// Address of the authority.
        realm: String,
        /// The registry's name there.
        service: Option<String>,
        /// What the request needs.
        scope: Option<String>,
    },
}

/// Longest header that is read.
const LIMIT: usize = 8 << 10;

impl Challenge {
    /// Reads the header's value; `None` where it asks for neither. RFC 9110, section 11.6.1: a list of
    /// challenges, of which the first that is known counts.
    pub fn parse(header: &str) -> Option<Self> {
        let mut rest = header.get(..LIMIT).unwrap_or(header).trim_start();
        let mut has_basic = false;
        while !rest.is_empty() {
            let (scheme, after) = word(rest)?;
            let (parameters, after) = parameters(after);
            if scheme.eq_ignore_ascii_case("bearer") {
                let find = |name: &str| {
                    let mut all = parameters.iter();
                    let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.clone())
                };
                if let Some(realm) = find("realm") {
                    let (service, scope) = (find("service"), find("scope"));
                    return Some(Self::Bearer { realm, service, scope });
                }
            }
            has_basic |= scheme.eq_ignore_ascii_case("basic");
            rest = after;
        }
        has_basic.then_some(Self::Basic)
    }
}

/// A token of HTTP, and what comes after it.
fn word(text: &str) -> Option<(&str, &str)> {
    let is_word = |one: char| one.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(one);
    let end = text.find(|one| !is_word(one)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// `name=value` pairs up to the next scheme, and what comes after them.
fn parameters(mut text: &str) -> (Vec<(&str, String)>, &str) {
    let mut all = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        let Some((name, after)) = word(text) else { return (all, "") };
        let Some(after) = after.trim_start().strip_prefix('=') else { return (all, text) };
        let Some((value, after)) = value(after.trim_start()) else { return (all, "") };
        all.push((name, value));
        text = after;
    }
}

/// A word, or a text in quotes.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return word(text).map(|(value, after)| (value.to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, one)) = characters.next() {
        match one {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            one => value.push(one),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Option<Challenge> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (service, scope) = (own(service), own(scope));
        Some(Challenge::Bearer { realm: realm.to_owned(), service, scope })
    }

    #[test]
    fn challenges_of_real_registries_are_read() {
        let ghcr =
            r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull""#;
        let expected =
            bearer("https://ghcr.io/token", Some("ghcr.io"), Some("repository:a/b:pull"));
        assert_eq!(Challenge::parse(ghcr), expected);
        let scopes = r#"Bearer realm="https://r/t", scope="repository:a/b:pull,push", error="insufficient_scope""#;
        assert_eq!(
            Challenge::parse(scopes),
            bearer("https://r/t", None, Some("repository:a/b:pull,push"))
        );
        assert_eq!(Challenge::parse("Basic realm=\"Registry\""), Some(Challenge::Basic));
        let both = r#"Basic realm="a, b", BEARER Realm="https://r""#;
        assert_eq!(Challenge::parse(both), bearer("https://r", None, None));
        let escaped = r#"bearer realm="https://r/\"x\"""#;
        assert_eq!(Challenge::parse(escaped), bearer("https://r/\"x\"", None, None));
        assert_eq!(Challenge::parse("Bearer realm=open"), bearer("open", None, None));
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for text in
            ["", "Bearer", "Negotiate", "Bearer service=\"x\"", "Bearer realm=\"open", "=", "\""]
        {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }
}
