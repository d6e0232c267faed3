//! Request bodies: strict JSON in, and a reader that finds everything wrong with a body at once.
//!
//! [`parse_json`] turns bytes into a value, [`crate::inflection::normalise`] gives its keys one spelling,
//! and [`Reader`] picks typed members from it. Wrong shapes are 400 with the snake case path of the
//! member (conventions §5 → docs/rules/server-api.md); unknown members are ignored.

use std::cell::RefCell;
use std::rc::Rc;

use selfsame_domain::id::{Id, IdError};
use selfsame_domain::{Refusal, Refusals};
use serde_json::{Map, Value};

use crate::inflection::{kebab, snake};

/// Depth that no honest body reaches.
pub const DEEPEST: usize = 64;

/// A member that may be absent (`None`), null (`Some(None)`) or given.
#[allow(
    clippy::option_option,
    reason = "absent and null mean different things in a PATCH"
)]
pub type Nullable<T> = Option<Option<T>>;

/// Reads a JSON body. An empty one is an empty object; of a repeated key the last value counts.
pub fn parse_json(bytes: &[u8], max_depth: usize) -> Result<Value, Refusal> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Refusal::malformed("The request body is not valid UTF-8"))?;
    if text.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if depth(bytes) > max_depth {
        return Err(Refusal::malformed(format!(
            "The request body is nested deeper than {max_depth}"
        )));
    }
    let value = serde_json::from_str(text).map_err(|error| {
        Refusal::malformed(format!("The request body is not valid JSON: {error}"))
    })?;
    if has_nul(&value) {
        return Err(Refusal::malformed(
            "The request body must not contain NUL characters",
        ));
    }
    Ok(value)
}

/// The deepest nesting of brackets outside strings, found without building anything.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// A JSON object being read, and what was found wrong so far.
///
/// Readers of inner objects share the collection with the outer one, so a parser reads everything it
/// wants and asks [`Reader::finish`] at the end.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    source: Source<'a>,
    path: Vec<String>,
    refusals: Rc<RefCell<Vec<Refusal>>>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Object(&'a Map<String, Value>),
    /// Not sent: optional members are absent, required ones are missed.
    Absent,
    /// Already complained about: nothing below is worth a second complaint.
    Refused,
}

impl<'a> Reader<'a> {
    /// A reader of a whole body, whose keys are normalised.
    pub fn root(body: &'a Value) -> Self {
        let reader = Self {
            source: Source::Refused,
            path: Vec::new(),
            refusals: Rc::default(),
        };
        if let Value::Object(members) = body {
            Self {
                source: Source::Object(members),
                ..reader
            }
        } else {
            reader.refuse(Refusal::malformed("The request body must be a JSON object"));
            reader
        }
    }

    /// The object under `name`. If it is absent the reader stands for an empty one; if that is an error,
    /// for one that has been complained about. An optional object may be null.
    #[must_use]
    pub fn object(&self, name: &str, required: bool) -> Self {
        let source = match self.value(name) {
            Some(Value::Object(members)) => Source::Object(members),
            Some(Value::Null) if !required => Source::Absent,
            Some(_) => {
                self.malformed(name, "must be an object");
                Source::Refused
            }
            None if required => {
                self.missed(name);
                Source::Refused
            }
            None => self.nothing(),
        };
        self.child(name, source)
    }

    /// The objects of the array under `name`, each with a reader of its own.
    pub fn objects(&self, name: &str) -> Option<Vec<Self>> {
        let items = self.array(name)?;
        let array = self.child(name, Source::Refused);
        let readers = items.iter().enumerate().map(|(index, item)| {
            let index = index.to_string();
            let source = if let Value::Object(members) = item {
                Source::Object(members)
            } else {
                array.malformed(&index, "must be an object");
                Source::Refused
            };
            array.child(&index, source)
        });
        Some(readers.collect())
    }

    /// Whether this object was sent.
    pub fn is_present(&self) -> bool {
        matches!(self.source, Source::Object(_))
    }

    /// Whether the member was sent, even if null.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The member as it is.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        match self.source {
            Source::Object(members) => members.get(name),
            Source::Absent | Source::Refused => None,
        }
    }

    /// The content of an object member as it is, for `fields` and other members with made-up keys.
    pub fn map(&self, name: &str) -> Nullable<&'a Map<String, Value>> {
        self.nullable(name, "must be an object", Value::as_object)
    }

    /// An optional string that must not be null.
    pub fn string(&self, name: &str) -> Option<String> {
        self.typed(name, "must be a string", Value::as_str)
            .map(str::to_owned)
    }

    /// A string that must be there and not empty.
    pub fn required_string(&self, name: &str) -> Option<String> {
        if !self.has(name) {
            self.missed(name);
            return None;
        }
        let text = self.string(name)?;
        if text.is_empty() {
            self.malformed(name, "must be filled");
            return None;
        }
        Some(text)
    }

    /// An optional string or null.
    pub fn nullable_string(&self, name: &str) -> Nullable<String> {
        let sent = self.nullable(name, "must be a string", Value::as_str)?;
        Some(sent.map(str::to_owned))
    }

    /// An optional boolean that must not be null.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.typed(name, "must be a boolean", Value::as_bool)
    }

    /// An optional boolean or null.
    pub fn nullable_boolean(&self, name: &str) -> Nullable<bool> {
        self.nullable(name, "must be a boolean", Value::as_bool)
    }

    /// An optional integer or null. Another type is 400, an integer below 1 is 422.
    pub fn positive_integer(&self, name: &str) -> Nullable<i64> {
        let sent = self.nullable(name, "must be an integer", Value::as_i64)?;
        match sent {
            Some(number) if number < 1 => {
                self.unprocessable(name, "must be greater than 0");
                None
            }
            sent => Some(sent),
        }
    }

    /// An optional array of strings, or null.
    pub fn string_list(&self, name: &str) -> Nullable<Vec<String>> {
        if self.value(name)?.is_null() {
            return Some(None);
        }
        let items = self.array(name)?;
        let list = self.child(name, Source::Refused);
        let mut strings = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_str() {
                Some(text) => strings.push(text.to_owned()),
                None => list.malformed(&index.to_string(), "must be a string"),
            }
        }
        (strings.len() == items.len()).then_some(Some(strings))
    }

    /// The items of an array that must be an array if it is there.
    pub fn array(&self, name: &str) -> Option<&'a Vec<Value>> {
        self.typed(name, "must be an array", Value::as_array)
    }

    /// An optional id or null. A wrong prefix is 400; a tail that no id has is 404.
    pub fn id<T: Id>(&self, name: &str) -> Nullable<T> {
        let Some(text) = self.nullable_string(name)? else {
            return Some(None);
        };
        match T::parse(&text) {
            Ok(id) => Some(Some(id)),
            Err(error) => {
                self.refuse(self.bad_id(name, &text, &error));
                None
            }
        }
    }

    /// An id that must be there and not null.
    pub fn required_id<T: Id>(&self, name: &str) -> Option<T> {
        let id = self.id(name);
        if matches!(id, Some(None)) || !self.has(name) {
            self.missed(name);
        }
        id.flatten()
    }

    /// An optional array of ids, or null.
    pub fn id_list<T: Id>(&self, name: &str) -> Nullable<Vec<T>> {
        let Some(texts) = self.string_list(name)? else {
            return Some(None);
        };
        let list = self.child(name, Source::Refused);
        let mut ids = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            match T::parse(text) {
                Ok(id) => ids.push(id),
                Err(error) => self.refuse(list.bad_id(&index.to_string(), text, &error)),
            }
        }
        (ids.len() == texts.len()).then_some(Some(ids))
    }

    /// An optional id or null of a type that has no Rust type here; only its prefix is looked at.
    pub fn prefixed(&self, name: &str, prefix: &str) -> Nullable<String> {
        let sent = self.nullable_string(name)?;
        if let Some(text) = &sent {
            let tail = text.strip_prefix(prefix);
            if !tail.is_some_and(|tail| tail.starts_with('_')) {
                self.refuse(Refusal::wrong_prefix(&self.path_of(name), prefix, text));
                return None;
            }
        }
        Some(sent)
    }

    /// Refuses a `type` member that is there and not `expected`.
    pub fn check_type(&self, expected: &str) {
        let sent = self.value("type");
        if sent.is_some_and(|sent| sent.as_str() != Some(expected)) {
            self.malformed("type", &format!("must be {expected}"));
        }
    }

    /// The snake case path of this object, `data.attributes`.
    pub fn path_snake(&self) -> String {
        self.path
            .iter()
            .map(|name| snake(name))
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The snake case path of a member, `data.attributes.reference_id`.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            snake(name).into_owned()
        } else {
            format!("{}.{}", self.path_snake(), snake(name))
        }
    }

    /// The JSON pointer of this object, `/data/attributes`.
    pub fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |mut pointer, name| {
            push_pointer(&mut pointer, name);
            pointer
        })
    }

    /// The JSON pointer of a member, `/data/attributes/reference-id`.
    pub fn pointer_of(&self, name: &str) -> String {
        let mut pointer = self.pointer();
        push_pointer(&mut pointer, name);
        pointer
    }

    /// Adds a refusal of the caller's making.
    pub fn refuse(&self, refusal: Refusal) {
        self.refusals.borrow_mut().push(refusal);
    }

    /// Adds a 400 about a member, such as `must be a string`.
    pub fn malformed(&self, name: &str, problem: &str) {
        self.refuse(Refusal::malformed(format!(
            "{} {problem}",
            self.path_of(name)
        )));
    }

    /// Adds a 422 about a member, such as `must be greater than 0`.
    pub fn unprocessable(&self, name: &str, problem: &str) {
        self.refuse(Refusal::unprocessable(
            format!("{} {problem}", self.path_of(name)),
            self.pointer_of(name),
        ));
    }

    /// Adds the 400 for a member that is not there.
    pub fn missing(&self, name: &str) {
        self.malformed(name, "is missing");
    }

    /// Everything found wrong by this reader and those it shares with.
    pub fn finish(&self) -> Result<(), Refusals> {
        Refusals::check(self.refusals.take())
    }

    fn missed(&self, name: &str) {
        if !matches!(self.source, Source::Refused) {
            self.missing(name);
        }
    }

    fn nothing(&self) -> Source<'a> {
        match self.source {
            Source::Refused => Source::Refused,
            Source::Object(_) | Source::Absent => Source::Absent,
        }
    }

    fn child(&self, name: &str, source: Source<'a>) -> Self {
        let mut path = self.path.clone();
        path.push(kebab(name).into_owned());
        Self {
            source,
            path,
            refusals: Rc::clone(&self.refusals),
        }
    }

    fn typed<T>(
        &self,
        name: &str,
        problem: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let read = read(self.value(name)?);
        if read.is_none() {
            self.malformed(name, problem);
        }
        read
    }

    fn nullable<T>(
        &self,
        name: &str,
        problem: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Nullable<T> {
        if self.value(name)?.is_null() {
            return Some(None);
        }
        self.typed(name, problem, read).map(Some)
    }

    fn bad_id(&self, name: &str, sent: &str, error: &IdError) -> Refusal {
        let path = self.path_of(name);
        match error {
            IdError::WrongPrefix { expected } => Refusal::wrong_prefix(&path, expected, sent),
            IdError::Malformed => Refusal::not_found_at(format!("{path} is not found")),
        }
    }
}

fn push_pointer(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}
