//! Listing keys.

use selfsame_testkit::TestApp;
use serde_json::json;

use super::{expiry, make};

#[tokio::test]
async fn k4_a_list_is_newest_first_and_shows_ended_keys_but_no_values() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        app.advance(1);
        made.insert(0, make(&administrator, json!({"name": name})).await.id());
    }
    administrator
        .post(&format!("/api-keys/{}/expire", made[0]), expiry(0))
        .await
        .expect(200);
    let listed = administrator.get("/api-keys").await.expect(200);
    assert_eq!(listed.ids()[..3], made);
    for key in listed.list() {
        assert_eq!(key["attributes"].get("value"), None);
        assert_eq!(key.get("relationships"), None);
    }
    let first = administrator
        .get("/api-keys?page[size]=2")
        .await
        .expect(200);
    assert_eq!(first.ids(), made[..2]);
    let next = first.body["links"]["next"].as_str().unwrap();
    let next = next.strip_prefix("/api/v1").unwrap();
    let second = administrator.get(next).await.expect(200);
    assert_eq!(second.ids()[0], made[2]);
}

#[tokio::test]
async fn k4_the_filter_takes_the_whole_name_as_it_is() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let one = make(&administrator, json!({"name": "back, end"}))
        .await
        .id();
    let two = make(&administrator, json!({"name": "back, end"}))
        .await
        .id();
    make(&administrator, json!({"name": "back"})).await;
    let listed = administrator
        .get("/api-keys?filter[name]=back%2C%20end")
        .await
        .expect(200);
    let mut ids = listed.ids();
    ids.sort();
    let mut expected = [one, two];
    expected.sort();
    assert_eq!(ids, expected);
    for none in ["Back", "bac", ""] {
        let listed = administrator
            .get(&format!("/api-keys?filter[name]={none}"))
            .await
            .expect(200);
        assert!(listed.list().is_empty(), "{none}");
    }
    administrator
        .get("/api-keys?filter[note]=x")
        .await
        .expect(400);
    let renamed = administrator
        .patch(
            &format!("/api-keys/{}", expected[0]),
            crate::attributes(json!({"name": "renamed"})),
        )
        .await
        .expect(200);
    let listed = administrator
        .get("/api-keys?filter[name]=renamed")
        .await
        .expect(200);
    assert_eq!(listed.ids(), [renamed.id()]);
}
