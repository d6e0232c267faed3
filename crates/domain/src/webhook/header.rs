//! Headers that a webhook sends along (W25–W28).

use serde::{Deserialize, Serialize};

/// W27.
pub const MOST_HEADERS: usize = 20;
/// W27: names and values together, in bytes.
pub const LARGEST_HEADERS: usize = 8192;
const LONGEST_NAME: usize = 100;

/// What a delivery sets itself, or what belongs to the connection and not to the message.
const RESERVED: [&str; 13] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const RESERVED_PREFIXES: [&str; 2] = ["persona-", "selfsame-"];

/// Its value is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomHeader {
    pub name: String,
    pub value: String,
}

impl std::fmt::Debug for CustomHeader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: …", self.name)
    }
}

/// What is wrong with the name of a header, if anything is.
pub fn check_header_name(name: &str) -> Result<(), &'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("is no valid name of a header");
    }
    if name.len() > LONGEST_NAME {
        return Err("must have a name of at most 100 characters");
    }
    let folded = name.to_ascii_lowercase();
    let is_reserved = RESERVED.contains(&folded.as_str())
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| folded.starts_with(prefix));
    if is_reserved {
        return Err("is a header that deliveries set themselves");
    }
    Ok(())
}

/// What is wrong with the value of a header, if anything is.
pub fn check_header_value(value: &str) -> Result<(), &'static str> {
    let is_fine = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    if !value.bytes().all(is_fine) || value.trim_matches([' ', '\t']) != value {
        return Err("must be printable ASCII without a space at either end");
    }
    Ok(())
}

/// What is wrong with all of them together, if anything is: two names that differ in their letter case are one.
pub fn check_headers(headers: &[CustomHeader]) -> Result<(), String> {
    if headers.len() > MOST_HEADERS {
        return Err(format!("must have at most {MOST_HEADERS} members"));
    }
    let size: usize = headers
        .iter()
        .map(|header| header.name.len() + header.value.len())
        .sum();
    if size > LARGEST_HEADERS {
        return Err(format!("must take at most {LARGEST_HEADERS} bytes"));
    }
    for (index, header) in headers.iter().enumerate() {
        let mut others = headers[index + 1..].iter();
        if others.any(|other| other.name.eq_ignore_ascii_case(&header.name)) {
            return Err(format!("has {} twice", header.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> CustomHeader {
        CustomHeader {
            name: name.into(),
            value: value.into(),
        }
    }

    #[test]
    fn w25_known_and_other_names_are_fine() {
        for name in [
            "Authorization",
            "Calling-Application",
            "CF-Access-Client-Id",
            "CF-Access-Client-Secret",
            "X-API-Key",
            "x_1",
            "Personal",
        ] {
            assert_eq!(check_header_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn w26_names_that_are_reserved_or_none_are_refused() {
        let reserved = "is a header that deliveries set themselves";
        let invalid = "is no valid name of a header";
        for (name, problem) in [
            ("Content-Type", reserved),
            ("CONTENT-LENGTH", reserved),
            ("host", reserved),
            ("Connection", reserved),
            ("Transfer-Encoding", reserved),
            ("TE", reserved),
            ("Persona-Signature", reserved),
            ("PERSONA-x", reserved),
            ("Selfsame-Attempt", reserved),
            ("", invalid),
            ("X Key", invalid),
            ("X-Key:", invalid),
            ("X\r\nEvil", invalid),
            ("Schlüssel", invalid),
            (
                &"x".repeat(101),
                "must have a name of at most 100 characters",
            ),
        ] {
            assert_eq!(check_header_name(name), Err(problem), "{name}");
        }
    }

    #[test]
    fn w27_values_are_printable_and_all_of_them_bounded() {
        for value in ["", "Bearer a.b-c~", "a\tb", "a  b"] {
            assert_eq!(check_header_value(value), Ok(()), "{value:?}");
        }
        for value in [" a", "a ", "a\r\nEvil: 1", "a\n", "ü", "\u{7f}", "\0"] {
            assert!(check_header_value(value).is_err(), "{value:?}");
        }
        let many: Vec<_> = (0..=MOST_HEADERS)
            .map(|number| header(&format!("X-{number}"), ""))
            .collect();
        assert_eq!(check_headers(&many[1..]), Ok(()));
        assert_eq!(
            check_headers(&many),
            Err("must have at most 20 members".into())
        );
        let long = header("X", &"x".repeat(LARGEST_HEADERS - 1));
        assert_eq!(check_headers(std::slice::from_ref(&long)), Ok(()));
        assert_eq!(
            check_headers(&[long, header("Y", "")]),
            Err("must take at most 8192 bytes".into())
        );
        let twice = [
            header("X-Key", "a"),
            header("X-Other", "b"),
            header("x-key", "a"),
        ];
        assert_eq!(check_headers(&twice), Err("has X-Key twice".into()));
    }

    #[test]
    fn w28_a_header_that_is_printed_hides_its_value() {
        assert_eq!(format!("{:?}", header("X-Key", "secret")), "X-Key: …");
    }
}
