//! Field schemas of accounts and inquiries, and the checks a value passes before it is stored.
//!
//! Values are stored plain (`key → value`); the wire wraps them as `{type, value}`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Refusal, Refusals};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    String,
    Number,
    Integer,
    Boolean,
    Date,
    Datetime,
    Choices,
    MultiChoices,
    Array,
    Hash,
    File,
    GovernmentId,
    Selfie,
}

impl FieldKind {
    /// The word in `{type, value}`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Choices => "choices",
            Self::MultiChoices => "multi_choices",
            Self::Array => "array",
            Self::Hash => "hash",
            Self::File => "file",
            Self::GovernmentId => "government_id",
            Self::Selfie => "selfie",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldSchema {
    pub key: String,
    pub kind: FieldKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Characters, for strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Allowed values, for `choices` and `multi_choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Members, for `hash`; members of each element, for `array`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<FieldSchema>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identifier: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub case_sensitive: bool,
    /// A67: it is about to be unique. Writers keep its values apart as if it were, while those of before are gone through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub indexing: bool,
    /// One that is not keeps its values, and nobody writes them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    /// A80: it is about to be searched. Writers list its values as if it were, while those of before are gone through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listing: bool,
    /// A43: account search can go by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searchable: bool,
    /// B237: the first write, also of null, is the last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_once: bool,
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

impl FieldSchema {
    pub fn new(key: &str, kind: FieldKind) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            label: None,
            default: None,
            max_length: None,
            options: Vec::new(),
            members: Vec::new(),
            identifier: false,
            unique: false,
            case_sensitive: false,
            indexing: false,
            listing: false,
            active: true,
            searchable: false,
            write_once: false,
        }
    }

    /// Whether account search keeps its values at hand (A43): of fields that can be searched, and of identifiers.
    pub fn is_searched(&self) -> bool {
        (self.searchable || self.identifier || self.unique || self.listing)
            && crate::search::comparison(self.kind).is_some()
    }

    /// Whether its values are kept where two accounts cannot have one.
    pub const fn is_indexed(&self) -> bool {
        self.unique || self.indexing
    }

    #[must_use]
    pub fn with_members(mut self, members: Vec<FieldSchema>) -> Self {
        self.members = members;
        self
    }
}

pub type Fields = Map<String, Value>;

/// One form of a key for comparing: lower case, words joined by dashes, however the caller inflects it.
///
/// `nameFirst`, `name_first` and `name-first` are one key; so are `addressStreet1` and `address-street-1` (B15, B16).
pub fn dash_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut previous: Option<char> = None;
    for character in key.chars() {
        if !character.is_alphanumeric() {
            previous = None;
            continue;
        }
        let starts_word = match previous {
            None => !out.is_empty(),
            Some(before) => {
                (character.is_uppercase() && !before.is_uppercase())
                    || (character.is_ascii_digit() != before.is_ascii_digit())
            }
        };
        if starts_word {
            out.push('-');
        }
        out.extend(character.to_lowercase());
        previous = Some(character);
    }
    out
}

/// Finds the schema a caller's key means, whatever its inflection.
pub fn find_schema<'a>(schemas: &'a [FieldSchema], key: &str) -> Option<&'a FieldSchema> {
    schemas.iter().find(|schema| schema.key == key).or_else(|| {
        let wanted = dash_case(key);
        schemas
            .iter()
            .find(|schema| dash_case(&schema.key) == wanted)
    })
}

const LONGEST_STRING: usize = 10_000;

/// Checks one plain value against its schema. `null` is always allowed: it clears the field.
///
/// The message names what was expected and never repeats the value, which may be personal.
pub fn check_value(schema: &FieldSchema, value: &Value) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match schema.kind {
        FieldKind::String => check_text(schema, value),
        FieldKind::Number => value
            .is_number()
            .then(|| value.clone())
            .ok_or_else(|| "must be a number".to_owned()),
        FieldKind::Integer => (value.is_i64() || value.is_u64())
            .then(|| value.clone())
            .ok_or_else(|| "must be an integer".to_owned()),
        FieldKind::Boolean => value
            .is_boolean()
            .then(|| value.clone())
            .ok_or_else(|| "must be true or false".to_owned()),
        FieldKind::Date => check_parsed(value, "must be a date of the form YYYY-MM-DD", |text| {
            text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
        }),
        FieldKind::Datetime => check_parsed(value, "must be an ISO 8601 date-time", |text| {
            text.parse::<jiff::Timestamp>().is_ok()
        }),
        FieldKind::Choices => check_parsed(value, "must be one of the options", |text| {
            schema.options.is_empty() || schema.options.iter().any(|option| option == text)
        }),
        FieldKind::MultiChoices => check_choices(schema, value),
        FieldKind::Array => check_array(schema, value),
        FieldKind::Hash => check_hash(schema, value),
        // A file is what an upload made of it; its value names a blob, which no caller may do.
        FieldKind::File => Err("is a file and cannot be written as a value".to_owned()),
        FieldKind::GovernmentId | FieldKind::Selfie => value
            .is_object()
            .then(|| value.clone())
            .ok_or_else(|| "must be an object".to_owned()),
    }
}

fn check_text(schema: &FieldSchema, value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("must be a string")?;
    let limit = schema.max_length.unwrap_or(LONGEST_STRING);
    if text.chars().count() > limit {
        return Err(format!("must be at most {limit} characters long"));
    }
    Ok(value.clone())
}

fn check_parsed(
    value: &Value,
    message: &str,
    valid: impl Fn(&str) -> bool,
) -> Result<Value, String> {
    match value.as_str() {
        Some(text) if valid(text) => Ok(value.clone()),
        _ => Err(message.to_owned()),
    }
}

fn check_choices(schema: &FieldSchema, value: &Value) -> Result<Value, String> {
    let known = |item: &Value| {
        item.as_str().is_some_and(|text| {
            schema.options.is_empty() || schema.options.iter().any(|option| option == text)
        })
    };
    match value.as_array() {
        Some(items) if items.iter().all(known) => Ok(value.clone()),
        _ => Err("must be an array of options".to_owned()),
    }
}

fn check_array(schema: &FieldSchema, value: &Value) -> Result<Value, String> {
    let items = value.as_array().ok_or("must be an array")?;
    if schema.members.is_empty() {
        return Ok(value.clone());
    }
    items
        .iter()
        .map(|item| check_hash(schema, item))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn check_hash(schema: &FieldSchema, value: &Value) -> Result<Value, String> {
    let members = value.as_object().ok_or("must be an object")?;
    let mut checked = Map::new();
    for (key, member) in members {
        let member_schema = find_schema(&schema.members, key)
            .ok_or_else(|| format!("has no member named {}", shorten(key)))?;
        let plain = check_value(member_schema, member)
            .map_err(|problem| format!("member {} {problem}", member_schema.key))?;
        checked.insert(member_schema.key.clone(), plain);
    }
    Ok(Value::Object(checked))
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Checks every entry of a flat write (`key → plain value`) and returns it under the schema's own keys.
///
/// Collects all problems; each is a 422 that points at `/data/attributes/fields/<key as sent>`.
pub fn check_fields(schemas: &[FieldSchema], sent: &Fields) -> Result<Fields, Refusals> {
    let mut problems = Vec::new();
    let mut checked = Fields::new();
    for (key, value) in sent {
        let pointer = format!("/data/attributes/fields/{}", pointer_segment(&shorten(key)));
        let outcome = match find_schema(schemas, key) {
            None => Err(format!("{} is not a field of this schema", shorten(key))),
            Some(schema) if !schema.active => Err(format!("{} is not active", schema.key)),
            Some(schema) => check_value(schema, value)
                .map(|plain| (schema.key.clone(), plain))
                .map_err(|problem| format!("{} {problem}", schema.key)),
        };
        match outcome {
            Ok((own_key, plain)) => {
                checked.insert(own_key, plain);
            }
            Err(problem) => problems.push(Refusal::unprocessable(problem, pointer)),
        }
    }
    if problems.is_empty() {
        Ok(checked)
    } else {
        Err(Refusals(problems))
    }
}

fn pointer_segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Merges a checked write: per key, and per member for hashes; `null` clears (accounts §4.4).
pub fn merge(schemas: &[FieldSchema], current: &mut Fields, written: Fields) {
    for (key, value) in written {
        let is_hash =
            find_schema(schemas, &key).is_some_and(|schema| schema.kind == FieldKind::Hash);
        match (current.get_mut(&key), value) {
            (Some(Value::Object(members)), Value::Object(new)) if is_hash => members.extend(new),
            (_, value) => {
                current.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b15_keys_match_whatever_their_inflection() {
        for (spelling, dashed) in [
            ("nameFirst", "name-first"),
            ("name_first", "name-first"),
            ("name-first", "name-first"),
            ("addressStreet1", "address-street-1"),
            ("address_street_1", "address-street-1"),
            ("line2code", "line-2-code"),
            ("__x__y", "x-y"),
        ] {
            assert_eq!(dash_case(spelling), dashed);
        }
    }

    #[test]
    fn values_are_checked_against_their_kind() {
        let date = FieldSchema::new("birthdate", FieldKind::Date);
        assert!(check_value(&date, &json!("1990-05-17")).is_ok());
        assert!(check_value(&date, &json!("1990-02-30")).is_err());
        assert!(check_value(&date, &json!(19_900_517)).is_err());
        assert_eq!(check_value(&date, &Value::Null), Ok(Value::Null));
    }

    #[test]
    fn every_bad_field_of_a_write_is_reported_at_once() {
        let schemas = [FieldSchema::new("name-first", FieldKind::String)];
        let sent = json!({"nameFirst": 3, "shoe-size": 44});
        let problems = check_fields(&schemas, sent.as_object().unwrap()).unwrap_err();
        let pointers: Vec<_> = problems
            .0
            .iter()
            .map(|problem| problem.pointer.as_deref())
            .collect();
        assert_eq!(
            pointers,
            [
                Some("/data/attributes/fields/nameFirst"),
                Some("/data/attributes/fields/shoe-size")
            ]
        );
    }

    #[test]
    fn hash_members_merge_and_null_clears() {
        let schemas = [FieldSchema::new("name", FieldKind::Hash).with_members(vec![
            FieldSchema::new("first", FieldKind::String),
            FieldSchema::new("last", FieldKind::String),
        ])];
        let mut current = json!({"name": {"first": "A", "last": "B"}})
            .as_object()
            .unwrap()
            .clone();
        merge(
            &schemas,
            &mut current,
            json!({"name": {"first": "C"}}).as_object().unwrap().clone(),
        );
        assert_eq!(current["name"], json!({"first": "C", "last": "B"}));
        merge(
            &schemas,
            &mut current,
            json!({"name": null}).as_object().unwrap().clone(),
        );
        assert_eq!(current["name"], Value::Null);
    }
}
