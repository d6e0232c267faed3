//! Settings that API keys and webhooks share.

use selfsame_domain::api_key::{MOST_ENTRIES, check_name};

use crate::blocklist::check_pattern;
use crate::{ApiVersion, Inflection, Nullable, Reader};

/// Null where it is null.
pub(crate) fn name(attributes: &Reader<'_>) -> Nullable<String> {
    let name = attributes.nullable_string("name")?;
    if let Some(problem) = name.as_deref().and_then(|name| check_name(name).err()) {
        attributes.unprocessable("name", problem);
        return None;
    }
    Some(name)
}

/// Free text, null where it is null.
pub(crate) fn text(attributes: &Reader<'_>, name: &str, most: usize) -> Nullable<String> {
    let text = attributes.nullable_string(name)?;
    let too_long = |text: &String| text.chars().count() > most;
    if text.as_ref().is_some_and(too_long) {
        let problem = format!("must be at most {most} characters long");
        attributes.unprocessable(name, &problem);
        return None;
    }
    Some(text)
}

pub(crate) fn version(attributes: &Reader<'_>) -> Option<String> {
    const NAME: &str = "api-version";
    let text = attributes.nullable_string(NAME).flatten()?;
    let version = ApiVersion::named(&text);
    if version.is_none() {
        let problem = format!("must be one of {}", ApiVersion::known_ones());
        attributes.unprocessable(NAME, &problem);
    }
    version.map(|version| version.as_str().to_owned())
}

pub(crate) fn inflection(attributes: &Reader<'_>) -> Option<String> {
    const NAME: &str = "api-key-inflection";
    let text = attributes.nullable_string(NAME).flatten()?;
    if text.parse::<Inflection>().is_err() {
        attributes.unprocessable(NAME, "must be kebab, camel or snake");
        return None;
    }
    Some(text)
}

pub(crate) fn blocklist(attributes: &Reader<'_>) -> Option<Vec<String>> {
    list(attributes, "api-attributes-blocklist", |text| {
        check_pattern(text).map(|()| text.to_owned())
    })
}

/// An array of strings, each read on its own and pointed at on its own.
pub(crate) fn list<T, P: AsRef<str>>(
    reader: &Reader<'_>,
    name: &str,
    read: impl Fn(&str) -> Result<T, P>,
) -> Option<Vec<T>> {
    let texts = reader.string_list(name).flatten()?;
    if texts.len() > MOST_ENTRIES {
        reader.unprocessable(name, &format!("must have at most {MOST_ENTRIES} entries"));
        return None;
    }
    let mut items = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match read(text) {
            Ok(item) => items.push(item),
            Err(problem) => reader.unprocessable_item(name, index, problem.as_ref()),
        }
    }
    (items.len() == texts.len()).then_some(items)
}

/// Another type is 400, an integer out of range 422.
pub(crate) fn integer(reader: &Reader<'_>, name: &str, least: i64, most: i64) -> Option<i64> {
    let value = reader.value(name).filter(|value| !value.is_null())?;
    // One too large for 64 bits is an integer all the same.
    let number = value.as_i64();
    if number.is_none() && !value.is_u64() {
        reader.malformed(name, "must be an integer");
        return None;
    }
    let within = number.filter(|number| (least..=most).contains(number));
    if within.is_none() {
        reader.unprocessable(name, &format!("must be from {least} to {most}"));
    }
    within
}
