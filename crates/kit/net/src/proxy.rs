//! Proxies, as curl and most tools read the environment:
//! <https://everything.curl.dev/usingcurl/proxies/env.html>.

use crate::Error;
use ureq::Proxy;

/// The proxy for `url`; `variable` gives what is set in the environment.
pub(crate) fn of<'a>(
    url: &str,
    variable: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<Option<Proxy>, Error> {
    // Not HTTP_PROXY in capitals: a request could set it where a program is a CGI (httpoxy).
    let names: &[&str] = match url.starts_with("https:") {
        true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        false => &["http_proxy", "all_proxy", "ALL_PROXY"],
    };
    let Some((name, address)) = names.iter().find_map(|name| Some((name, variable(name)?))) else {
        return Ok(None);
    };
    let proxy = Proxy::new(address)
        // The address may hold a password: it is not repeated.
        .map_err(|_| Error::Address(format!("{name} is no address of a proxy")))?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let direct = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    for host in direct.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        // Whoever names a domain means its hosts too.
        let domain = host.trim_start_matches('.');
        builder = builder.no_proxy(domain).no_proxy(&format!(".{domain}"));
    }
    builder
        .build()
        .map(Some)
        .map_err(|_| Error::Address(format!("{name} is no address of a proxy")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_and_hosts_can_be_excepted() {
        let variables = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:secret@proxy.example.com:3128"),
            "no_proxy" => Some("github.example.com, .internal.test"),
            "HTTP_PROXY" => Some("http://attacker.example.com"),
            _ => None,
        };
        let proxy = of("https://api.github.com", &variables).unwrap().unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("proxy.example.com", 3128));
        assert_eq!(proxy.password(), Some("secret"));
        let is_direct = |url: &str| proxy.is_no_proxy(&url.parse().unwrap());
        assert!(
            is_direct("https://github.example.com/api") && is_direct("https://a.internal.test")
        );
        assert!(!is_direct("https://api.github.com"));
        assert!(of("http://api.github.com", &variables).unwrap().is_none());
        let broken = |_: &str| Some("ftp://user:secret@proxy.example.com");
        let error = of("https://api.github.com", &broken).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
