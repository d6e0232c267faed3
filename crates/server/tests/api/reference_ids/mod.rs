//! The rules of `docs/rules/reference-ids.md`, one test each, named after its rule.
//!
//! Left out: R40, R42, R43 and R52–R58, which are planned.

mod consolidation;
mod life;
mod linking;
mod looking_up;
mod races;
mod shape;
mod uniqueness;

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

const COMBINED: &str = "account_id cannot be combined with a reference id";
const AUTO_OFF: &str =
    "meta.auto_create_account_reference_id cannot be used when meta.auto_create_account is false";

fn reference(text: &str) -> Value {
    json!({"reference-id": text})
}

fn auto(text: &str) -> Value {
    json!({"auto-create-account-reference-id": text})
}

/// Creates an inquiry and returns the whole answer.
async fn inquiry(app: &TestApp, meta: Value) -> Answer {
    app.sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
}

/// Creates an inquiry with these attributes besides the template.
async fn inquiry_with(app: &TestApp, more: Value, meta: Value) -> Answer {
    let mut body = app.inquiry_body(meta);
    for (name, value) in more.as_object().into_iter().flatten() {
        body["data"]["attributes"][name] = value.clone();
    }
    app.sandbox().post("/inquiries", body).await
}

/// The query of a sandbox link on the government-ID template.
fn link(app: &TestApp, more: &str) -> String {
    format!(
        "inquiry-template-id={}&environment=sandbox&{more}",
        app.own.template
    )
}

fn not_unique() -> Value {
    json!({"errors": [{"title": "Record not unique", "details": "Record not unique."}]})
}

async fn account_reference(app: &TestApp, id: &str) -> Value {
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    answer.attribute("reference-id").clone()
}

/// Asks for the sources to be taken into the destination.
async fn consolidate(app: &TestApp, destination: &str, sources: &[&str]) -> Answer {
    let body = json!({"meta": {"source-account-ids": sources}});
    app.sandbox()
        .post(&format!("/accounts/{destination}/consolidate"), body)
        .await
}
