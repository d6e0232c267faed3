//! Which URLs can be called (W45).

use hyper::Uri;
use url::{Host, Url};

/// A URL that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub uri: Uri,
    /// As people read it.
    pub host: String,
}

impl Target {
    /// Numbers that stand for an IPv4 address in whatever form, and names in whatever script, become the plain ones.
    /// `clear`: http is allowed as well; the connector sees to it that it stays on this machine.
    pub fn parse(text: &str, clear: bool) -> Result<Self, String> {
        let mut url =
            Url::parse(text).map_err(|error| format!("The URL is not valid: {error}."))?;
        match url.scheme() {
            "https" => {}
            "http" if clear => {}
            "http" => return Err("The URL must begin with https://.".into()),
            scheme => {
                return Err(format!("The URL must begin with https://, not {scheme}:."));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("The URL must not hold a user name or password; use a header.".into());
        }
        if url.port() == Some(0) {
            return Err("The URL's port must not be 0.".into());
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err("The URL names no host.".into()),
        };
        url.set_fragment(None);
        let uri = Uri::try_from(url.as_str())
            .map_err(|error| format!("The URL is not valid: {error}."))?;
        Ok(Self { uri, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w45_odd_forms_become_plain_ones() {
        for (text, plain) in [
            ("https://hook.example/a?b=c#d", "https://hook.example/a?b=c"),
            ("HTTPS://Hook.Example:443", "https://hook.example/"),
            (
                "https://bücher.example/ü",
                "https://xn--bcher-kva.example/%C3%BC",
            ),
            ("https://2130706433/", "https://127.0.0.1/"),
            ("https://0x7f000001/", "https://127.0.0.1/"),
            ("https://0x7f.1/", "https://127.0.0.1/"),
            ("https://0177.0.0.1/", "https://127.0.0.1/"),
            ("https://127.1/", "https://127.0.0.1/"),
            ("https://127.0.0.1./", "https://127.0.0.1/"),
            ("https://①②⑦.⓪.⓪.①/", "https://127.0.0.1/"),
            ("https://%31%32%37.0.0.1/", "https://127.0.0.1/"),
            ("https://0/", "https://0.0.0.0/"),
            (
                "https://[::ffff:127.0.0.1]:8443/",
                "https://[::ffff:7f00:1]:8443/",
            ),
            ("https://[0:0:0:0:0:0:0:1]/", "https://[::1]/"),
            ("https:hook.example", "https://hook.example/"),
            (
                "https://hook.example\\@127.0.0.1/",
                "https://hook.example/@127.0.0.1/",
            ),
            (" https://hook.example/\n", "https://hook.example/"),
        ] {
            let target = Target::parse(text, false).unwrap();
            assert_eq!(target.uri.to_string(), plain, "{text}");
        }
    }

    #[test]
    fn w45_what_is_no_url_to_call_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "not valid"),
            ("/path", "not valid"),
            ("https://", "not valid"),
            ("https://hook.example:99999/", "not valid"),
            ("https://hook example/", "not valid"),
            ("https://256.1.1.1/", "not valid"),
            ("https://1.2.3.4.5/", "not valid"),
            ("https://[fe80::1%25eth0]/", "not valid"),
            ("https://[::1/", "not valid"),
            ("http://hook.example/", "must begin with https://"),
            ("ftp://hook.example/", "not ftp:"),
            ("file:///etc/passwd", "not file:"),
            ("gopher://127.0.0.1:6379/_", "not gopher:"),
            ("https://me@hook.example/", "user name"),
            ("https://me:secret@hook.example/", "user name"),
            ("https://:secret@hook.example/", "user name"),
            ("https://hook.example:0/", "port"),
        ] {
            let said = Target::parse(text, false).unwrap_err();
            assert!(said.contains(reason), "{text}: {said}");
            assert!(!said.contains("secret"), "{said}");
        }
        assert!(Target::parse("http://localhost:4000/hook", true).is_ok());
    }
}
