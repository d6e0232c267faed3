//! What becomes of a reference ID when its account or an inquiry is redacted (R44–R46).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{account_reference, auto, inquiry, inquiry_with, reference};
use crate::attributes;

#[tokio::test]
async fn r44_redacting_an_account_nulls_it_there_and_on_its_inquiries() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let redacted = app
        .sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), &Value::Null);
    assert_eq!(account_reference(&app, &account).await, Value::Null);
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(answer.attribute("reference-id"), &Value::Null);
    assert_eq!(answer.related("account"), Some(account));
    assert!(answer.attribute("redacted-at").is_string(), "A29");
    let found = app
        .sandbox()
        .get("/inquiries?filter[reference-id]=user-1")
        .await;
    assert!(found.list().is_empty());
}

#[tokio::test]
async fn r45_the_redacted_value_is_free_and_the_account_stays_usable_by_its_id() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let redacted = made.related("account").unwrap();
    app.sandbox()
        .delete(&format!("/accounts/{redacted}"))
        .await
        .expect(200);
    let next = inquiry(&app, auto("user-1")).await.expect(201);
    assert_ne!(next.related("account"), Some(redacted.clone()));
    let by_id = inquiry_with(&app, json!({"account-id": redacted}), json!({}))
        .await
        .expect(201);
    assert_eq!(by_id.related("account"), Some(redacted.clone()));
    let taken = app
        .sandbox()
        .patch(
            &format!("/accounts/{redacted}"),
            attributes(reference("user-1")),
        )
        .await;
    assert_eq!(taken.status, 409, "somebody else has it now");
}

#[tokio::test]
async fn r45_the_switch_keeps_the_value_through_redaction() {
    let app = TestApp::build()
        .options(|options| options.keep_reference_id_on_redaction = true)
        .start()
        .await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let redacted = app
        .sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), "user-1");
    let next = inquiry(&app, auto("user-1")).await.expect(201);
    assert_eq!(next.related("account"), Some(account));
}

#[tokio::test]
async fn r46_redacting_an_inquiry_leaves_account_and_reference_id_alone() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let before = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let redacted = app
        .sandbox()
        .delete(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), "user-1");
    let after = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(after.body, before.body);
    assert_eq!(app.event_names().await.last().unwrap(), "inquiry.redacted");
}
