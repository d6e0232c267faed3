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
    match nul_in(&value, &mut Vec::new()) {
        Some(path) => Err(Refusal::unprocessable(
            format!("{} must not contain NUL characters", path.join(".")),
            format!("/{}", path.join("/")),
        )),
        None => Ok(value),
    }
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

/// The place of the first text or key with a NUL in it (R6); the key is shown without it.
fn nul_in(value: &Value, path: &mut Vec<String>) -> Option<Vec<String>> {
    match value {
        Value::String(text) => text.contains('\0').then(|| path.clone()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| nul_below(index.to_string(), item, path)),
        Value::Object(members) => members.iter().find_map(|(key, value)| {
            let found = nul_below(key.replace('\0', ""), value, path);
            let in_key = || [path.clone(), vec![key.replace('\0', "")]].concat();
            found.or_else(|| key.contains('\0').then(in_key))
        }),
        _ => None,
    }
}

fn nul_below(name: String, value: &Value, path: &mut Vec<String>) -> Option<Vec<String>> {
    path.push(name);
    let found = nul_in(value, path);
    path.pop();
    found
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

    /// Adds a 422 about an element of an array.
    pub fn unprocessable_item(&self, name: &str, index: usize, problem: &str) {
        self.child(name, Source::Refused)
            .unprocessable(&index.to_string(), problem);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use selfsame_domain::id::{AccountId, TemplateId};
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Value, Refusal> {
        parse_json(text.as_bytes(), DEEPEST)
    }

    fn refused(bytes: &[u8]) -> String {
        let refusal = parse_json(bytes, DEEPEST).unwrap_err();
        assert_eq!(refusal.status(), 400);
        refusal.details.unwrap()
    }

    fn details(reader: &Reader<'_>) -> Vec<String> {
        let refusals = reader.finish().err().map(|refusals| refusals.0);
        refusals
            .into_iter()
            .flatten()
            .filter_map(|refusal| refusal.details)
            .collect()
    }

    #[test]
    fn r6_a_nul_is_refused_with_its_place() {
        let place = |body: &str| {
            let refusal = parse(body).unwrap_err();
            assert_eq!(refusal.status(), 422);
            refusal.pointer.unwrap()
        };
        assert_eq!(place(r#"{"a":["x","\u0000"]}"#), "/a/1");
        assert_eq!(place(r#"{"a":{"b\u0000":1}}"#), "/a/b");
    }

    #[test]
    fn bodies_that_are_fine() {
        assert_eq!(parse(""), Ok(json!({})));
        assert_eq!(parse(" \n"), Ok(json!({})));
        assert_eq!(parse("{\"a\":1,\"a\":2}"), Ok(json!({"a": 2})));
        assert_eq!(parse(r#"{"a":"[[\"[["}"#), Ok(json!({"a": "[[\"[["})));
    }

    #[test]
    fn bodies_that_are_not() {
        assert!(refused(b"\xff").contains("UTF-8"));
        assert!(refused(b"{").contains("line 1 column 1"));
        assert!(refused(b"{\"a\":1,}").contains("not valid JSON"));
        assert!(refused(b"{\"a\":\"\0\"}").contains("not valid JSON"));
        assert!(refused(br#"{"a":"\ud800"}"#).contains("not valid JSON"));
    }

    #[test]
    fn depth_bombs_are_refused_before_anything_is_built() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEEPEST)).is_ok());
        assert!(parse(&format!("[{}[]]", "[],".repeat(DEEPEST))).is_ok());
        assert!(refused(nested(DEEPEST + 1).as_bytes()).contains("deeper than 64"));
        assert!(refused("[".repeat(1_000_000).as_bytes()).contains("deeper"));
        assert!(refused(r#"{"a":"#.repeat(100_000).as_bytes()).contains("deeper"));
    }

    #[test]
    fn members_of_the_right_type_are_read() {
        let body = json!({"data": {"type": "inquiry", "attributes": {
            "name": "n", "note": null, "flag": true, "seconds": 5, "tags": ["a"],
            "account-id": "act_1", "fields": {"aB": 1}, "theme-id": "the_1",
        }}});
        let root = Reader::root(&body);
        let data = root.object("data", true);
        data.check_type("inquiry");
        let attributes = data.object("attributes", true);
        assert_eq!(attributes.string("name").as_deref(), Some("n"));
        assert_eq!(attributes.required_string("name").as_deref(), Some("n"));
        assert_eq!(attributes.string("absent"), None);
        assert_eq!(attributes.nullable_string("note"), Some(None));
        assert_eq!(attributes.nullable_string("absent"), None);
        assert_eq!(attributes.boolean("flag"), Some(true));
        assert_eq!(attributes.nullable_boolean("note"), Some(None));
        assert_eq!(attributes.positive_integer("seconds"), Some(Some(5)));
        assert_eq!(
            attributes.string_list("tags"),
            Some(Some(vec!["a".to_owned()]))
        );
        assert_eq!(attributes.string_list("note"), Some(None));
        let id = attributes.id::<AccountId>("account-id").flatten();
        assert_eq!(id.map(|id| id.to_string()).as_deref(), Some("act_1"));
        assert!(attributes.required_id::<AccountId>("account-id").is_some());
        assert_eq!(
            attributes.prefixed("theme-id", "the"),
            Some(Some("the_1".to_owned()))
        );
        assert_eq!(attributes.value("fields"), Some(&json!({"aB": 1})));
        assert!(attributes.map("fields").flatten().is_some());
        assert!(attributes.has("note") && !attributes.has("absent"));
        assert!(!root.object("meta", false).is_present());
        assert_eq!(root.finish(), Ok(()));
    }

    #[test]
    fn everything_wrong_is_found_at_once() {
        let body = json!({"data": {"type": "account", "attributes": {
            "reference-id": 1, "flag": "yes", "seconds": 0, "count": 1.5, "fields": [],
            "object-ids": "x", "tags": ["a", 1], "theme-id": "theme_1",
        }}});
        let root = Reader::root(&body);
        let data = root.object("data", true);
        data.check_type("inquiry");
        let attributes = data.object("attributes", true);
        assert_eq!(attributes.nullable_string("reference-id"), None);
        assert_eq!(attributes.boolean("flag"), None);
        assert_eq!(attributes.positive_integer("seconds"), None);
        assert_eq!(attributes.positive_integer("count"), None);
        assert_eq!(attributes.map("fields"), None);
        assert_eq!(attributes.required_string("name"), None);
        assert_eq!(attributes.string_list("object-ids"), None);
        assert_eq!(attributes.string_list("tags"), None);
        assert_eq!(attributes.prefixed("theme-id", "the"), None);
        assert_eq!(attributes.required_id::<AccountId>("account-id"), None);
        assert_eq!(
            details(&root),
            [
                "data.type must be inquiry",
                "data.attributes.reference_id must be a string",
                "data.attributes.flag must be a boolean",
                "data.attributes.seconds must be greater than 0",
                "data.attributes.count must be an integer",
                "data.attributes.fields must be an object",
                "data.attributes.name is missing",
                "data.attributes.object_ids must be an array",
                "data.attributes.tags.1 must be a string",
                "data.attributes.theme_id must start with the (sent 'theme_1')",
                "data.attributes.account_id is missing",
            ]
        );
    }

    #[test]
    fn ids_need_their_prefix() {
        let body = json!({"inquiry-template-id": "itm_1", "bad": "act_-", "null": null, "list": ["act_1", "x"]});
        let root = Reader::root(&body);
        assert_eq!(root.id::<TemplateId>("inquiry-template-id"), None);
        assert_eq!(root.id::<AccountId>("bad"), None);
        assert_eq!(root.id::<AccountId>("null"), Some(None));
        assert_eq!(root.required_id::<AccountId>("null"), None);
        assert_eq!(root.id_list::<AccountId>("list"), None);
        let refusals = root.finish().unwrap_err();
        let told: Vec<(u16, &str)> = refusals
            .0
            .iter()
            .map(|refusal| (refusal.status(), refusal.details.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            told,
            [
                (
                    400,
                    "inquiry_template_id must start with itmpl (sent 'itm_1')"
                ),
                (404, "bad is not found"),
                (400, "null is missing"),
                (400, "list.1 must start with act (sent 'x')"),
            ]
        );
    }

    #[test]
    fn one_complaint_per_cause() {
        for (body, complaint) in [
            (json!([]), "The request body must be a JSON object"),
            (json!({}), "data is missing"),
            (json!({"data": 1}), "data must be an object"),
            (json!({"data": null}), "data must be an object"),
            (json!({"data": {}}), "data.attributes is missing"),
        ] {
            let root = Reader::root(&body);
            let attributes = root.object("data", true).object("attributes", true);
            assert_eq!(attributes.required_string("name"), None);
            assert_eq!(attributes.required_id::<AccountId>("id"), None);
            assert_eq!(details(&root), [complaint]);
        }
        let body = json!({"meta": null});
        let root = Reader::root(&body);
        root.object("meta", false).required_string("comment");
        assert_eq!(details(&root), ["meta.comment is missing"]);
    }

    #[test]
    fn arrays_of_objects() {
        let body = json!({"meta": {"simulate-actions": [{"type": "a"}, 1]}});
        let root = Reader::root(&body);
        let actions = root
            .object("meta", true)
            .objects("simulate-actions")
            .unwrap();
        assert_eq!(actions[0].string("type").as_deref(), Some("a"));
        assert_eq!(actions[0].string("absent"), None);
        assert_eq!(actions[1].required_string("type"), None);
        assert_eq!(
            actions[0].pointer_of("a/b"),
            "/meta/simulate-actions/0/a~1b"
        );
        assert_eq!(
            details(&root),
            ["meta.simulate_actions.1 must be an object"]
        );
    }

    #[test]
    fn paths_are_snake_and_pointers_kebab() {
        let body = json!({"data": {"attributes": {}}});
        let attributes = Reader::root(&body)
            .object("data", true)
            .object("attributes", true);
        assert_eq!(attributes.path_snake(), "data.attributes");
        assert_eq!(
            attributes.path_of("reference-id"),
            "data.attributes.reference_id"
        );
        assert_eq!(attributes.pointer(), "/data/attributes");
        attributes.unprocessable("reference-id", "is taken");
        let refusals = attributes.finish().unwrap_err();
        assert_eq!(
            refusals.first().and_then(|first| first.pointer.as_deref()),
            Some("/data/attributes/reference-id")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse_json(&bytes, DEEPEST);
        }

        #[test]
        fn text_survives(text in "[^\\x00]{0,24}", key in "[^\\x00]{0,8}") {
            let body = json!({ key: text });
            prop_assert_eq!(parse(&body.to_string()), Ok(body));
        }

        #[test]
        fn depth_is_counted_outside_strings(depth in 1_usize..8, noise in "[\\[\\]{}\"\\\\]{0,8}") {
            let mut value = Value::from(noise);
            for _ in 0..depth {
                value = json!([value]);
            }
            let text = value.to_string();
            prop_assert!(parse_json(text.as_bytes(), depth).is_ok());
            prop_assert!(parse_json(text.as_bytes(), depth - 1).is_err());
        }
    }
}
