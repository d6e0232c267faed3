//! Where a webhook may deliver to (W7, W8).

use url::{Host, Url};

/// W8.
pub const MAX_URL_CHARACTERS: usize = 2048;

/// What is wrong with a URL, if anything is. `to_loopback`: plain http to this machine is fine.
pub fn check_url(text: &str, to_loopback: bool) -> Result<(), &'static str> {
    if text.chars().count() > MAX_URL_CHARACTERS {
        return Err("must be at most 2048 characters long");
    }
    // The reader of URLs drops such characters, wherever they stand.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("must not contain spaces or control characters");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("must be a URL that begins with https://");
    };
    let url = Url::parse(text).map_err(|_| "must be a URL that begins with https://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("must name a host");
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => {}
        "http" if to_loopback && is_loopback(&url) => {}
        "http" if to_loopback => {
            return Err("must begin with https://; http:// is for localhost alone");
        }
        _ => return Err("must begin with https://"),
    }
    if authority.contains('@') {
        return Err("must not have a user name or password in it");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    if url.port() == Some(0) {
        return Err("must not have port 0");
    }
    Ok(())
}

/// Whether the host is this machine by its name or address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w7_https_goes_anywhere_and_http_to_this_machine_where_that_is_allowed() {
        let longest = format!("https://example.com/{}", "x".repeat(2028));
        for url in [
            "https://example.com",
            "https://example.com:8443/hooks?token=a%20b",
            "HTTPS://Example.com/",
            "https://localhost/hook",
            "https://10.0.0.1",
            "https://[2001:db8::1]/hook",
            "https://bücher.example/",
            longest.as_str(),
        ] {
            assert_eq!(check_url(url, false), Ok(()), "{url}");
            assert_eq!(check_url(url, true), Ok(()), "{url}");
        }
        for url in [
            "http://localhost",
            "http://LOCALHOST:3000/hook",
            "http://127.0.0.1:80",
            "http://127.9.9.9/",
            "http://[::1]:9/x",
        ] {
            assert_eq!(check_url(url, true), Ok(()), "{url}");
            assert_eq!(
                check_url(url, false),
                Err("must begin with https://"),
                "{url}"
            );
        }
    }

    #[test]
    fn w7_w8_anything_else_is_refused_with_what_is_wrong() {
        let too_long = format!("https://example.com/{}", "x".repeat(2029));
        let alone = "must begin with https://; http:// is for localhost alone";
        for (url, problem) in [
            ("", "must be a URL that begins with https://"),
            ("example.com", "must be a URL that begins with https://"),
            (
                "https:example.com",
                "must be a URL that begins with https://",
            ),
            (
                "https://exa mple.com",
                "must not contain spaces or control characters",
            ),
            (
                "https://example.com\n",
                "must not contain spaces or control characters",
            ),
            ("https://", "must be a URL that begins with https://"),
            ("https:///hook", "must name a host"),
            (
                "https://example.com:99999",
                "must be a URL that begins with https://",
            ),
            ("https://[::1", "must be a URL that begins with https://"),
            ("ftp://example.com", "must begin with https://"),
            ("javascript://example.com", "must begin with https://"),
            ("http://example.com", alone),
            ("http://localhost.example.com", alone),
            ("http://127.0.0.1.example.com", alone),
            ("http://10.0.0.1", alone),
            ("http://[::ffff:127.0.0.1]", alone),
            ("http://localhost@example.com", alone),
            (
                "https://user@example.com",
                "must not have a user name or password in it",
            ),
            (
                "https://user:pass@example.com",
                "must not have a user name or password in it",
            ),
            (
                "https://@example.com",
                "must not have a user name or password in it",
            ),
            ("https://example.com/#top", "must not have a fragment"),
            ("https://example.com/#", "must not have a fragment"),
            ("https://example.com:0/", "must not have port 0"),
            (too_long.as_str(), "must be at most 2048 characters long"),
        ] {
            assert_eq!(check_url(url, true), Err(problem), "{url}");
        }
    }
}
