//! Where the built-in receivers are (WD5).

use super::receiver::LONGEST_NAME;

const PATH: &str = "/dev/receiver/";

pub fn url_of(public_url: &str, name: &str) -> String {
    format!("{public_url}{PATH}{name}")
}

/// The built-in receiver that a webhook's URL leads to, if it is one of this server's.
pub fn name_in<'a>(public_url: &str, url: &'a str) -> Option<&'a str> {
    let name = url.strip_prefix(public_url)?.strip_prefix(PATH)?;
    is_name(name).then_some(name)
}

pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "http://localhost:3000/base";

    #[test]
    fn wd5_only_our_own_receivers_are_known_by_their_url() {
        assert_eq!(name_in(OWN, &url_of(OWN, "shop-1")), Some("shop-1"));
        for other in [
            "http://localhost:3000/dev/receiver/shop-1",
            "http://localhost:3000/base/dev/receiver/",
            "http://localhost:3000/base/dev/receiver/a/b",
            "http://localhost:3000/base/dev/receiver/a?b",
            "https://shop.example/dev/receiver/a",
        ] {
            assert_eq!(name_in(OWN, other), None, "{other}");
        }
        assert!(!is_name(&"a".repeat(LONGEST_NAME + 1)));
    }
}
