//! The attribute blocklist of a key (C26–C32), on whole answers.

use selfsame_testkit::{Client, TestApp};
use serde_json::{Value, json};

use super::{make, value};
use crate::attributes;

const SECRETS: [&str; 4] = ["Ada", "Lovelace", "1815-12-10", "Main Street"];

async fn with_blocklist(app: &TestApp, patterns: Value) -> Client {
    let administrator = app.administrator().await;
    let settings = json!({"name": "limited", "api-attributes-blocklist": patterns});
    app.client(Some(&value(&make(&administrator, settings).await)))
}

fn person() -> Value {
    json!({
        "reference-id": "user-1",
        "fields": {"name": {"first": "Ada", "last": "Lovelace"}, "birthdate": "1815-12-10",
            "address": {"street_1": "Main Street", "city": "London"}},
    })
}

#[tokio::test]
async fn c26_c27_no_answer_to_the_key_shows_what_is_blocked_in_any_inflection() {
    let app = TestApp::start().await;
    let account = app.account(person()).await;
    let inquiry = json!({"data": {"attributes": {
        "inquiry-template-id": app.own.template.to_string(), "account-id": account,
        "fields": {"name-first": "Ada", "name-last": "Lovelace", "birthdate": "1815-12-10"},
    }}});
    let inquiry = app
        .sandbox()
        .post("/inquiries", inquiry)
        .await
        .expect(201)
        .id();
    let client = with_blocklist(&app, json!(["name", "name-*", "birthdate", "street1"])).await;
    let changed = attributes(json!({"fields": {"birthdate": "1815-12-10"}}));
    for inflection in ["kebab", "camel", "snake"] {
        let client = client.with("key-inflection", inflection);
        let answers = [
            client.get("/accounts?fields[account]=fields,reference-id").await.expect(200),
            client.get(&format!("/inquiries/{inquiry}?include=account&fields[inquiry]=fields&fields[account]=fields")).await.expect(200),
            client.get("/inquiries?fields[inquiry]=fields").await.expect(200),
            client.get("/events?fields[event]=payload").await.expect(200),
            client.patch(&format!("/accounts/{account}?fields[account]=fields"), changed.clone()).await.expect(200),
        ];
        for answer in answers {
            let text = answer.body.to_string();
            assert!(
                !SECRETS.iter().any(|secret| text.contains(secret)),
                "{inflection} {text}"
            );
        }
    }
    let shown = client
        .get(&format!("/accounts/{account}?fields[account]=fields"))
        .await
        .expect(200);
    assert!(shown.body.to_string().contains("London"));
    let whole = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(whole.field("birthdate"), "1815-12-10");
}

#[tokio::test]
async fn c28_c29_paths_and_exemptions_leave_one_field_of_accounts() {
    let app = TestApp::start().await;
    let account = app.account(person()).await;
    let patterns = json!([
        "/*/attributes/*?type=account",
        "!/*/attributes/fields?type=account",
        "/*/attributes/fields/*?type=account",
        "!/*/attributes/fields/birth-date",
        "!/*/attributes/fields/birthdate/*",
    ]);
    let client = with_blocklist(&app, patterns).await;
    let list = client
        .get("/accounts?fields[account]=fields,tags")
        .await
        .expect(200);
    let one = client
        .get(&format!("/accounts/{account}?fields[account]=fields,tags"))
        .await
        .expect(200);
    let left = json!({"fields": {"birthdate": {"type": "date", "value": "1815-12-10"}}});
    assert_eq!(list.list()[0]["attributes"], left);
    assert_eq!(one.data()["attributes"], left);
    assert_eq!(one.id(), account);
}

#[tokio::test]
async fn c26_c107_an_answer_that_was_made_for_another_key_is_replayed_without_what_is_blocked() {
    let app = TestApp::start().await;
    let client = with_blocklist(&app, json!(["birthdate"])).await;
    let path = "/accounts?fields[account]=fields";
    let send = |client: &Client| {
        client
            .with("idempotency-key", "k")
            .post(path, attributes(person()))
    };
    let first = send(&app.sandbox()).await.expect(201);
    let again = send(&client).await.expect(201);
    assert_eq!(again.id(), first.id());
    assert!(first.body.to_string().contains("1815-12-10"));
    assert!(!again.body.to_string().contains("1815-12-10"));
    let own = send(&app.sandbox()).await.expect(201);
    assert_eq!(own.bytes, first.bytes);
}
