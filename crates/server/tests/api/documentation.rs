//! Our own description of the API (C134).

use axum::http::Method;
use selfsame_server::api::operation::all;
use selfsame_testkit::TestApp;

#[tokio::test]
async fn c134_the_openapi_document_is_there_for_anybody() {
    let app = TestApp::start().await;
    for target in ["/api/v1/openapi.json", "/api/v1/openapi.json/"] {
        let answer = app.client(None).elsewhere(Method::GET, target).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, selfsame_server::api::openapi::document());
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/json; charset=utf-8"));
    }
    let other = app
        .client(None)
        .elsewhere(Method::POST, "/api/v1/openapi.json");
    other.await.expect(405);
}

#[tokio::test]
async fn c134_the_page_shows_every_operation_and_runs_nothing() {
    let app = TestApp::start().await;
    let page = app.client(None).elsewhere(Method::GET, "/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self';"),
        "{policy}"
    );
    let text = String::from_utf8(page.bytes).unwrap();
    for operation in all() {
        let anchor = format!("<p id=\"{}\">", operation.id);
        assert_eq!(text.matches(&anchor).count(), 1, "{operation:?}");
    }
    for foreign in ["<script", "http://", "https://", "style=\"", "undefined"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
}

#[tokio::test]
async fn c134_the_page_s_links_lead_somewhere() {
    let app = TestApp::start().await;
    let page = app.client(None).elsewhere(Method::GET, "/docs").await;
    let text = String::from_utf8(page.bytes).unwrap();
    let between = |mark: &str| -> Vec<String> {
        text.split(mark)
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.replace("&#x2f;", "/")))
            .collect()
    };
    let anchors = between(" id=\"");
    for link in between("href=\"") {
        if let Some(anchor) = link.strip_prefix('#') {
            assert!(anchors.iter().any(|known| known == anchor), "{link}");
        } else if link != "data:," {
            let answer = app
                .client(None)
                .elsewhere(Method::GET, &format!("/{link}"))
                .await;
            assert_eq!(answer.status, 200, "{link}");
        }
    }
    let mut sorted = anchors.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), anchors.len(), "an id is there twice");
}

#[tokio::test]
async fn c134_the_page_is_there_with_a_slash_and_below_a_path() {
    let app = TestApp::build()
        .settings(|settings| settings.base_path = "/id".into())
        .start()
        .await;
    for (target, status) in [
        ("/docs/", 308),
        ("/id/docs/", 308),
        ("/id/docs", 200),
        ("/id/assets/docs/docs.css", 200),
    ] {
        let answer = app.client(None).elsewhere(Method::GET, target).await;
        assert_eq!(answer.status, status, "{target}");
        if status == 308 {
            assert_eq!(answer.header("location"), Some("../docs"));
        }
    }
}
