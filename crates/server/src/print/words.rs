//! Attributes in words: what a person reads on paper.

use serde_json::{Map, Value};

/// `inquiry-session` and `verification/government-id` as headings.
pub fn kind(kind: &str) -> String {
    let words: Vec<_> = kind
        .split('/')
        .rev()
        .map(|part| part.replace('-', " "))
        .collect();
    sentence(&words.join(" "))
}

/// `name-first` and `name_first`: `Name first`.
fn label(key: &str) -> String {
    sentence(&key.replace(['-', '_'], " "))
}

fn sentence(words: &str) -> String {
    let words: Vec<_> = words
        .split(' ')
        .map(|word| if word == "id" { "ID" } else { word })
        .collect();
    let words = words.join(" ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Every attribute that says something, in the order of the document; what is nested is spread out.
pub fn rows(attributes: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if let Value::Object(members) = attributes {
        spread(&mut rows, "", members);
    }
    rows
}

fn spread(rows: &mut Vec<(String, String)>, above: &str, members: &Map<String, Value>) {
    let said_otherwise = |key: &str| {
        // Photos are drawn, and times are told as such.
        key == "url" || key.ends_with("-url") || key.ends_with("-urls") || key.ends_with("-ts")
    };
    for (key, value) in members.iter().filter(|(key, _)| !said_otherwise(key)) {
        let name = if above.is_empty() {
            label(key)
        } else {
            format!("{above}: {}", label(key).to_lowercase())
        };
        put(rows, name, unwrap(value));
    }
}

fn put(rows: &mut Vec<(String, String)>, name: String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(truth) => rows.push((name, if *truth { "yes" } else { "no" }.to_owned())),
        Value::Number(number) => rows.push((name, number.to_string())),
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => rows.push((name, text.clone())),
        Value::Array(items) => list(rows, name, items),
        Value::Object(members) => {
            let name = if name == "Fields" { "" } else { &name };
            spread(rows, name, members);
        }
    }
}

/// Words in one row, objects each in its own.
fn list(rows: &mut Vec<(String, String)>, name: String, items: &[Value]) {
    let plain: Vec<_> = items
        .iter()
        .filter_map(|item| match unwrap(item) {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    if !plain.is_empty() {
        rows.push((name.clone(), plain.join(", ")));
    }
    for (number, item) in items.iter().enumerate() {
        if let Value::Object(members) = unwrap(item) {
            match check(members) {
                Some((name, result)) => rows.push((name, result)),
                None => spread(rows, &format!("{name} {}", number + 1), members),
            }
        }
    }
}

/// A check of a verification reads better in one line.
fn check(members: &Map<String, Value>) -> Option<(String, String)> {
    let text = |key: &str| members.get(key).and_then(Value::as_str);
    let (name, status) = (text("name")?, text("status")?);
    let reasons = members.get("reasons").and_then(Value::as_array);
    let reasons: Vec<_> = reasons
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|reason| reason.replace('_', " "))
        .collect();
    let result = if reasons.is_empty() {
        status.replace('_', " ")
    } else {
        format!("{}: {}", status.replace('_', " "), reasons.join(", "))
    };
    Some((
        format!("Check: {}", sentence(&name.replace('_', " "))),
        result,
    ))
}

/// A field's `{type, value}`: its value.
fn unwrap(value: &Value) -> &Value {
    match value {
        Value::Object(members) if members.len() == 2 && members.contains_key("type") => {
            members.get("value").unwrap_or(value)
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_and_keys_become_words() {
        assert_eq!(kind("inquiry-session"), "Inquiry session");
        assert_eq!(
            kind("verification/government-id"),
            "Government ID verification"
        );
        assert_eq!(label("name-first"), "Name first");
    }

    #[test]
    fn what_says_something_is_a_row() {
        let attributes = json!({
            "status": "completed", "note": null, "created-at-ts": 7, "front-photo-url": "x", "tags": ["vip", "eu"], "is-proxy": false, "behaviors": {},
            "fields": {
                "name_first": {"type": "string", "value": "Ada"},
                "address": {"type": "hash", "value": {"city": {"type": "string", "value": "London"}}},
            },
            "checks": [{"name": "id_expired_detection", "status": "failed", "reasons": ["expired_id"]}],
        });
        let mut told: Vec<_> = rows(&attributes)
            .into_iter()
            .map(|(label, value)| format!("{label} = {value}"))
            .collect();
        told.sort();
        assert_eq!(
            told,
            [
                "Address: city = London",
                "Check: ID expired detection = failed: expired id",
                "Is proxy = no",
                "Name first = Ada",
                "Status = completed",
                "Tags = vip, eu",
            ]
        );
    }
}
