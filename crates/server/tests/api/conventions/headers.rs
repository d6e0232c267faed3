//! Headers of every answer (C4, C9, C104, C105). The client checks their presence on each call.

use std::collections::HashSet;

use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn c104_c105_every_answer_names_its_request_environment_and_organisation() {
    let app = TestApp::start().await;
    let mut requests = HashSet::new();
    for answer in [
        app.sandbox().get("/accounts").await.expect(200),
        app.sandbox().post("/accounts", json!({})).await.expect(201),
        app.sandbox().post("/accounts", json!([])).await.expect(400),
        app.sandbox().get("/accounts/act_1").await.expect(404),
    ] {
        let request = answer.header("request-id").unwrap();
        assert!(request.starts_with("req_"), "{request}");
        assert!(
            requests.insert(request.to_owned()),
            "two requests share {request}"
        );
        let environment = answer.header("persona-environment-id");
        assert_eq!(environment, Some(app.own.sandbox.id.to_string().as_str()));
        let organisation = answer.header("persona-organization-id");
        assert_eq!(
            organisation,
            Some(app.own.sandbox.organisation_id.to_string().as_str())
        );
    }
    let answer = app.production().get("/accounts").await.expect(200);
    let environment = answer.header("persona-environment-id");
    assert_eq!(
        environment,
        Some(app.own.production.id.to_string().as_str())
    );
}

#[tokio::test]
async fn health_is_answered_without_a_key() {
    let app = TestApp::start().await;
    for target in ["/healthz", "/readyz"] {
        let answer = app
            .client(None)
            .elsewhere(axum::http::Method::GET, target)
            .await;
        assert_eq!(answer.status, 200, "{target}");
    }
}
