//! `/devices`.

use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn d1_d5_a_session_has_a_device_once_a_browser_has_opened_it() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    let session = format!("/inquiry-sessions/{}", opened.view.session.id);
    let shown = app.sandbox().get(&session).await.expect(200);
    let device = shown.related("device").expect("a device");
    let wanted = json!({"type": "device", "id": device, "attributes": {
        "device-vendor-id": null, "device-fingerprint": null, "browser-fingerprint": null,
    }});
    let list = format!(
        "/devices?filter[inquiry-session-id]={}",
        opened.view.session.id
    );
    let listed = app.sandbox().get(&list).await.expect(200);
    assert_eq!(
        listed.body,
        json!({"data": [wanted], "links": {"prev": null, "next": null}})
    );
    let path = format!("/devices/{device}");
    assert_eq!(
        app.sandbox().get(&path).await.expect(200).body,
        json!({"data": wanted})
    );

    app.production().get(&path).await.expect(404);
    assert!(
        app.production()
            .get(&list)
            .await
            .expect(200)
            .ids()
            .is_empty()
    );
    let inquiry = app
        .inquiry(json!({"auto-create-inquiry-session": true}))
        .await;
    let sessions = app
        .sandbox()
        .get(&format!("/inquiry-sessions?filter[inquiry-id]={inquiry}"));
    let unopened = sessions.await.expect(200).ids().remove(0);
    let list = format!("/devices?filter[inquiry-session-id]={unopened}");
    assert!(app.sandbox().get(&list).await.expect(200).ids().is_empty());
}

#[tokio::test]
async fn d4_a_list_of_devices_wants_a_session() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    client
        .get("/devices")
        .await
        .refused(400, "filter.inquiry_session_id is missing");
    client
        .get("/devices?filter[inquiry-session-id]=inq_1")
        .await
        .expect(400);
    client
        .get("/devices?filter[inquiry-id]=inq_1")
        .await
        .expect(400);
    let none = "/devices?filter[inquiry-session-id]=iqse_1";
    assert!(client.get(none).await.expect(200).ids().is_empty());
    client
        .get(&format!("{none}&page[after]=dev_1"))
        .await
        .expect(400);
}
