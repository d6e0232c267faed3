//! What is kept of the parameters of a request (L6–L9): their names and their structure, and of the values only those
//! that cannot be personal or secret. What is never written need not be redacted later.

use selfsame_domain::field::dash_case;
use selfsame_domain::reference_id::MAX_CHARACTERS;
use serde_json::{Map, Value, json};

use crate::body::{DEEPEST, parse_json};
use crate::query::Query;

const FILTERED: &str = "[FILTERED]";
/// Of a body larger than this nothing is kept, in bytes; and no more of one is kept than this, masked.
pub const LARGEST_BODY: usize = 65_536;
const LARGEST_PARAMS: usize = 8192;
/// Masked, what was sent takes so many times as much at most: `a&` becomes `"a":"[FILTERED]",`.
const MOST_GROWTH: usize = 16;
const LONGEST_NAME: usize = 100;
const LONGEST_WORD: usize = 100;

/// Names of objects whose members are the customer's own, whatever they are called.
const MADE_UP: [&str; 3] = ["fields", "custom-http-headers", "payload-filter"];

/// Names whose values say how something is asked for, and nothing of anybody.
const PLAIN: [&str; 17] = [
    "type",
    "status",
    "account-status",
    "include",
    "size",
    "after",
    "before",
    "upsert-by",
    "api-version",
    "api-key-inflection",
    "permissions",
    "created-at-start",
    "created-at-end",
    "event-name",
    "outcome",
    "initial-step-name",
    "template-version",
];

/// The path of a request to an operation: what stands in the place of an id and is none is not kept.
pub fn path(template: &str, sent: &str) -> String {
    let mut wanted = template.rsplit('/');
    let kept: Vec<&str> = sent
        .trim_end_matches('/')
        .rsplit('/')
        .map(|segment| {
            let is_place = wanted.next().is_some_and(|known| known.starts_with('{'));
            if is_place && !is_id(segment) {
                FILTERED
            } else {
                segment
            }
        })
        .collect();
    kept.into_iter().rev().collect::<Vec<_>>().join("/")
}

/// Of a query string; one that cannot be read is empty.
pub fn get_params(query: &str) -> Value {
    let mut params = Map::new();
    if query.is_empty() {
        return params.into();
    }
    let Ok(parsed) = Query::parse(query) else {
        return params.into();
    };
    for (name, value) in parsed.pairs() {
        let segments: Vec<&str> = name
            .split(['[', ']'])
            .filter(|segment| !segment.is_empty())
            .collect();
        let Some((last, above)) = segments.split_last() else {
            continue;
        };
        let is_fieldset = above.first() == Some(&"fields");
        let kept = if is_fieldset {
            word(value)
        } else {
            text(last, value)
        };
        put(&mut params, above, last, kept);
    }
    bounded(params.into(), query.len())
}

fn put(params: &mut Map<String, Value>, above: &[&str], last: &str, kept: Value) {
    let mut inner = params;
    for segment in above {
        let next = inner.entry(name(segment)).or_insert_with(|| json!({}));
        let Value::Object(next) = next else {
            return;
        };
        inner = next;
    }
    inner.insert(name(last), kept);
}

/// Of a body; one that is no JSON object, or too large, is told of and not kept.
pub fn post_params(body: &[u8]) -> Value {
    if body.is_empty() || body.len() > LARGEST_BODY {
        return json!({});
    }
    match parse_json(body, DEEPEST) {
        Ok(Value::Object(members)) => bounded(object(&members, false), body.len()),
        _ => json!({}),
    }
}

/// `sent`: how many bytes they were.
fn bounded(params: Value, sent: usize) -> Value {
    let may_be_large = sent > LARGEST_PARAMS / MOST_GROWTH;
    if may_be_large && params.to_string().len() > LARGEST_PARAMS {
        return json!({});
    }
    params
}

/// `is_data`: somewhere above is one of [`MADE_UP`].
fn object(members: &Map<String, Value>, is_data: bool) -> Value {
    let masked = members.iter().map(|(key, value)| {
        let below = is_data || MADE_UP.contains(&dash_case(key).as_str());
        (name(key), masked(key, value, below))
    });
    Value::Object(masked.collect())
}

fn masked(key: &str, value: &Value, is_data: bool) -> Value {
    match value {
        Value::Object(members) => object(members, is_data),
        Value::Array(items) => items
            .iter()
            .map(|item| masked(key, item, is_data))
            .collect(),
        Value::Null => Value::Null,
        Value::Bool(_) if !is_data => value.clone(),
        Value::Number(_) if !is_data && is_amount(key) => value.clone(),
        Value::String(text) if !is_data => self::text(key, text),
        _ => FILTERED.into(),
    }
}

fn is_amount(key: &str) -> bool {
    let key = dash_case(key);
    key.ends_with("-seconds") || key.ends_with("-expires-in")
}

fn text(key: &str, value: &str) -> Value {
    let key = dash_case(key);
    if key == "reference-id" || key.ends_with("-reference-id") {
        let is_one = value.chars().count() <= MAX_CHARACTERS;
        return if is_one {
            value.into()
        } else {
            FILTERED.into()
        };
    }
    if key.ends_with("-id") || key.ends_with("-ids") || key == "id" {
        let are_ids = value.split(',').all(is_id);
        return if are_ids {
            value.into()
        } else {
            FILTERED.into()
        };
    }
    if PLAIN.contains(&key.as_str()) {
        return word(value);
    }
    FILTERED.into()
}

/// `act_…`: letters, an underscore, letters and digits.
fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text.split_once('_').is_some_and(|(prefix, tail)| {
            prefix.bytes().all(|byte| byte.is_ascii_lowercase())
                && tail.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// What a program would write, and no text of a person's.
fn word(value: &str) -> Value {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,:*".contains(&byte);
    if value.len() <= LONGEST_WORD && value.bytes().all(plain) {
        return value.into();
    }
    FILTERED.into()
}

/// A name that is none of a program's is not kept either.
fn name(key: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_./".contains(character);
    if key.len() <= LONGEST_NAME && key.chars().all(plain) {
        return key.to_owned();
    }
    FILTERED.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn post(body: &Value) -> Value {
        post_params(body.to_string().as_bytes())
    }

    #[test]
    fn l6_w28_headers_and_filters_of_webhooks_keep_their_names_alone() {
        let body = json!({"data": {"attributes": {
            "customHttpHeaders": {"Authorization": "hush", "X-Reference-Id": "hush", "Api-Version": "hush", "x-id": "key_hush"},
            "payload-filter": {"data": {"attributes": {"reference-id": "hush", "status": "hush", "score": 7}}},
            "url": "https://example.com/?token=hush",
        }}});
        let kept = post(&body);
        assert!(!kept.to_string().contains("hush"), "{kept}");
        let attributes = &kept["data"]["attributes"];
        assert_eq!(attributes["customHttpHeaders"]["X-Reference-Id"], FILTERED);
        assert_eq!(
            attributes["payload-filter"]["data"]["attributes"]["score"],
            FILTERED
        );
    }

    #[test]
    fn l6_structure_ids_and_reference_ids_stay_and_what_is_personal_does_not() {
        let body = json!({
            "data": {"attributes": {
                "inquiry-template-id": "itmpl_1", "referenceId": "user 8842", "name-first": "Ada", "note": "met her",
                "fields": {"national-id": "id_1", "age": 37, "adult": true, "names": ["Ada"], "type": "x", "empty": null},
                "tags": ["vip"], "account-id": "ada@example.com",
                "file": {"data": "Y29udGVudHM=", "filename": "ada.csv"},
            }},
            "meta": {"auto-create-account": true, "expires-in-seconds": 60, "auto-create-account-reference-id": "User-1"},
        });
        let wanted = json!({
            "data": {"attributes": {
                "inquiry-template-id": "itmpl_1", "referenceId": "user 8842", "name-first": FILTERED, "note": FILTERED,
                "fields": {
                    "national-id": FILTERED, "age": FILTERED, "adult": FILTERED, "names": [FILTERED], "type": FILTERED,
                    "empty": null,
                },
                "tags": [FILTERED], "account-id": FILTERED,
                "file": {"data": FILTERED, "filename": FILTERED},
            }},
            "meta": {"auto-create-account": true, "expires-in-seconds": 60, "auto-create-account-reference-id": "User-1"},
        });
        assert_eq!(post(&body), wanted);
    }

    #[test]
    fn l6_a_path_keeps_its_ids_and_nothing_in_their_places() {
        let template = "/accounts/{account-id}/add-tag";
        let kept = |id: &str| path(template, &format!("/api/v1/accounts/{id}/add-tag/"));
        assert_eq!(kept("act_1"), "/api/v1/accounts/act_1/add-tag");
        assert_eq!(
            kept("ada@example.com"),
            "/api/v1/accounts/[FILTERED]/add-tag"
        );
        assert_eq!(path("/accounts", "/api/v1/accounts"), "/api/v1/accounts");
    }

    #[test]
    fn l7_a_query_is_told_as_an_object() {
        let query = "filter[reference-id]=user-8842&filter%5Bstatus%5D=created,pending&page[size]=5&include=account\
                     &fields[account]=tags&filter[note]=met+her&filter[created-at-start]=2026-02-03T10:15:00Z";
        let wanted = json!({
            "filter": {
                "reference-id": "user-8842", "status": "created,pending", "note": FILTERED,
                "created-at-start": "2026-02-03T10:15:00Z",
            },
            "page": {"size": "5"}, "include": "account", "fields": {"account": "tags"},
        });
        assert_eq!(get_params(query), wanted);
        assert_eq!(get_params(""), json!({}));
        assert_eq!(get_params("a[b]=1&a=2&a[b][c]=3"), json!({"a": FILTERED}));
    }

    #[test]
    fn l9_what_is_large_or_no_object_is_not_kept() {
        assert_eq!(post_params(b"[1]"), json!({}));
        assert_eq!(post_params(b"{"), json!({}));
        assert_eq!(post_params(b""), json!({}));
        let many: Map<String, Value> = (0..1000)
            .map(|n| (format!("key-{n}"), json!("x")))
            .collect();
        assert_eq!(post(&many.into()), json!({}));
        assert_eq!(
            post(&json!({"reference-id": "x".repeat(256)})),
            json!({"reference-id": FILTERED})
        );
        assert_eq!(
            post(&json!({"Ada Lovelace": 1})),
            json!({FILTERED: FILTERED})
        );
    }

    proptest! {
        #[test]
        fn l6_no_text_without_a_name_of_its_own_gets_through(
            key in "[a-z]{1,8}(-[a-z]{1,8})?", value in "[A-Z][a-z]{2,12} [A-Z][a-z]{2,12}",
        ) {
            prop_assume!(key != "reference-id");
            let kept = post(&json!({"data": {"attributes": {&key: &value, "fields": {&key: &value}}}})).to_string();
            prop_assert!(!kept.contains(&value), "{}", kept);
        }

        #[test]
        fn l9_what_is_masked_grows_by_no_more_than_is_reckoned_with(
            query in "([a-z~\"%]{0,3}(\\[[a-z~]{0,2}\\]){0,2}=?[a-z\"]{0,2}&){1,40}", body in "\\{\"[a-z~]\":(\\[(1,){0,30}1\\]|\"[a-z]{0,3}\"|1)\\}",
        ) {
            let (got, posted) = (get_params(&query), post_params(body.as_bytes()));
            prop_assert!(got.to_string().len() <= MOST_GROWTH * query.len(), "{query}: {got}");
            prop_assert!(posted.to_string().len() <= MOST_GROWTH * body.len(), "{body}: {posted}");
        }
    }
}
