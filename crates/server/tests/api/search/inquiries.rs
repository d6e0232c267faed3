use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{is, query};

const PATH: &str = "/inquiries/search";

async fn find(app: &TestApp, wanted: Value) -> Vec<String> {
    let found = app.sandbox().post(PATH, query(wanted)).await.expect(200);
    let mut ids = found.ids();
    ids.sort();
    ids
}

async fn of(app: &TestApp, reference: &str) -> String {
    let id = app
        .inquiry(json!({"auto-create-account-reference-id": reference}))
        .await;
    app.advance(1);
    id
}

#[tokio::test]
async fn i39_by_reference_id_template_and_status() {
    let app = TestApp::start().await;
    let mut both = vec![of(&app, "User-1").await, of(&app, "user-1").await];
    both.sort();
    let other = of(&app, "user-2").await;
    assert_eq!(find(&app, is("reference_id", "eq", "USER-1")).await, both);
    assert_eq!(
        find(&app, is("referenceId", "eq", "user-2")).await,
        [other.as_str()]
    );
    let template = app.own.template.to_string();
    assert_eq!(
        find(&app, is("inquiry_template_id", "eq", template))
            .await
            .len(),
        3
    );
    let elsewhere = "itmpl_7X5W5w9GMtQntE6oPtKnj44c";
    assert!(
        find(&app, is("inquiry_template_id", "eq", elsewhere))
            .await
            .is_empty()
    );
    let path = format!("/inquiries/{other}/approve");
    app.sandbox().post(&path, json!({})).await.expect(200);
    assert_eq!(
        find(&app, is("status", "eq", "approved")).await,
        [other.as_str()]
    );
    let open =
        json!({"and": [is("status", "eq", "created"), {"not": is("reference_id", "eq", "x")}]});
    assert_eq!(find(&app, open).await, both);
}

#[tokio::test]
async fn b178_what_is_due_counts_as_expired() {
    let app = TestApp::start().await;
    let id = of(&app, "user-1").await;
    assert!(find(&app, is("status", "eq", "expired")).await.is_empty());
    app.advance(400 * 24 * 3600);
    assert!(find(&app, is("status", "eq", "created")).await.is_empty());
    let found = app
        .sandbox()
        .post(PATH, query(is("status", "eq", "expired")))
        .await
        .expect(200);
    assert_eq!(found.ids(), [id]);
    assert_eq!(found.list()[0]["attributes"]["status"], "expired");
}

#[tokio::test]
async fn a44_in_any_order_over_pages_there_and_back() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for reference in ["b", "a", "c", "a", "b"] {
        made.push(of(&app, reference).await);
    }
    let sorted = |attribute: &str, direction: &str| json!({"sort": {"attribute": attribute, "direction": direction}, "page": {"size": 2}});
    let oldest = app
        .sandbox()
        .post(PATH, sorted("created_at", "asc"))
        .await
        .expect(200);
    assert_eq!(oldest.ids(), made[..2]);
    let body = sorted("reference_id", "asc");
    let mut seen = Vec::new();
    let mut path = PATH.to_owned();
    let mut pages = Vec::new();
    let below = |link: &Value| {
        let link = link.as_str()?;
        Some(link.strip_prefix("/api/v1").expect("relative").to_owned())
    };
    let back = loop {
        let page = app.sandbox().post(&path, body.clone()).await.expect(200);
        pages.push(page.ids());
        let references = page.list().iter();
        seen.extend(references.map(|it| it["attributes"]["reference-id"].clone()));
        let Some(next) = below(&page.body["links"]["next"]) else {
            break below(&page.body["links"]["prev"]).expect("a way back");
        };
        path = next;
    };
    let back = app.sandbox().post(&back, body).await;
    assert_eq!(back.ids(), pages[pages.len() - 2]);
    assert_eq!(seen, ["a", "a", "b", "b", "c"].map(Value::from));
}

#[tokio::test]
async fn a43_what_cannot_be_searched_is_refused() {
    let app = TestApp::start().await;
    for (wrong, pointer) in [
        (is("note", "eq", "x"), "/query/attribute"),
        (is("status", "eq", "lost"), "/query/value"),
        (is("status", "gt", "created"), "/query/operator"),
        (is("inquiry_template_id", "eq", "tmpl_1"), "/query/value"),
        (is("created_at", "gt", "yesterday"), "/query/value"),
        (is("created_at", "gt", 12), "/query/value"),
    ] {
        app.sandbox()
            .post(PATH, query(wrong))
            .await
            .expect(422)
            .points_at(pointer);
    }
}
