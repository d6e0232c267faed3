//! `/importers`, `/importer/accounts` and the rows of an import.

mod create;
mod multipart;
mod rows;
mod work;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_testkit::{Answer, Call, Client, TestApp};
use serde_json::{Value, json};

fn body(file: impl AsRef<[u8]>) -> Value {
    let file = json!({"data": STANDARD.encode(file), "filename": "people.csv"});
    json!({"data": {"attributes": {"file": file}}})
}

fn import(client: &Client, file: impl AsRef<[u8]>) -> Call {
    client.post("/importer/accounts", body(file))
}

/// Until no import waits.
async fn work(app: &TestApp) {
    while app.service.work_on_import().await.expect("an import") {}
}

/// Imports a file, whole, and shows the importer.
async fn imported(app: &TestApp, file: impl AsRef<[u8]>) -> Answer {
    let id = import(&app.sandbox(), file).await.expect(201).id();
    work(app).await;
    app.sandbox()
        .get(&format!("/importers/{id}"))
        .await
        .expect(200)
}

/// `(successful, duplicate, error)`.
fn counts(importer: &Answer) -> (i64, i64, i64) {
    let count = |name| importer.attribute(name).as_i64().expect("a count");
    (
        count("successful-count"),
        count("duplicate-count"),
        count("error-count"),
    )
}

/// The first page of an import's rows: number, outcome, reason.
async fn outcomes(app: &TestApp, id: &str, query: &str) -> Vec<(String, String, Value)> {
    let target = format!("/api/selfsame/v1/importers/{id}/rows?page[size]=100{query}");
    let page = app
        .sandbox()
        .elsewhere(axum::http::Method::GET, &target)
        .await;
    let page = page.expect(200);
    let row = |row: &Value| {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let attributes = &row["attributes"];
        let reason = attributes["reason"].clone();
        (text(&row["id"]), text(&attributes["outcome"]), reason)
    };
    page.list().iter().map(row).collect()
}

/// How many blobs there are.
fn blobs(app: &TestApp) -> usize {
    let folder = app
        .folder()
        .join("blobs")
        .join(app.own.sandbox.id.to_string());
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
