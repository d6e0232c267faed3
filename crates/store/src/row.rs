//! Values in and out of a store, the same for every engine.

use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::packed::{pack, unpack};

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<selfsame_domain::Timestamp> for Value {
    fn from(value: selfsame_domain::Timestamp) -> Self {
        Self::Integer(value.millis())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Any id, by its text.
pub(crate) fn id<T: selfsame_domain::id::Id>(id: &T) -> Value {
    Value::Text(id.as_str().to_owned())
}

pub(crate) fn maybe_id<T: selfsame_domain::id::Id>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, id)
}

/// JSON, whole. What is stored are plain maps, lists and structs; they always serialise.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Value {
    Value::Text(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
}

/// Like [`json`], for [`Row::packed_json`].
pub(crate) fn packed_json<T: serde::Serialize>(value: &T) -> Value {
    packed(&serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
}

pub(crate) fn packed(json: &[u8]) -> Value {
    Value::Blob(pack(json))
}

/// One row, read from left to right in the order of the select list.
#[derive(Debug)]
pub struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    pub fn new(values: Vec<Value>) -> Self {
        Self {
            values: values.into_iter(),
        }
    }

    /// What was not read yet.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values.collect()
    }

    fn next(&mut self) -> Result<Value, StoreError> {
        self.values.next().ok_or_else(|| {
            StoreError::Corrupt("a row has fewer columns than were asked for".into())
        })
    }

    pub fn text(&mut self) -> Result<String, StoreError> {
        self.optional_text()?
            .ok_or_else(|| StoreError::Corrupt("a text column is null".into()))
    }

    pub fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(StoreError::Corrupt(format!(
                "expected text, found {}",
                kind(&other)
            ))),
        }
    }

    pub fn integer(&mut self) -> Result<i64, StoreError> {
        self.optional_integer()?
            .ok_or_else(|| StoreError::Corrupt("an integer column is null".into()))
    }

    pub fn optional_integer(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(number)),
            other => Err(StoreError::Corrupt(format!(
                "expected an integer, found {}",
                kind(&other)
            ))),
        }
    }

    pub fn boolean(&mut self) -> Result<bool, StoreError> {
        Ok(self.integer()? != 0)
    }

    pub fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.next()? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(StoreError::Corrupt(format!(
                "expected bytes, found {}",
                kind(&other)
            ))),
        }
    }

    pub fn time(&mut self) -> Result<selfsame_domain::Timestamp, StoreError> {
        self.integer().map(selfsame_domain::Timestamp::from_millis)
    }

    pub fn optional_time(&mut self) -> Result<Option<selfsame_domain::Timestamp>, StoreError> {
        Ok(self
            .optional_integer()?
            .map(selfsame_domain::Timestamp::from_millis))
    }

    pub fn id<T: selfsame_domain::id::Id>(&mut self) -> Result<T, StoreError> {
        self.text().map(T::from_trusted)
    }

    pub fn optional_id<T: selfsame_domain::id::Id>(&mut self) -> Result<Option<T>, StoreError> {
        Ok(self.optional_text()?.map(T::from_trusted))
    }

    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        parse(&self.text()?)
    }

    /// JSON stored with [`packed`].
    pub fn packed_text(&mut self) -> Result<String, StoreError> {
        unpack(self.blob()?)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                let problem =
                    "stored JSON is cut short, or packed in a way this release does not know";
                StoreError::Corrupt(problem.into())
            })
    }

    pub fn packed_json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        parse(&self.packed_text()?)
    }

    /// The ids of a `string_agg` column, in its order.
    pub fn list(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .optional_text()?
            .map(|text| text.split(',').map(str::to_owned).collect())
            .unwrap_or_default())
    }
}

pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("stored JSON: {error}")))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Integer(_) => "an integer",
        Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
    }
}
