//! `custom-http-headers` (W25–W28): read, and never shown.

use selfsame_domain::webhook::{
    CustomHeader, check_header_name, check_header_value, check_headers,
};

use super::{cut, refuse};
use crate::Reader;

const NAME: &str = "custom-http-headers";

/// All of them. A value is no part of any message.
pub(super) fn parse(attributes: &Reader<'_>) -> Option<Vec<CustomHeader>> {
    let members = attributes.map(NAME).flatten()?;
    let mut headers = Vec::with_capacity(members.len());
    for (name, value) in members {
        let Some(value) = value.as_str() else {
            attributes.malformed(
                NAME,
                &format!("must have strings only ({} is none)", cut(name)),
            );
            continue;
        };
        match check_header_name(name).and_then(|()| check_header_value(value)) {
            Ok(()) => headers.push(CustomHeader {
                name: name.clone(),
                value: value.to_owned(),
            }),
            Err(problem) => refuse(attributes, NAME, std::slice::from_ref(name), problem),
        }
    }
    if headers.len() < members.len() {
        return None;
    }
    if let Err(problem) = check_headers(&headers) {
        attributes.unprocessable(NAME, &problem);
        return None;
    }
    Some(headers)
}
