//! Resource objects that are written straight to text, without a tree of values in between.
//!
//! They say the same as the documents made with [`crate::document`], in the same order and spelling: the tree, where
//! one is wanted, is made from them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use selfsame_domain::Timestamp;
use selfsame_domain::field::{FieldKind, FieldSchema, Fields};
use serde::de::{MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A whole answer about one resource, or about a page of them.
#[derive(Debug, Serialize)]
pub struct Document<D> {
    pub data: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
}

impl<D> Document<D> {
    pub fn new(data: D) -> Self {
        Self {
            data,
            included: None,
            links: None,
            meta: None,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Resource<'a, A, R> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: &'a str,
    pub attributes: A,
    pub relationships: R,
}

#[derive(Serialize)]
pub(crate) struct Linkage<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
pub(crate) struct ToOne<'a> {
    data: Option<Linkage<'a>>,
}

impl<'a> ToOne<'a> {
    pub const NONE: Self = Self { data: None };

    pub fn new(kind: &'static str, id: Option<&'a str>) -> Self {
        Self {
            data: id.map(|id| Linkage { kind, id }),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ToMany<'a> {
    data: Vec<Linkage<'a>>,
}

impl<'a> ToMany<'a> {
    pub fn new(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let members = members.into_iter();
        Self {
            data: members.map(|(kind, id)| Linkage { kind, id }).collect(),
        }
    }
}

/// Whole seconds.
pub(crate) struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_seconds_text())
    }
}

/// Every field of a schema as `{type, value}`, null where there is none.
pub(crate) struct TypedFields<'a> {
    pub schemas: &'a [FieldSchema],
    pub values: &'a Fields,
    pub shown: fn(FieldKind, &Value) -> bool,
    /// The account whose fields they are: its files are named after it.
    pub account: Option<&'a str>,
}

impl Serialize for TypedFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for schema in self.schemas {
            let value = self.values.get(&schema.key).unwrap_or(&Value::Null);
            if (self.shown)(schema.kind, value) {
                let account = self.account;
                let typed = Typed {
                    schema,
                    value,
                    account,
                };
                map.serialize_entry(&schema.key, &typed)?;
            }
        }
        map.end()
    }
}

/// The members of a stored object, each as the text it is.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `place`: where it most likely is.
    fn get(&self, place: usize, key: &str) -> Option<&'a RawValue> {
        let here = self.0.get(place).filter(|(known, _)| known == key);
        let found = here.or_else(|| self.0.iter().find(|(known, _)| known == key));
        found.map(|(_, text)| *text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersOf(PhantomData))
    }
}

struct MembersOf<'a>(PhantomData<&'a str>);

impl<'de: 'a, 'a> Visitor<'de> for MembersOf<'a> {
    type Value = Members<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'a>, M::Error> {
        #[derive(Deserialize)]
        struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

        let mut members = Vec::with_capacity(32);
        while let Some((Key(key), text)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            members.push((key, text));
        }
        Ok(Members(members))
    }
}

/// [`TypedFields`] of values that are still text: what the schema says nothing more of is written as it is.
pub(crate) struct StoredFields<'a> {
    pub schemas: &'a [FieldSchema],
    pub values: &'a Members<'a>,
}

impl Serialize for StoredFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (place, schema) in self.schemas.iter().enumerate() {
            let text = self.values.get(place, &schema.key);
            map.serialize_entry(&schema.key, &StoredField { schema, text })?;
        }
        map.end()
    }
}

struct StoredField<'a> {
    schema: &'a FieldSchema,
    text: Option<&'a RawValue>,
}

impl Serialize for StoredField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schema = self.schema;
        let is_deep = match schema.kind {
            FieldKind::Hash | FieldKind::File => true,
            FieldKind::Array => !schema.members.is_empty(),
            _ => false,
        };
        match self.text {
            Some(text) if is_deep => {
                let value = &serde_json::from_str(text.get()).map_err(S::Error::custom)?;
                let typed = Typed {
                    schema,
                    value,
                    account: None,
                };
                typed.serialize(serializer)
            }
            text => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("type", schema.kind.as_str())?;
                map.serialize_entry("value", &text)?;
                map.end()
            }
        }
    }
}

/// `{type, value}`, as deep as the schema goes.
struct Typed<'a> {
    schema: &'a FieldSchema,
    value: &'a Value,
    account: Option<&'a str>,
}

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", self.schema.kind.as_str())?;
        match (self.schema.kind, self.value) {
            (FieldKind::Hash, Value::Object(values)) => {
                let schemas = &self.schema.members;
                map.serialize_entry("value", &HashMembers { schemas, values })?;
            }
            (FieldKind::Array, Value::Array(items)) if !self.schema.members.is_empty() => {
                let schemas = &self.schema.members;
                map.serialize_entry("value", &Items { schemas, items })?;
            }
            // Where the blob lies is nobody's business.
            (FieldKind::File, Value::Object(file)) => {
                let shown = File {
                    filename: file.get("filename"),
                    url: self.account.and_then(|account| url_of(account, file)),
                    byte_size: file.get("byte_size"),
                    mime_type: file.get("mime_type"),
                };
                map.serialize_entry("value", &shown)?;
            }
            (_, value) => map.serialize_entry("value", value)?,
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    filename: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    byte_size: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'a Value>,
}

fn url_of(account: &str, file: &Map<String, Value>) -> Option<String> {
    let blob_key = file.get("blob_key")?.as_str()?;
    let filename = file.get("filename").and_then(Value::as_str);
    crate::file::reference_to_photo(account, blob_key, filename)
}

/// Those members of a hash that have a value.
struct HashMembers<'a> {
    schemas: &'a [FieldSchema],
    values: &'a Map<String, Value>,
}

impl Serialize for HashMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for schema in self.schemas {
            if let Some(value) = self.values.get(&schema.key) {
                let typed = Typed {
                    schema,
                    value,
                    account: None,
                };
                map.serialize_entry(&schema.key, &typed)?;
            }
        }
        map.end()
    }
}

struct Items<'a> {
    schemas: &'a [FieldSchema],
    items: &'a [Value],
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.items.len()))?;
        for item in self.items {
            match item {
                Value::Object(values) => list.serialize_element(&Hash {
                    kind: "hash",
                    value: HashMembers {
                        schemas: self.schemas,
                        values,
                    },
                })?,
                other => list.serialize_element(other)?,
            }
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Hash<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    value: HashMembers<'a>,
}

/// What is written, as a tree: for what looks into a document or changes it.
pub(crate) fn tree(resource: &impl Serialize) -> Value {
    // Strings for keys and nothing that cannot be written: this never fails.
    serde_json::to_value(resource).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_typed_as_deep_as_their_schema_goes() {
        let line = FieldSchema::new("line", FieldKind::String);
        let schemas = [
            FieldSchema::new("name_first", FieldKind::String),
            FieldSchema::new("address", FieldKind::Hash).with_members(vec![
                line.clone(),
                FieldSchema::new("missing", FieldKind::Integer),
            ]),
            FieldSchema::new("homes", FieldKind::Array).with_members(vec![line]),
            FieldSchema::new("tags", FieldKind::Array),
            FieldSchema::new("photo", FieldKind::File),
            FieldSchema::new("no-photo", FieldKind::File),
            FieldSchema::new("left-out", FieldKind::MultiChoices),
        ];
        let values = json!({
            "name_first": "Ada \"A\"",
            "address": {"line": "1 Way", "stray": 1},
            "homes": [{"line": "2 Way"}, "odd"],
            "tags": ["a", {"b": 1}],
            "photo": {"filename": "a.png", "byte_size": 7, "blob": "secret"},
            "no-photo": null,
            "unknown": true,
        });
        let written = TypedFields {
            schemas: &schemas,
            values: values.as_object().unwrap(),
            shown: |kind, _| kind != FieldKind::MultiChoices,
            account: None,
        };
        let expected = concat!(
            r#"{"name_first":{"type":"string","value":"Ada \"A\""},"#,
            r#""address":{"type":"hash","value":{"line":{"type":"string","value":"1 Way"}}},"#,
            r#""homes":{"type":"array","value":[{"type":"hash","value":{"line":{"type":"string","value":"2 Way"}}},"odd"]},"#,
            r#""tags":{"type":"array","value":["a",{"b":1}]},"#,
            r#""photo":{"type":"file","value":{"filename":"a.png","byte-size":7}},"#,
            r#""no-photo":{"type":"file","value":null}}"#,
        );
        assert_eq!(serde_json::to_string(&written).unwrap(), expected);
        assert_eq!(tree(&written).to_string(), expected);
    }

    #[test]
    fn fields_that_are_still_text_are_written_as_those_that_were_read() {
        let line = FieldSchema::new("line", FieldKind::String);
        let schemas = [
            FieldSchema::new("name-first", FieldKind::String),
            FieldSchema::new("new", FieldKind::Date),
            FieldSchema::new("address", FieldKind::Hash).with_members(vec![line.clone()]),
            FieldSchema::new("homes", FieldKind::Array).with_members(vec![line]),
            FieldSchema::new("no-homes", FieldKind::Array),
            FieldSchema::new("height", FieldKind::Number),
            FieldSchema::new("photo", FieldKind::File),
            FieldSchema::new("no-photo", FieldKind::File),
        ];
        let stored = concat!(
            r#"{"height":1.0e3,"name-first":"Ada \"A\" \u0001","address":{"line":"1 Way","stray":1},"odd \" key":{"a":[1]},"#,
            r#""photo":{"filename":"a.png","byte_size":7,"blob":"secret"},"homes":[{"line":"2 Way"},"odd"],"no-homes":[],"#,
            r#""no-photo":null}"#,
        );
        // As the store writes it.
        let values: Fields = serde_json::from_str(stored).unwrap();
        let stored = serde_json::to_string(&values).unwrap();
        let read = TypedFields {
            schemas: &schemas,
            values: &values,
            shown: |_, _| true,
            account: None,
        };
        let text = StoredFields {
            schemas: &schemas,
            values: &serde_json::from_str(&stored).unwrap(),
        };
        let expected = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::to_string(&text).unwrap(), expected);
        assert_eq!(tree(&text).to_string(), expected);
        assert!(expected.contains(r#""new":{"type":"date","value":null}"#));
        assert!(serde_json::from_str::<Members<'_>>("[]").is_err());
    }
}
