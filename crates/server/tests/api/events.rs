//! `/events` (E1–E22).

use selfsame_testkit::{TestApp, schema};
use serde_json::{Value, json};

use crate::attributes;

#[tokio::test]
async fn e1_e2_an_event_shows_the_object_as_it_was_then() {
    let app = TestApp::start().await;
    let made = app
        .sandbox()
        .post("/accounts", attributes(json!({"reference-id": "before"})))
        .await
        .expect(201);
    app.advance_millis(1_598);
    app.sandbox()
        .patch(
            &format!("/accounts/{}", made.id()),
            attributes(json!({"reference-id": "after"})),
        )
        .await
        .expect(200);
    let list = app.sandbox().get("/events").await.expect(200);
    let events = list.list();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["attributes"]["name"], "account.updated-fields");
    assert_eq!(
        events[0]["attributes"]["created-at"], "2026-02-03T10:15:01.598Z",
        "C10"
    );
    assert_eq!(
        events[0]["attributes"]["context"],
        json!({"changed": ["reference_id"]})
    );
    let payload = |event: &Value| event["attributes"]["payload"]["data"].clone();
    assert_eq!(payload(&events[0])["attributes"]["reference-id"], "after");
    assert_eq!(&payload(&events[1]), made.data());
    let id = events[1]["id"].as_str().unwrap();
    let shown = app
        .sandbox()
        .get(&format!("/events/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.data(), &events[1]);
    assert_eq!(shown.attribute("context"), &json!({}), "E20");
}

#[tokio::test]
async fn e4_filters_take_lists_and_combine() {
    let app = TestApp::start().await;
    let first = app.account(json!({"reference-id": "a"})).await;
    app.advance(1);
    let second = app.account(json!({"tags": ["x"]})).await;
    app.advance(1);
    app.sandbox()
        .delete(&format!("/accounts/{first}"))
        .await
        .expect(200);
    let find = async |query: &str| {
        let answer = app
            .sandbox()
            .get(&format!("/events?{query}"))
            .await
            .expect(200);
        let names = answer.list().iter().map(|event| {
            let name = event["attributes"]["name"].as_str().unwrap();
            let object = event["attributes"]["payload"]["data"]["id"]
                .as_str()
                .unwrap();
            (name.to_owned(), object.to_owned())
        });
        names.collect::<Vec<_>>()
    };
    let created = |id: &str| ("account.created".to_owned(), id.to_owned());
    let redacted = ("account.redacted".to_owned(), first.clone());
    assert_eq!(
        find("filter[name]=account.created").await,
        [created(&second), created(&first)]
    );
    assert_eq!(
        find("filter[name]=account.created,account.redacted")
            .await
            .len(),
        3
    );
    assert_eq!(
        find(&format!("filter[object-id]={first}")).await,
        [redacted.clone(), created(&first)]
    );
    assert_eq!(
        find(&format!(
            "filter[object-id]={first}&filter[name]=account.redacted"
        ))
        .await,
        [redacted]
    );
    let all = app.sandbox().get("/events").await.expect(200).ids();
    assert_eq!(
        find(&format!("filter[id]={},{}", all[0], all[2]))
            .await
            .len(),
        2
    );
    assert_eq!(find("filter[name]=nothing.happened").await, []);
    app.sandbox()
        .get("/events?filter[object_type]=account")
        .await
        .expect(400);
}

#[tokio::test]
async fn e5_an_unknown_event_is_a_404() {
    let app = TestApp::start().await;
    app.sandbox()
        .get("/events/evt_1111111111111111111111111111")
        .await
        .expect(404);
}

#[tokio::test]
async fn e5_e21_names_are_never_inflected_and_contexts_are() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    app.advance(1);
    let body = json!({"meta": {"tag-name": "vip"}});
    app.sandbox()
        .post(&format!("/accounts/{id}/add-tag"), body)
        .await
        .expect(200);
    let camel = app.sandbox().with("key-inflection", "camel");
    let answer = camel
        .get("/events?filter[name]=account.updated-tags")
        .await
        .expect(200);
    let attributes = &answer.list()[0]["attributes"];
    assert_eq!(attributes["name"], "account.updated-tags");
    assert_eq!(
        attributes["context"],
        json!({"addedTags": ["vip"], "removedTags": []})
    );
    assert!(attributes["payload"]["data"]["attributes"]["accountStatus"].is_string());
    assert!(attributes["payload"]["data"]["attributes"]["fields"]["email_address"].is_object());
}

#[tokio::test]
async fn e2_every_payload_of_a_whole_life_fits_the_schema_of_its_type() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox&reference-id=u",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    assert_eq!(app.visitor(&opened.session_token).finish().await, "success");
    let inquiry = opened.view.bundle.view.inquiry;
    let path = format!("/inquiries/{}", inquiry.id);
    app.sandbox()
        .post(&format!("{path}/decline"), json!({}))
        .await
        .expect(200);
    app.sandbox()
        .post(
            &format!("{path}/add-tag"),
            json!({"meta": {"tag-name": "a"}}),
        )
        .await
        .expect(200);
    let account = inquiry.account_id.unwrap();
    app.sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let mut kinds = Vec::new();
    for event in app.events().await {
        let problems = schema::resource_problems(&event.payload);
        assert_eq!(
            problems,
            Vec::<String>::new(),
            "{} {}",
            event.name,
            event.payload
        );
        assert_eq!(event.payload["type"], event.object_type.as_str());
        assert_eq!(event.payload["id"], event.object_id.as_str());
        kinds.push(event.object_type);
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "account",
            "document/government-id",
            "inquiry",
            "inquiry-session",
            "selfie/profile-and-center",
            "verification/government-id",
            "verification/selfie",
        ]
    );
}

#[tokio::test]
async fn e16_the_status_event_of_an_operation_comes_last() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let names = app.event_names().await;
    assert_eq!(
        names[..3],
        [
            "account.created",
            "inquiry.created",
            "inquiry-session.started"
        ]
    );
    assert_eq!(names.last().unwrap(), "inquiry.completed");
    assert_eq!(names[names.len() - 2], "account.updated-fields", "A50");
}
