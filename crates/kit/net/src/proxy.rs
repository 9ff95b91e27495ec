//! Proxies from environment variables, as curl and most tools read them:
//! <https://everything.curl.dev/usingcurl/proxies/env.html>.

use crate::Error;
use reqwest::{NoProxy, Proxy, Url};

/// HTTP_PROXY in capitals is ignored: in a CGI program a request could set it (httpoxy).
const HTTP: &[&str] = &["http_proxy", "all_proxy", "ALL_PROXY"];
const HTTPS: &[&str] = &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxies for http and https. `variable` reads the environment.
pub(crate) fn all<'a>(variable: &dyn Fn(&str) -> Option<&'a str>) -> Result<Vec<Proxy>, Error> {
    let direct = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    let mut proxies = Vec::new();
    for (names, make) in [(HTTP, Proxy::http::<Url> as fn(Url) -> _), (HTTPS, Proxy::https)] {
        if let Some((name, url)) = address(names, variable)? {
            // The URL may contain a password, so the error does not repeat it.
            let proxy = make(url).map_err(|_| invalid(name))?;
            proxies.push(proxy.no_proxy(NoProxy::from_string(direct)));
        }
    }
    Ok(proxies)
}

fn invalid(name: &str) -> Error {
    let reason = "SOCKS is not supported; expected something like http://proxy.example.com:3128";
    Error::settings(&format!("`{name}` is not a valid proxy URL"), reason)
}

/// The first variable that is set and not empty, as a URL. As in curl, the scheme is optional.
fn address<'n, 'a>(
    names: &[&'n str],
    variable: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<Option<(&'n str, Url)>, Error> {
    let set = names.iter().find_map(|name| Some((*name, variable(name)?.trim())));
    let Some((name, value)) = set.filter(|(_, value)| !value.is_empty()) else { return Ok(None) };
    let value = match value.contains("://") {
        true => value.to_owned(),
        false => format!("http://{value}"),
    };
    let url = Url::parse(&value).map_err(|_| invalid(name))?;
    // SOCKS proxies are not supported.
    let is_proxy = ["http", "https"].contains(&url.scheme()) && url.host_str().is_some();
    if is_proxy { Ok(Some((name, url))) } else { Err(invalid(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_and_what_is_no_address_is_said_without_its_password() {
        let variables = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:secret@proxy.example.com:3128"),
            "HTTP_PROXY" => Some("http://attacker.example.com"),
            _ => None,
        };
        let (name, url) = address(HTTPS, &variables).unwrap().unwrap();
        assert_eq!((name, url.port(), url.password()), ("HTTPS_PROXY", Some(3128), Some("secret")));
        assert!(address(HTTP, &variables).unwrap().is_none());
        assert_eq!(all(&variables).unwrap().len(), 1);
        let bare = |_: &str| Some("proxy.example.com:3128");
        assert_eq!(
            address(HTTP, &bare).unwrap().unwrap().1.as_str(),
            "http://proxy.example.com:3128/"
        );
        assert!(all(&|_| Some("")).unwrap().is_empty());
        for wrong in
            ["ftp://user:secret@proxy.example.com", "socks5://secret.test", "http://secret.test:x"]
        {
            let error = all(&|_| Some(wrong)).unwrap_err().to_string();
            assert!(error.contains("http_proxy") && !error.contains("secret"), "{error}");
        }
    }
}
