//! Pages of other origins (C130).

use axum::http::Method;
use selfsame_testkit::{Answer, Client, TestApp};

const OWN: &str = "https://tools.example.test";
const OTHER: &str = "https://evil.example.test";

async fn app(origins: &[&str]) -> TestApp {
    let origins = origins.iter().map(ToString::to_string).collect();
    TestApp::build()
        .settings(|settings| settings.allowed_origins = origins)
        .start()
        .await
}

/// What a browser asks before it sends a key.
async fn preflight(client: &Client, origin: &str) -> Answer {
    client
        .elsewhere(Method::OPTIONS, "/api/v1/inquiries")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,idempotency-key",
        )
        .await
}

fn let_in(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn c130_no_page_of_another_origin_is_let_in_by_default() {
    let app = TestApp::start().await;
    let asked = preflight(&app.client(None), OTHER).await;
    assert_eq!((asked.status, let_in(&asked)), (405, None));
    assert_eq!(asked.header("allow"), Some("GET,HEAD,POST"));
    let called = app.sandbox().get("/accounts").header("origin", OTHER).await;
    assert_eq!((called.status, let_in(&called)), (200, None));
}

#[tokio::test]
async fn c130_the_configured_origins_may_call_and_read_and_no_others() {
    let app = app(&[OWN, "https://more.example.test"]).await;
    let asked = preflight(&app.client(None), OWN).await;
    assert_eq!((asked.status, let_in(&asked)), (200, Some(OWN)));
    let methods = asked.header("access-control-allow-methods").unwrap();
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
    let headers = asked.header("access-control-allow-headers").unwrap();
    for header in [
        "authorization",
        "content-type",
        "idempotency-key",
        "key-inflection",
        "persona-version",
    ] {
        assert!(headers.contains(header), "{headers}");
    }
    assert_eq!(asked.header("access-control-allow-credentials"), None);

    let called = app.sandbox().get("/accounts").header("origin", OWN).await;
    assert_eq!((called.status, let_in(&called)), (200, Some(OWN)));
    let shown = called.header("access-control-expose-headers").unwrap();
    for header in ["request-id", "content-range", "etag"] {
        assert!(shown.contains(header), "{shown}");
    }
    let refused = app
        .client(None)
        .get("/accounts")
        .header("origin", OWN)
        .await;
    assert_eq!((refused.status, let_in(&refused)), (401, Some(OWN)));

    let asked = preflight(&app.client(None), OTHER).await;
    assert_eq!(let_in(&asked), None);
    let called = app.sandbox().get("/accounts").header("origin", OTHER).await;
    assert_eq!(let_in(&called), None);
}

#[tokio::test]
async fn c130_a_star_lets_every_origin_in() {
    let app = app(&["*"]).await;
    let asked = preflight(&app.client(None), OTHER).await;
    assert_eq!((asked.status, let_in(&asked)), (200, Some("*")));
}

#[tokio::test]
async fn c130_the_end_user_s_pages_and_calls_stay_as_they_are() {
    let app = app(&[OWN]).await;
    for (method, target) in [
        (Method::GET, "/verify"),
        (Method::GET, "/flow/v1/state"),
        (Method::OPTIONS, "/flow/v1/state"),
    ] {
        let call = app.client(None).elsewhere(method, target);
        let answer = call.header("origin", OWN).await;
        assert_eq!(let_in(&answer), None, "{target}");
    }
}
