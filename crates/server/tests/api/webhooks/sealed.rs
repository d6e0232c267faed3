//! What nobody else may learn.

use std::fs;
use std::path::Path;

use selfsame_store::Query;
use selfsame_testkit::TestApp;
use serde_json::json;

use super::{make, path, secrets};
use crate::attributes;

const HEADER: &str = "hush-hush-0815";

/// All bytes of all files in the folder.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            all.append(&mut bytes(&entry));
        } else {
            all.append(&mut fs::read(entry).unwrap());
        }
    }
    all
}

fn has(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn w13_w28_secrets_and_values_of_headers_are_nowhere_in_the_clear() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "k");
    let headers = json!({"Authorization": HEADER, "X-Reference-Id": HEADER, "Api-Version": HEADER});
    let made = make(&client, json!({"custom-http-headers": headers})).await;
    let grace = json!({"meta": {"expires-in-seconds": 60}});
    let rotate = format!("{}/rotate-secret", path(&made));
    let client = app.sandbox().with("idempotency-key", "other");
    let rotated = client.post(&rotate, grace).await.expect(200);
    let change = attributes(json!({"custom-http-headers": {"X-Key": HEADER}}));
    app.sandbox().patch(&path(&made), change).await.expect(200);
    app.service.write_api_logs().await;

    let mut hidden = secrets(&rotated);
    hidden.push(HEADER.to_owned());
    let logs = app.sandbox().get("/api-logs?page[size]=100").await;
    let logs = logs.expect(200).body.to_string();
    assert!(logs.contains("/rotate-secret") && logs.contains("X-Reference-Id"));
    let stored = Query::new("SELECT settings, secrets_sealed FROM webhooks", vec![]);
    let mut rows = app.store().read(vec![stored]).await.unwrap();
    let mut row = rows[0].remove(0);
    let settings = row.text().unwrap();
    let sealed = row.blob().unwrap();
    for secret in &hidden {
        assert!(!logs.contains(secret), "{logs}");
        assert!(!settings.contains(secret), "{settings}");
        assert!(!has(&sealed, secret));
    }
    if app.folder().join("selfsame.db").exists() {
        let all = bytes(app.folder());
        assert!(has(&all, "https://example.com/hook"));
        for secret in &hidden {
            assert!(!has(&all, secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn w28_headers_are_shown_by_nothing() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({"custom-http-headers": {"X-Key": HEADER}})).await;
    let path = path(&made);
    let answers = [
        client.get(&path).await,
        client.get("/webhooks").await,
        client.patch(&path, json!({})).await,
        client.post(&format!("{path}/clone"), json!({})).await,
        client
            .post(&format!("{path}/rotate-secret"), json!({}))
            .await,
    ];
    for answer in answers {
        let text = answer.expect(200).body.to_string();
        assert!(
            !text.contains(HEADER) && !text.contains("custom-http-headers"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn w17_a_row_that_another_master_key_sealed_is_an_error_and_not_an_empty_secret() {
    let app = TestApp::start().await;
    let made = make(&app.sandbox(), json!({})).await;
    let mut batch = selfsame_store::Batch::new();
    let id = selfsame_domain::id::Id::from_trusted(made.id());
    let ask = selfsame_store::Ask::webhook_row(&app.own.sandbox.id, &id);
    let mut row = app.store().ask(ask).await.unwrap().unwrap();
    row.secrets_sealed[20] ^= 1;
    batch.update_webhook(&row);
    app.store().commit(batch).await.unwrap();
    let answer = app.sandbox().get(&path(&made)).await.expect(500);
    assert!(
        !answer.body.to_string().contains("secret"),
        "{}",
        answer.body
    );
    app.sandbox().get("/webhooks").await.expect(200);
}
