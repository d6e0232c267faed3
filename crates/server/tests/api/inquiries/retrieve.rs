//! `GET /inquiries/{inquiry-id}` (I37) and what `include` brings.

use selfsame_domain::inquiry::Status;
use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn i37_every_status_is_shown() {
    let app = TestApp::start().await;
    for status in Status::ALL {
        let id = app.inquiry(json!({})).await;
        let actions: &[&str] = match status {
            Status::Created => &[],
            Status::Pending => &["start_inquiry"],
            Status::Completed => &["complete_inquiry"],
            Status::Failed => &["start_inquiry", "fail_inquiry"],
            Status::Expired => &["expire_inquiry"],
            Status::NeedsReview => &["mark_for_review_inquiry"],
            Status::Approved => &["approve_inquiry"],
            Status::Declined => &["decline_inquiry"],
        };
        let actions: Vec<_> = actions.iter().map(|kind| json!({"type": kind})).collect();
        let body = json!({"meta": {"simulate-actions": actions}});
        app.sandbox()
            .post(&format!("/inquiries/{id}/perform-simulate-actions"), body)
            .await
            .expect(200);
        let path = format!("/inquiries/{id}");
        let answer = app.sandbox().get(&path).await.expect(200);
        assert_eq!(answer.attribute("status"), status.as_str());
        app.sandbox().delete(&path).await.expect(200);
        let answer = app.sandbox().get(&path).await.expect(200);
        assert_eq!(answer.attribute("status"), status.as_str());
        // Whatever time passes.
        app.advance(10 * 86_400);
        let answer = app.sandbox().get(&path).await.expect(200);
        assert_eq!(answer.attribute("status"), status.as_str());
    }
    app.service.sweep().await.unwrap();
    let names = app.event_names().await;
    let expired = names
        .iter()
        .filter(|name| *name == "inquiry.expired")
        .count();
    assert_eq!(expired, 1, "only the one that was told to");
}

#[tokio::test]
async fn c89_include_brings_each_named_relation_once() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox&reference-id=u",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let id = opened.view.bundle.view.inquiry.id;
    let kinds = async |include: &str| {
        let answer = app
            .sandbox()
            .get(&format!("/inquiries/{id}?include={include}"))
            .await
            .expect(200);
        let included = answer.body["included"].as_array().unwrap().clone();
        included
            .iter()
            .map(|object| object["type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("").await, Vec::<String>::new(), "C35");
    assert_eq!(kinds("account").await, ["account"]);
    assert_eq!(
        kinds("inquiryTemplate,inquiry_template").await,
        ["inquiry-template"]
    );
    assert_eq!(
        kinds("inquiry-template.latest-published-version").await,
        ["inquiry-template", "inquiry-template-version"]
    );
    assert_eq!(
        kinds("inquiry-template-version,inquiry-template.latest-published-version").await,
        ["inquiry-template", "inquiry-template-version"]
    );
    assert_eq!(
        kinds("verifications,sessions,documents,selfies").await,
        [
            "verification/government-id",
            "verification/selfie",
            "inquiry-session",
            "document/government-id",
            "selfie/profile-and-center",
        ]
    );
    assert_eq!(
        kinds("template,transaction,reviewer,reports").await,
        Vec::<String>::new()
    );
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{id}"))
        .await
        .expect(200);
    assert!(answer.body.get("included").is_none(), "C77");
    for bad in [
        "accounts",
        "account.account-type",
        "inquiry-template.a.b",
        "*",
    ] {
        app.sandbox()
            .get(&format!("/inquiries/{id}?include={bad}"))
            .await
            .expect(400);
    }
}
