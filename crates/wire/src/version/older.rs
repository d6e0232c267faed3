//! Documents as callers of older versions know them: one small step a change, newest first (C72–C82).

use selfsame_domain::account::FLAT_ATTRIBUTES;
use serde_json::{Map, Value, json};

use super::ApiVersion;

type Step = fn(&mut Value);

/// What changed for documents with a version, undone for those who ask for an earlier one.
const STEPS: &[(ApiVersion, Step)] = &[
    (ApiVersion::V2025_10_27, flat_personal_data),
    (ApiVersion::V2021_08_18, browser_fingerprint),
    (ApiVersion::V2021_08_18, extraction_results),
    (ApiVersion::V2021_07_05, reviewer),
    (ApiVersion::V2021_02_21, numbers_of_inquiries),
    (ApiVersion::V2021_02_21, numbers_of_government_ids),
];

/// The personal attributes of an inquiry outside `fields`; each is a field of the same name, if the template has it.
pub(crate) const FLAT_OF_INQUIRY: [&str; 13] = [
    "name-first",
    "name-middle",
    "name-last",
    "birthdate",
    "phone-number",
    "email-address",
    "social-security-number",
    "address-street-1",
    "address-street-2",
    "address-city",
    "address-subdivision",
    "address-postal-code",
    "identification-number",
];

/// Whether a document in the newest shape is any different in `version`.
pub(super) fn converts(version: ApiVersion) -> bool {
    STEPS.iter().any(|(since, _)| version < *since)
}

/// Turns a document in the newest shape into that of `version`: its data, what it includes, and what its events tell.
pub(super) fn convert(document: &mut Value, version: ApiVersion) {
    let due = STEPS.iter().filter(|(since, _)| version < *since);
    let steps: Vec<Step> = due.map(|(_, step)| *step).collect();
    if steps.is_empty() {
        return;
    }
    for member in ["data", "included"] {
        match document.get_mut(member) {
            Some(Value::Array(objects)) => {
                for object in objects {
                    each(object, &steps);
                }
            }
            Some(object) => each(object, &steps),
            None => {}
        }
    }
}

fn each(object: &mut Value, steps: &[Step]) {
    if kind(object) == "event" {
        if let Some(told) = object.pointer_mut("/attributes/payload/data") {
            each(told, steps);
        }
        return;
    }
    for step in steps {
        step(object);
    }
}

fn kind(object: &Value) -> &str {
    object["type"].as_str().unwrap_or_default()
}

fn attributes(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("attributes").and_then(Value::as_object_mut)
}

/// C79, C82: personal data of accounts and inquiries is also found outside `fields`.
fn flat_personal_data(object: &mut Value) {
    let flat = match kind(object) {
        "account" => flat_of_account(&object["attributes"]["fields"]),
        "inquiry" => flat_of_inquiry(&object["attributes"]["fields"]),
        _ => return,
    };
    if let Some(attributes) = attributes(object) {
        for (name, value) in flat {
            attributes.entry(name).or_insert(value);
        }
    }
}

fn flat_of_account(fields: &Value) -> Vec<(String, Value)> {
    let mut flat: Vec<(String, Value)> = FLAT_ATTRIBUTES
        .iter()
        .map(|(name, field, member)| {
            let value = match member {
                Some(member) => &fields[field]["value"][member]["value"],
                None => &fields[field]["value"],
            };
            ((*name).to_owned(), value.clone())
        })
        .collect();
    flat.push((
        "identification-numbers".into(),
        identification_numbers(&fields["identification_numbers"]["value"]),
    ));
    flat
}

/// By class, as older versions list them: `{"dl": [{…}]}`.
fn identification_numbers(numbers: &Value) -> Value {
    let mut by_class = Map::new();
    for number in numbers.as_array().into_iter().flatten() {
        let number = number.get("value").unwrap_or(number);
        let member = |name: &str| {
            let member = &number[name];
            member.get("value").unwrap_or(member).clone()
        };
        let class = member("identification_class");
        let shown = json!({
            "issuing-country": member("issuing_country"),
            "identification-class": class,
            "identification-number": member("identification_number"),
        });
        if let Value::Array(of_class) = by_class
            .entry(class.as_str().unwrap_or("unknown"))
            .or_insert_with(|| json!([]))
        {
            of_class.push(shown);
        }
    }
    by_class.into()
}

fn flat_of_inquiry(fields: &Value) -> Vec<(String, Value)> {
    let values = FLAT_OF_INQUIRY
        .iter()
        .map(|name| ((*name).to_owned(), fields[name]["value"].clone()));
    // Nothing here abbreviates an address.
    let abbreviations = ["address-subdivision-abbr", "address-postal-code-abbr"]
        .map(|name| (name.to_owned(), Value::Null));
    values.chain(abbreviations).collect()
}

/// C75: a session tells of its browser itself. Nothing here takes fingerprints.
fn browser_fingerprint(object: &mut Value) {
    if kind(object) == "inquiry-session"
        && let Some(attributes) = attributes(object)
    {
        attributes.insert("browser-fingerprint".into(), Value::Null);
    }
}

/// C75: what was read from a generic document has another name.
fn extraction_results(object: &mut Value) {
    if kind(object) == "document/generic"
        && let Some(attributes) = attributes(object)
    {
        attributes.insert("extraction-results".into(), json!({}));
    }
}

/// C74: the reviewer is an attribute, and its kind another.
fn reviewer(object: &mut Value) {
    if kind(object) != "inquiry" {
        return;
    }
    let relation = object
        .get_mut("relationships")
        .and_then(Value::as_object_mut)
        .and_then(|relationships| relationships.shift_remove("reviewer"));
    let data = relation.map_or(Value::Null, |relation| relation["data"].clone());
    if let Some(attributes) = attributes(object) {
        attributes.insert("reviewer".into(), data["id"].clone());
        attributes.insert("reviewer-type".into(), data["type"].clone());
    }
}

/// C72: numbers of a driver's license and of a passport have attributes of their own.
fn numbers_of_inquiries(object: &mut Value) {
    if kind(object) != "inquiry" {
        return;
    }
    let fields = &object["attributes"]["fields"];
    let class = fields["identification-class"]["value"].clone();
    let number = fields["identification-number"]["value"].clone();
    insert_numbers(object, &class, &number);
}

/// C72.
fn numbers_of_government_ids(object: &mut Value) {
    if kind(object) != "verification/government-id" {
        return;
    }
    let class = object["attributes"]["id-class"].clone();
    let number = object["attributes"]["identification-number"].clone();
    insert_numbers(object, &class, &number);
}

fn insert_numbers(object: &mut Value, class: &Value, number: &Value) {
    if let Some(attributes) = attributes(object) {
        for (name, of_class) in [("driver-license-number", "dl"), ("passport-number", "pp")] {
            let is_it = class.as_str() == Some(of_class);
            let value = if is_it { number.clone() } else { Value::Null };
            attributes.insert(name.into(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(object: Value, version: ApiVersion) -> Value {
        let mut document = json!({"data": object});
        convert(&mut document, version);
        document["data"].take()
    }

    fn inquiry() -> Value {
        json!({
            "type": "inquiry",
            "id": "inq_1",
            "attributes": {"status": "created", "fields": {
                "name-first": {"type": "string", "value": "Ada"},
                "identification-class": {"type": "string", "value": "pp"},
                "identification-number": {"type": "string", "value": "P1"},
            }},
            "relationships": {"reviewer": {"data": {"type": "user", "id": "user_1"}}},
        })
    }

    #[test]
    fn the_newest_shapes_stay_as_they_are() {
        for version in [
            ApiVersion::V2025_10_27,
            ApiVersion::V2025_12_08,
            ApiVersion::V2026_09_29,
        ] {
            assert_eq!(converted(inquiry(), version), inquiry());
        }
    }

    #[test]
    fn each_change_of_an_inquiry_is_undone_for_versions_before_it_only() {
        let shape = |version| {
            let object = converted(inquiry(), version);
            let has = |pointer: &str| object.pointer(pointer).is_some();
            (
                has("/attributes/name-first"),
                has("/attributes/reviewer-type"),
                has("/relationships/reviewer"),
                has("/attributes/passport-number"),
            )
        };
        assert_eq!(shape(ApiVersion::V2025_10_27), (false, false, true, false));
        assert_eq!(shape(ApiVersion::V2023_01_05), (true, false, true, false));
        assert_eq!(shape(ApiVersion::V2021_07_05), (true, false, true, false));
        assert_eq!(shape(ApiVersion::V2021_05_14), (true, true, false, false));
        assert_eq!(shape(ApiVersion::V2020_05_18), (true, true, false, true));
        let oldest = converted(inquiry(), ApiVersion::V2020_05_18);
        let attributes = &oldest["attributes"];
        assert_eq!(attributes["name-first"], "Ada");
        assert_eq!(attributes["name-last"], Value::Null);
        assert_eq!(
            (&attributes["reviewer"], &attributes["reviewer-type"]),
            (&json!("user_1"), &json!("user"))
        );
        assert_eq!(attributes["passport-number"], "P1");
        assert_eq!(attributes["driver-license-number"], Value::Null);
    }

    #[test]
    fn an_accounts_hashes_and_numbers_are_flat_for_old_versions() {
        let account = json!({"type": "account", "id": "act_1", "attributes": {"fields": {
            "name": {"type": "hash", "value": {"first": {"type": "string", "value": "Ada"}}},
            "phone_number": {"type": "string", "value": "+1"},
            "identification_numbers": {"type": "array", "value": [{"type": "hash", "value": {
                "identification_class": {"type": "string", "value": "dl"},
                "identification_number": {"type": "string", "value": "D1"},
                "issuing_country": {"type": "string", "value": "US"},
            }}]},
        }}});
        let old = converted(account.clone(), ApiVersion::V2023_01_05);
        assert_eq!(old["attributes"]["name-first"], "Ada");
        assert_eq!(old["attributes"]["address-city"], Value::Null);
        assert_eq!(old["attributes"]["phone-number"], "+1");
        let numbers = &old["attributes"]["identification-numbers"];
        assert_eq!(numbers["dl"][0]["identification-number"], "D1");
        assert_eq!(converted(account.clone(), ApiVersion::V2025_10_27), account);
    }

    #[test]
    fn sessions_generic_documents_and_government_ids_have_what_they_had() {
        let of = |kind: &str, attributes: Value, version| {
            converted(
                json!({"type": kind, "id": "x", "attributes": attributes}),
                version,
            )["attributes"]
                .take()
        };
        let before = ApiVersion::V2021_07_05;
        let since = ApiVersion::V2021_08_18;
        for (kind, name) in [
            ("inquiry-session", "browser-fingerprint"),
            ("document/generic", "extraction-results"),
        ] {
            assert!(of(kind, json!({}), before).get(name).is_some(), "{kind}");
            assert!(of(kind, json!({}), since).get(name).is_none(), "{kind}");
        }
        let read = json!({"id-class": "dl", "identification-number": "D1"});
        let kind = "verification/government-id";
        let oldest = of(kind, read.clone(), ApiVersion::V2020_05_18);
        assert_eq!(oldest["driver-license-number"], "D1");
        assert_eq!(oldest["passport-number"], Value::Null);
        assert_eq!(of(kind, read.clone(), ApiVersion::V2021_02_21), read);
    }

    #[test]
    fn what_is_included_listed_and_told_by_events_is_converted_as_well() {
        let event = json!({"type": "event", "attributes": {"payload": {"data": inquiry()}}});
        let mut document = json!({"data": [inquiry(), event], "included": [inquiry()]});
        convert(&mut document, ApiVersion::V2023_01_05);
        for pointer in ["/data/0", "/data/1/attributes/payload/data", "/included/0"] {
            let object = document.pointer(pointer).unwrap();
            assert_eq!(object["attributes"]["name-first"], "Ada", "{pointer}");
        }
    }
}
