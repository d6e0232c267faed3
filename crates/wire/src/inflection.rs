//! Spelling of keys: kebab inside, whatever the caller likes outside.
//!
//! Requests may mix kebab, camel and snake case freely and are turned into kebab by [`normalise`];
//! responses are written in kebab and turned into the caller's spelling by [`inflect`]
//! (conventions §6 → docs/rules/server-api.md). Keys that customers make up (`fields`, recorded headers …)
//! pass both ways untouched.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use selfsame_domain::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Members whose content is written by customers or recorded from elsewhere, so its keys stay as they are.
const RECORDED: [&str; 5] = [
    "get-params",
    "post-params",
    "payload-filter",
    "custom-http-headers",
    "headers",
];

/// The three spellings of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inflection {
    /// `name-first`
    #[default]
    Kebab,
    /// `nameFirst`
    Camel,
    /// `name_first`
    Snake,
}

impl Inflection {
    /// The word used in headers and on API keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kebab => "kebab",
            Self::Camel => "camel",
            Self::Snake => "snake",
        }
    }
}

impl fmt::Display for Inflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Inflection {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        match word {
            "kebab" => Ok(Self::Kebab),
            "camel" => Ok(Self::Camel),
            "snake" => Ok(Self::Snake),
            _ => Err(Refusal::malformed(
                "Key-Inflection must be kebab, camel or snake",
            )),
        }
    }
}

/// The kebab spelling of a key in any of the three: `addressStreet1` → `address-street-1`.
///
/// A digit starts a word only in a key without separators, where there is no other sign of one.
pub fn kebab(key: &str) -> Cow<'_, str> {
    let has_separator = key.contains(['-', '_']);
    spell(key, '-', !has_separator)
}

/// The snake spelling of a key in any of the three: `addressStreet1` → `address_street_1`.
pub fn snake(key: &str) -> Cow<'_, str> {
    let has_separator = key.contains(['-', '_']);
    spell(key, '_', !has_separator)
}

/// The camel spelling of a key in any of the three: `address-street-1` → `addressStreet1`.
pub fn camel(key: &str) -> Cow<'_, str> {
    let upper_first = key.starts_with(|first: char| first.is_ascii_uppercase());
    if !upper_first && !key.contains(['-', '_']) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(join_camel(&spell(key, '-', false)))
}

/// Whether two keys are the same name, whatever their spelling.
pub fn same_key(left: &str, right: &str) -> bool {
    squashed(left).eq(squashed(right))
}

fn squashed(key: &str) -> impl Iterator<Item = char> {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
}

/// Lower case words with `separator` between them; `split_digits` says whether `street1` is two words.
fn spell(key: &str, separator: char, split_digits: bool) -> Cow<'_, str> {
    let mut out = String::with_capacity(key.len() + 4);
    let mut previous: Option<char> = None;
    let mut rest = key.chars().peekable();
    while let Some(c) = rest.next() {
        if matches!(c, '-' | '_') {
            out.push(separator);
        } else {
            if starts_word(previous, c, rest.peek().copied(), split_digits) {
                out.push(separator);
            }
            out.push(c.to_ascii_lowercase());
        }
        previous = Some(c);
    }
    if out == key {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(out)
    }
}

fn starts_word(previous: Option<char>, c: char, next: Option<char>, split_digits: bool) -> bool {
    let Some(previous) = previous else {
        return false;
    };
    if c.is_ascii_uppercase() {
        let after_word = previous.is_ascii_lowercase() || previous.is_ascii_digit();
        let ends_acronym =
            previous.is_ascii_uppercase() && next.is_some_and(|next| next.is_ascii_lowercase());
        after_word || ends_acronym
    } else {
        split_digits && c.is_ascii_digit() && previous.is_ascii_alphabetic()
    }
}

fn join_camel(kebab: &str) -> String {
    let mut out = String::with_capacity(kebab.len());
    let mut inside = false;
    let mut rest = kebab.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(next) if c == '-' && inside && next.is_ascii_alphanumeric() => {
                out.push(next.to_ascii_uppercase());
                rest.next();
            }
            _ => out.push(c),
        }
        inside |= c != '-';
    }
    out
}

/// Turns the keys of a request body into kebab, at every depth except below the members named in `opaque`
/// (in kebab): their own name is turned, their content is not.
///
/// Two spellings of one key in one object are fine if they carry the same value; otherwise the request
/// contradicts itself.
pub fn normalise(value: Value, opaque: &[&str]) -> Result<Value, Refusal> {
    normalise_at(value, opaque, &mut Vec::new())
}

fn normalise_at(value: Value, opaque: &[&str], path: &mut Vec<String>) -> Result<Value, Refusal> {
    match value {
        Value::Object(members) => normalise_object(members, opaque, path).map(Value::Object),
        Value::Array(items) => items
            .into_iter()
            .map(|item| normalise_at(item, opaque, path))
            .collect(),
        scalar => Ok(scalar),
    }
}

fn normalise_object(
    members: Map<String, Value>,
    opaque: &[&str],
    path: &mut Vec<String>,
) -> Result<Map<String, Value>, Refusal> {
    let mut out = Map::with_capacity(members.len());
    let mut sent: Vec<String> = Vec::with_capacity(members.len());
    for (key, value) in members {
        let name = kebab(&key).into_owned();
        path.push(snake(&key).into_owned());
        let value = if opaque.contains(&name.as_str()) {
            value
        } else {
            normalise_at(value, opaque, path)?
        };
        path.pop();
        match out.get(&name) {
            Some(earlier) if *earlier != value => return Err(contradiction(path, &sent, &key)),
            Some(_) => {}
            None => {
                out.insert(name, value);
            }
        }
        sent.push(key);
    }
    Ok(out)
}

fn contradiction(path: &[String], sent: &[String], key: &str) -> Refusal {
    let name = kebab(key);
    let earlier = sent
        .iter()
        .find(|earlier| kebab(earlier) == name)
        .map_or("", String::as_str);
    let place = match path {
        [] => "The request body".to_owned(),
        path => path.join("."),
    };
    Refusal::malformed(format!(
        "{place} has both '{earlier}' and '{key}', with different values"
    ))
}

/// Turns the keys of a response document, written in kebab, into the caller's spelling.
///
/// `keep_fields` is true for versions from 2025-10-27 on, where the content of every `fields` is left
/// alone; before, only that of accounts is. `type` values and event names are values, so they never change.
pub fn inflect(document: &mut Value, to: Inflection, keep_fields: bool) {
    let walk = Walk { to, keep_fields };
    walk.value(document, false);
}

struct Walk {
    to: Inflection,
    keep_fields: bool,
}

impl Walk {
    /// `of_account`: the value is the `attributes` of an account.
    fn value(&self, value: &mut Value, of_account: bool) {
        match value {
            Value::Object(members) => self.object(members, of_account),
            Value::Array(items) => {
                for item in items {
                    self.value(item, false);
                }
            }
            _ => {}
        }
    }

    fn object(&self, members: &mut Map<String, Value>, of_account: bool) {
        let is_account = members.get("type").and_then(Value::as_str) == Some("account");
        let before = std::mem::replace(members, Map::with_capacity(members.len()));
        for (key, mut value) in before {
            if !self.keeps_content(&key, of_account) {
                self.value(&mut value, is_account && key == "attributes");
            }
            members.insert(self.key(key), value);
        }
    }

    fn keeps_content(&self, key: &str, of_account: bool) -> bool {
        if same_key(key, "fields") {
            return self.keep_fields || of_account;
        }
        RECORDED.iter().any(|recorded| same_key(key, recorded))
    }

    fn key(&self, key: String) -> String {
        let spelled = match self.to {
            Inflection::Kebab => spell(&key, '-', false),
            Inflection::Snake => spell(&key, '_', false),
            Inflection::Camel => camel(&key),
        };
        match spelled {
            Cow::Borrowed(_) => key,
            Cow::Owned(spelled) => spelled,
        }
    }
}
