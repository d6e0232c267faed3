//! Events on the wire (E1–E22). The name is a value and never inflected; payload and context are.

use selfsame_domain::event::Event;
use selfsame_domain::id::Id;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Inflection;
use crate::inflection::{inflect, respell};

pub const TYPE: &str = "event";

pub fn document(event: &Event) -> Value {
    let mut document = json!({
        "type": TYPE,
        "id": event.id.as_str(),
        "attributes": {
            "name": event.name,
            "payload": {"data": null},
            "created-at": event.created_at.to_millis_text(),
            "context": null,
        },
    });
    // Not through the macro, which would write them and read them again.
    document["attributes"]["payload"]["data"] = event.payload.clone();
    document["attributes"]["context"] = Value::Object(event.context.clone());
    document
}

/// What a receiver is sent of an event, straight from the text of its payload: the same bytes as of [`document`] below
/// `data`, with nothing included and these keys, in a version that [is as built](crate::ApiVersion::is_as_built).
///
/// `None`: only [`document`] can tell.
pub fn written(event: &Event<String>, inflection: Inflection) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(event.payload.len() + 512);
    let put = |text: &str, out: &mut Vec<u8>| out.extend_from_slice(text.as_bytes());
    put(r#"{"data":{"type":"event","id":"#, &mut out);
    put_json(event.id.as_str(), &mut out)?;
    put(r#","attributes":{"name":"#, &mut out);
    put_json(&event.name, &mut out)?;
    put(r#","payload":{"data":"#, &mut out);
    respell(&event.payload, inflection, &mut out)?;
    put(r#","included":[]},"#, &mut out);
    put_json(&inflection.spelled("created-at"), &mut out)?;
    put(":", &mut out);
    put_json(&event.created_at.to_millis_text(), &mut out)?;
    put(r#","context":"#, &mut out);
    if event.context.is_empty() {
        put("{}", &mut out);
    } else {
        let mut context = Value::Object(event.context.clone());
        inflect(&mut context, inflection, true);
        put_json(&context, &mut out)?;
    }
    put("}}}", &mut out);
    Some(out)
}

fn put_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> Option<()> {
    serde_json::to_writer(out, value).ok()
}

/// Takes the personal data out of an old payload, when its object is redacted (I68–I71): what happened and when
/// stays. `with_reference`: the account itself is redacted, so its reference ID goes too (R44).
pub fn scrub(payload: &mut Value, with_reference: bool) {
    let kind = payload
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let Some(attributes) = payload.get_mut("attributes").and_then(Value::as_object_mut) else {
        return;
    };
    match kind.as_str() {
        "account" | "inquiry" => scrub_person(attributes, with_reference),
        "inquiry-session" => {
            for name in ["ip-address", "user-agent", "device-name"] {
                empty(attributes.get_mut(name));
            }
        }
        // Verifications, documents, selfies: everything but their progress, and marks that the published schema
        // gives no null.
        _ => attributes
            .iter_mut()
            .filter(|(name, value)| !is_progress(name) && !value.is_boolean())
            .for_each(|(_, value)| empty(Some(value))),
    }
}

fn scrub_person(attributes: &mut Map<String, Value>, with_reference: bool) {
    empty(attributes.get_mut("note"));
    empty(attributes.get_mut("tags"));
    if with_reference {
        empty(attributes.get_mut("reference-id"));
    }
    if let Some(fields) = attributes.get_mut("fields").and_then(Value::as_object_mut) {
        fields
            .values_mut()
            .for_each(|field| empty(field.get_mut("value")));
        // The published schema gives hashes and arrays no null.
        fields.retain(|_, field| !matches!(field["type"].as_str(), Some("hash" | "array")));
    }
}

fn is_progress(name: &str) -> bool {
    name == "status" || name.ends_with("-at") || name.ends_with("-ts")
}

/// Lists stay lists.
fn empty(value: Option<&mut Value>) {
    match value {
        None => {}
        Some(Value::Array(items)) => items.clear(),
        Some(value) => *value = Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_in_a_field_is_the_persons_and_goes_and_a_mark_of_a_verification_stays() {
        let mut payload = json!({"type": "account", "attributes": {
            "fields": {"veteran": {"type": "boolean", "value": true}},
        }});
        scrub(&mut payload, false);
        assert_eq!(
            payload["attributes"]["fields"]["veteran"]["value"],
            Value::Null
        );
        let mut payload = json!({"type": "verification/selfie", "attributes": {
            "from-reusable-persona": false, "video-url": "x",
        }});
        scrub(&mut payload, false);
        assert_eq!(
            payload["attributes"],
            json!({"from-reusable-persona": false, "video-url": null})
        );
    }

    #[test]
    fn a_scrubbed_payload_says_what_happened_and_nothing_of_the_person() {
        let mut payload = json!({"type": "inquiry", "id": "inq_1", "attributes": {
            "status": "completed", "created-at": "2026-02-03T10:15:00.000Z", "note": "knows Ada", "tags": ["vip"],
            "reference-id": "user-1", "fields": {"name-first": {"type": "string", "value": "Ada"}},
        }});
        scrub(&mut payload, false);
        assert_eq!(
            payload["attributes"],
            json!({
                "status": "completed", "created-at": "2026-02-03T10:15:00.000Z", "note": null, "tags": [],
                "reference-id": "user-1", "fields": {"name-first": {"type": "string", "value": null}},
            })
        );
        scrub(&mut payload, true);
        assert_eq!(payload["attributes"]["reference-id"], Value::Null);

        let mut payload = json!({"type": "verification/government-id", "attributes": {
            "status": "passed", "created-at-ts": 1, "name-first": "Ada", "checks": [{"name": "id_barcode_detection"}],
        }});
        scrub(&mut payload, false);
        assert_eq!(
            payload["attributes"],
            json!({
                "status": "passed", "created-at-ts": 1, "name-first": null, "checks": [],
            })
        );
    }
}
