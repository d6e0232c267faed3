//! Opening links, as far as the Server API sees it.

use selfsame_testkit::TestApp;
use serde_json::json;

/// Opens `inquiry` with a redirect in the link and returns the one the inquiry then has.
async fn redirect_after_opening(app: &TestApp, inquiry: &str) -> Option<String> {
    let query = format!("inquiry-id={inquiry}&redirect-uri=https%3A%2F%2Flink.example.test%2F");
    let opened = app.open(&query).await.expect("an open inquiry");
    opened.view.bundle.view.inquiry.detail.redirect_uri
}

#[tokio::test]
async fn b130_the_apis_redirect_comes_before_the_links_and_the_links_before_the_templates() {
    let app = TestApp::start().await;
    let template = app.own.template.to_string();
    let make = async |attributes: serde_json::Value| {
        let mut attributes = attributes;
        attributes["inquiry-template-id"] = json!(template);
        let body = json!({"data": {"attributes": attributes}});
        app.sandbox()
            .post("/inquiries", body)
            .await
            .expect(201)
            .id()
    };
    let without = make(json!({})).await;
    assert_eq!(
        redirect_after_opening(&app, &without).await.as_deref(),
        Some("https://link.example.test/")
    );
    let with = make(json!({"redirect-uri": "https://api.example.test/"})).await;
    assert_eq!(
        redirect_after_opening(&app, &with).await.as_deref(),
        Some("https://api.example.test/")
    );
}
