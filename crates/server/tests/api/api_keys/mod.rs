//! `/api-keys` (K1–K16).

mod blocklist;
mod change;
mod create;
mod last_use;
mod list;

use selfsame_testkit::{Answer, Client};
use serde_json::{Value, json};

use crate::attributes;

async fn make(client: &Client, settings: Value) -> Answer {
    client
        .post("/api-keys", attributes(settings))
        .await
        .expect(201)
}

fn value(answer: &Answer) -> String {
    answer.attribute("value").as_str().unwrap().to_owned()
}

fn shows_value(answer: &Answer) -> bool {
    answer.data()["attributes"].get("value").is_some()
}

fn expiry(seconds: i64) -> Value {
    json!({"meta": {"expires-in-seconds": seconds}})
}
