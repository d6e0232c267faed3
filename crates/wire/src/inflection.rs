//! Spelling of keys: kebab inside, whatever the caller likes outside.
//!
//! Requests may mix kebab, camel and snake case freely and are turned into kebab by [`normalise`];
//! responses are written in kebab and turned into the caller's spelling by [`inflect`]
//! (conventions §6 → docs/rules/server-api.md). Keys that customers make up (`fields`, recorded headers …)
//! pass both ways untouched.

mod written;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use selfsame_domain::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use written::respell;

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

    /// A key of a document, in this spelling.
    pub(crate) fn spelled(self, key: &str) -> Cow<'_, str> {
        match self {
            Self::Kebab => spell(key, '-', false),
            Self::Snake => spell(key, '_', false),
            Self::Camel => camel(key),
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

/// The key without what spellings differ in, for look-up.
pub(crate) fn squash(key: &str) -> String {
    squashed(key).collect()
}

fn squashed(key: &str) -> impl Iterator<Item = char> {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
}

/// Lower case words with `separator` between them; `split_digits` says whether `street1` is two words.
fn spell(key: &str, separator: char, split_digits: bool) -> Cow<'_, str> {
    let changes = |byte: u8| {
        byte.is_ascii_uppercase()
            || (matches!(byte, b'-' | b'_') && char::from(byte) != separator)
            || (split_digits && byte.is_ascii_digit())
    };
    // Nearly all keys of nearly all documents: nothing to build.
    if !key.bytes().any(changes) {
        return Cow::Borrowed(key);
    }
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
        let stays = |key: &String| matches!(self.spelled(key), Cow::Borrowed(_));
        if members.keys().all(stays) {
            for (key, value) in members.iter_mut() {
                if !self.keeps_content(key, of_account) {
                    self.value(value, is_account && key == "attributes");
                }
            }
            return;
        }
        let before = std::mem::replace(members, Map::with_capacity(members.len()));
        for (key, mut value) in before {
            if !self.keeps_content(&key, of_account) {
                self.value(&mut value, is_account && key == "attributes");
            }
            members.insert(self.key(key), value);
        }
    }

    fn keeps_content(&self, key: &str, of_account: bool) -> bool {
        // Nearly all keys begin with another letter than those below.
        let first = key.bytes().next().unwrap_or_default();
        if !matches!(first | 0x20, b'f' | b'g' | b'p' | b'c' | b'h')
            && !matches!(first, b'-' | b'_')
        {
            return false;
        }
        if same_key(key, "fields") {
            return self.keep_fields || of_account;
        }
        RECORDED.iter().any(|recorded| same_key(key, recorded))
    }

    fn key(&self, key: String) -> String {
        match self.spelled(&key) {
            Cow::Borrowed(_) => key,
            Cow::Owned(spelled) => spelled,
        }
    }

    fn spelled<'k>(&self, key: &'k str) -> Cow<'k, str> {
        self.to.spelled(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// kebab, camel, snake
    const SPELLINGS: [(&str, &str, &str); 9] = [
        ("status", "status", "status"),
        ("reference-id", "referenceId", "reference_id"),
        ("address-street-1", "addressStreet1", "address_street_1"),
        ("street-1", "street1", "street_1"),
        (
            "age-estimated-13-plus",
            "ageEstimated13Plus",
            "age_estimated_13_plus",
        ),
        (
            "social-security-number-last-4",
            "socialSecurityNumberLast4",
            "social_security_number_last_4",
        ),
        (
            "ios-app-attest-team-id",
            "iosAppAttestTeamId",
            "ios_app_attest_team_id",
        ),
        (
            "one-time-link-short",
            "oneTimeLinkShort",
            "one_time_link_short",
        ),
        ("$or", "$or", "$or"),
    ];

    #[test]
    fn each_spelling_turns_into_each_other() {
        for (in_kebab, in_camel, in_snake) in SPELLINGS {
            for sent in [in_kebab, in_camel, in_snake] {
                assert_eq!(kebab(sent), in_kebab);
                assert_eq!(snake(sent), in_snake);
                assert_eq!(camel(sent), in_camel);
                assert!(same_key(sent, in_kebab));
            }
        }
        assert!(!same_key("name-first", "name-last"));
    }

    #[test]
    fn sloppy_spellings_are_understood() {
        assert_eq!(kebab("accountID"), "account-id");
        assert_eq!(kebab("URLPath"), "url-path");
        assert_eq!(kebab("REFERENCE_ID"), "reference-id");
        assert_eq!(kebab("address_streetName"), "address-street-name");
        assert_eq!(camel("Reference-Id"), "referenceId");
        assert_eq!(kebab("größe_maß"), "größe-maß");
        assert_eq!(camel("_private"), "-private");
        assert_eq!(kebab(""), "");
    }

    #[test]
    fn words_of_the_header_are_exact() {
        for inflection in [Inflection::Kebab, Inflection::Camel, Inflection::Snake] {
            assert_eq!(inflection.to_string().parse(), Ok(inflection));
            assert_eq!(json!(inflection), json!(inflection.as_str()));
        }
        for wrong in ["Kebab", "", "kebab ", "pascal"] {
            assert!(wrong.parse::<Inflection>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn request_keys_become_kebab_except_inside_opaque_members() {
        let sent = json!({"data": {"attributes": {
            "inquiryTemplateId": "itmpl_1",
            "reference_id": "a",
            "Fields": {"nameFirst": "x", "name_last": {"aB": 1}},
            "list": [{"aB": 1}],
        }}});
        let normal = json!({"data": {"attributes": {
            "inquiry-template-id": "itmpl_1",
            "reference-id": "a",
            "fields": {"nameFirst": "x", "name_last": {"aB": 1}},
            "list": [{"a-b": 1}],
        }}});
        assert_eq!(normalise(sent, &["fields"]), Ok(normal));
    }

    #[test]
    fn two_spellings_of_one_key_must_agree() {
        let agreeing = json!({"reference-id": "a", "referenceId": "a"});
        assert_eq!(normalise(agreeing, &[]), Ok(json!({"reference-id": "a"})));

        let body = json!({"data": {"attributes": {"reference-id": "a", "referenceId": "b"}}});
        let refusal = normalise(body, &[]).unwrap_err();
        assert_eq!(refusal.status(), 400);
        assert_eq!(
            refusal.details.as_deref(),
            Some(
                "data.attributes has both 'reference-id' and 'referenceId', with different values"
            )
        );
        assert!(normalise(json!({"a-b": 1, "a_b": 2}), &[]).is_err());
        let inside = json!({"fields": {"a-b": 1, "a_b": 2}});
        assert_eq!(normalise(inside.clone(), &["fields"]), Ok(inside));
    }

    fn document(resource_type: &str) -> Value {
        json!({
            "data": {
                "type": resource_type,
                "id": "x_1",
                "attributes": {
                    "created-at": "now",
                    "fields": {"name-first": {"type": "string", "the-value": 1}},
                },
                "relationships": {"inquiry-template": {"data": null}},
            },
            "meta": {"session-token": null},
        })
    }

    #[test]
    fn responses_are_spelled_as_asked_and_fields_are_not() {
        let mut inquiry = document("inquiry");
        inflect(&mut inquiry, Inflection::Camel, true);
        assert_eq!(
            inquiry,
            json!({
                "data": {
                    "type": "inquiry",
                    "id": "x_1",
                    "attributes": {
                        "createdAt": "now",
                        "fields": {"name-first": {"type": "string", "the-value": 1}},
                    },
                    "relationships": {"inquiryTemplate": {"data": null}},
                },
                "meta": {"sessionToken": null},
            })
        );
    }

    #[test]
    fn old_versions_spell_inquiry_fields_but_never_account_fields() {
        let mut inquiry = document("inquiry");
        inflect(&mut inquiry, Inflection::Snake, false);
        let fields = inquiry.pointer("/data/attributes/fields");
        assert_eq!(
            fields,
            Some(&json!({"name_first": {"type": "string", "the_value": 1}}))
        );

        let mut account = document("account");
        account["data"]["others"] = json!({"fields": {"a-b": 1}});
        inflect(&mut account, Inflection::Snake, false);
        let fields = account.pointer("/data/attributes/fields");
        assert_eq!(
            fields,
            Some(&json!({"name-first": {"type": "string", "the-value": 1}}))
        );
        assert_eq!(
            account.pointer("/data/attributes/created_at"),
            Some(&json!("now"))
        );
        assert_eq!(account["data"]["others"], json!({"fields": {"a_b": 1}}));
    }

    #[test]
    fn recorded_members_stay_and_type_values_and_event_names_too() {
        let mut event = json!({"data": {"type": "inquiry-session", "attributes": {
            "name": "inquiry-session.started",
            "payload": {"data": {"type": "inquiry-session", "attributes": {"started-at": 1}}},
            "request": {"headers": {"User-Agent": "x"}, "get-params": {"page-size": 1}},
            "post-params": {"reference-id": 1},
            "payload-filter": {"data": {"reference-id": 1}},
            "custom-http-headers": {"X-A": 1},
        }}});
        inflect(&mut event, Inflection::Snake, true);
        assert_eq!(
            event,
            json!({"data": {"type": "inquiry-session", "attributes": {
                "name": "inquiry-session.started",
                "payload": {"data": {"type": "inquiry-session", "attributes": {"started_at": 1}}},
                "request": {"headers": {"User-Agent": "x"}, "get_params": {"page-size": 1}},
                "post_params": {"reference-id": 1},
                "payload_filter": {"data": {"reference-id": 1}},
                "custom_http_headers": {"X-A": 1},
            }}})
        );
    }

    #[test]
    fn kebab_output_leaves_kebab_documents_alone_and_keeps_order() {
        let before = document("inquiry").to_string();
        let mut after = document("inquiry");
        inflect(&mut after, Inflection::Kebab, true);
        assert_eq!(after.to_string(), before);
    }

    /// Keys as the API has them: words, and numbers only between or after words.
    fn api_key() -> impl Strategy<Value = String> {
        "[a-z]{2,8}(-[0-9]{1,2}(-[a-z]{2,8})?|-[a-z]{2,8}){0,3}".prop_filter(
            "two numbers in a row run together in camel case",
            |key| {
                let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
                let words: Vec<&str> = key.split('-').collect();
                !words
                    .windows(2)
                    .any(|pair| is_number(pair[0]) && is_number(pair[1]))
            },
        )
    }

    fn api_document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((api_key(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn api_keys_survive_every_spelling(key in api_key()) {
            for spelled in [kebab(&key), camel(&key), snake(&key)] {
                prop_assert_eq!(kebab(&spelled), key.as_str());
                prop_assert!(same_key(&spelled, &key));
            }
        }

        #[test]
        fn spelling_twice_changes_nothing(key in "\\PC{0,12}") {
            let once = kebab(&key);
            prop_assert_eq!(kebab(&once), once.as_ref());
            prop_assert!(same_key(&once, &key));
        }

        #[test]
        fn what_was_inflected_normalises_back(document in api_document()) {
            for to in [Inflection::Kebab, Inflection::Camel, Inflection::Snake] {
                let mut sent = document.clone();
                inflect(&mut sent, to, true);
                prop_assert_eq!(normalise(sent, &[]).unwrap(), document.clone());
            }
        }
    }
}
