//! `/webhooks` (W1–W39).

mod change;
mod clone;
mod create;
mod filter;
mod list;
mod refused;
mod rotate;
mod sealed;
mod status;

use selfsame_testkit::{Answer, Client};
use serde_json::{Map, Value, json};

use crate::attributes;

/// What a create needs.
fn least() -> Value {
    json!({"name": "Hook", "url": "https://example.com/hook", "enabled-events": ["inquiry.*"]})
}

/// What a create needs, with these settings on top.
fn with(settings: Value) -> Value {
    let mut all = least();
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

async fn make(client: &Client, settings: Value) -> Answer {
    client
        .post("/webhooks", attributes(with(settings)))
        .await
        .expect(201)
}

fn path(answer: &Answer) -> String {
    format!("/webhooks/{}", answer.id())
}

fn shows_secrets(answer: &Answer) -> bool {
    let attributes = &answer.data()["attributes"];
    assert_eq!(
        attributes.get("secret").is_some(),
        attributes.get("secrets").is_some()
    );
    attributes.get("secret").is_some()
}

/// The values of the secrets that an answer shows, the newest first.
fn secrets(answer: &Answer) -> Vec<String> {
    let shown = answer.attribute("secrets").as_array().unwrap();
    let values = shown.iter().map(|secret| secret["value"].as_str().unwrap());
    let values: Vec<_> = values.map(str::to_owned).collect();
    assert_eq!(answer.attribute("secret"), &json!(values[0]));
    values
}

/// When the secrets that an answer shows end.
fn ends(answer: &Answer) -> Vec<Value> {
    let shown = answer.attribute("secrets").as_array().unwrap();
    shown
        .iter()
        .map(|secret| secret["expires-at"].clone())
        .collect()
}

/// The attributes of an answer without its secrets.
fn open_part(answer: &Answer) -> Map<String, Value> {
    let mut attributes = answer.data()["attributes"].as_object().unwrap().clone();
    attributes.shift_remove("secret");
    attributes.shift_remove("secrets");
    attributes
}
