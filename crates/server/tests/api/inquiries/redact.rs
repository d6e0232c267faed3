//! `DELETE /inquiries/{inquiry-id}` (I10, I68–I71).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn i68_i69_a_finished_inquiry_loses_its_person_and_keeps_its_record() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox&reference-id=u",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let id = opened.view.bundle.view.inquiry.id.to_string();
    let path = format!("/inquiries/{id}");
    app.sandbox()
        .patch(
            &path,
            crate::attributes(json!({"note": "secret", "tags": ["vip"]})),
        )
        .await
        .expect(200);
    let before = app.sandbox().get(&path).await.expect(200);
    assert_eq!(before.field("name-first"), "Alexander");
    let pictures = || {
        let mut found = 0;
        let mut folders = vec![app.folder().join("blobs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found += 1;
                }
            }
        }
        found
    };
    assert_eq!(pictures(), 5, "two sides and three poses");

    app.advance(60);
    let answer = app.sandbox().delete(&path).await.expect(200);
    assert_eq!(answer.attribute("status"), "completed");
    for name in [
        "created-at",
        "started-at",
        "completed-at",
        "creator",
        "reference-id",
        "next-step-name",
    ] {
        assert_eq!(answer.attribute(name), before.attribute(name), "{name}");
    }
    assert!(answer.attribute("redacted-at").is_string());
    assert_eq!(answer.attribute("note"), &Value::Null);
    assert_eq!(answer.attribute("tags"), &json!([]));
    let fields = answer.attribute("fields").as_object().unwrap();
    assert!(
        fields.values().all(|field| field["value"].is_null()),
        "{fields:?}"
    );
    assert_eq!(pictures(), 0);
    let include = format!("{path}?include=verifications,documents,selfies,sessions");
    let whole = app.sandbox().get(&include).await.expect(200);
    let text = whole.body.to_string();
    for gone in [
        "Alexander",
        "1977-07-17",
        "California",
        "I1234562",
        "secret",
    ] {
        assert!(!text.contains(gone), "{gone} is still shown");
    }
}

#[tokio::test]
async fn i71_a_second_redaction_is_a_409() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let path = format!("/inquiries/{id}");
    app.sandbox().delete(&path).await.expect(200);
    let before = app.counts().await;
    let again = app.sandbox().delete(&path).await;
    again.refused(409, "Inquiry already redacted");
    assert_eq!(again.title(), "Conflict");
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn a_redacted_inquiry_is_closed_to_its_visitor_and_its_links() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-inquiry-session": true, "auto-create-one-time-link": true});
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    app.sandbox()
        .delete(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    let token = made.meta("session-token").as_str().unwrap().to_owned();
    let mut visitor = app.visitor(&token);
    assert!(visitor.submit(json!({})).await.is_err());
    let code = made
        .meta("one-time-link")
        .as_str()
        .unwrap()
        .rsplit('=')
        .next()
        .unwrap();
    let device = selfsame_domain::session::Device::default();
    assert!(app.service.redeem_code(code, device).await.is_err());
    assert!(
        app.open(&format!("inquiry-id={}", made.id()))
            .await
            .is_err()
    );
}
