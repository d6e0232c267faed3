//! Handing in a file.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{blobs, body, counts, import, imported, work};
use crate::attributes;

#[tokio::test]
async fn m1_m2_a_file_is_pending_until_somebody_has_worked_through_it() {
    let app = TestApp::start().await;
    let made = import(&app.sandbox(), "reference_id\nuser-1\n")
        .await
        .expect(201);
    assert!(made.id().starts_with("mprt_"), "{}", made.id());
    let pending = json!({"data": {"type": "importer/account", "id": made.id(), "attributes": {
        "status": "pending", "successful-count": 0, "duplicate-count": 0, "error-count": 0,
        "created-at": "2026-02-03T10:15:00.000Z", "completed-at": null,
    }}});
    assert_eq!(made.body, pending);
    let path = format!("/importers/{}", made.id());
    assert_eq!(app.sandbox().get(&path).await.expect(200).body, pending);
    assert_eq!(blobs(&app), 1);

    app.advance(9);
    work(&app).await;
    let done = app.sandbox().get(&path).await.expect(200);
    assert_eq!(done.attribute("status"), "ready");
    assert_eq!(done.attribute("completed-at"), "2026-02-03T10:15:09.000Z");
    assert_eq!(counts(&done), (1, 0, 0));
    assert_eq!(blobs(&app), 0, "M20");
}

#[tokio::test]
async fn m7_every_column_arrives_where_a_create_by_api_would_put_it() {
    let app = TestApp::start().await;
    imported(
        &app,
        "birthdate,name_first,name_middle,name_last,reference_id,social_security_number,tags\n\
         1990-12-31,Ada,K,Lovelace,User-1,123-45-6789,vip;new\n",
    )
    .await;
    let found = app
        .sandbox()
        .get("/accounts?filter[reference-id]=user-1")
        .await
        .expect(200);
    let by_import = found.list()[0]["attributes"].clone();
    let wanted = attributes(json!({
        "birthdate": "1990-12-31", "name-first": "Ada", "name-middle": "K", "name-last": "Lovelace",
        "social-security-number": "123-45-6789", "tags": ["vip", "new"],
    }));
    let made = app.sandbox().post("/accounts", wanted).await.expect(201);
    let mut by_api = made.data()["attributes"].clone();
    by_api["reference-id"] = "User-1".into();
    assert_eq!(by_import, by_api);
    assert_eq!(app.event_names().await, ["account.created"; 2]);
    let payload: Value = app.events().await[0].payload.clone();
    assert_eq!(payload["attributes"], by_import);
}

#[tokio::test]
async fn m3_what_is_no_file_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let call = |file: Value| {
        let body = json!({"data": {"attributes": {"file": file}}});
        app.sandbox().post("/importer/accounts", body)
    };
    call(json!({"filename": "a.csv"}))
        .await
        .refused(400, "data.attributes.file.data is missing");
    call(json!({"data": 1})).await.expect(400);
    call(json!("cmVm")).await.expect(400);
    call(json!({"data": "not base64"}))
        .await
        .points_at("/data/attributes/file");
    app.sandbox()
        .post("/importer/accounts", json!({}))
        .await
        .expect(400);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn m6_a_file_without_header_is_refused_at_once_and_nothing_stays_of_it() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for (file, details) in [
        (b"".as_slice(), "data.attributes.file must not be empty"),
        (b"\n\r\n", "data.attributes.file must not be empty"),
        (
            b"user-1,Ada\nuser-2,Bob\n",
            "data.attributes.file must begin with a header row",
        ),
        (b"reference_id,\xff\n", "data.attributes.file must be UTF-8"),
        (
            b"\x00\x01\x02",
            "data.attributes.file must begin with a header row",
        ),
    ] {
        let refused = import(&app.sandbox(), file).await;
        refused.refused(422, details);
        refused.points_at("/data/attributes/file");
    }
    assert_eq!(app.counts().await, before);
    assert_eq!(blobs(&app), 0);
}

#[tokio::test]
async fn m4_the_operator_bounds_bytes_and_rows() {
    let limited = TestApp::build().options(|options| {
        options.imports.max_bytes = 60;
        options.imports.max_rows = 3;
    });
    let app = limited.start().await;
    let before = app.counts().await;
    import(&app.sandbox(), "reference_id\n1\n2\n3\n4\n")
        .await
        .refused(422, "data.attributes.file must have at most 3 rows");
    import(
        &app.sandbox(),
        format!("reference_id\n{}\n", "x".repeat(60)),
    )
    .await
    .refused(413, "The file is larger than 60 bytes");
    let after: Vec<_> = app.counts().await;
    // One was announced, and the sweep forgets it.
    let announced = |(table, _): &(&str, i64)| *table != "blobs_to_delete";
    let without =
        |counts: Vec<(&'static str, i64)>| counts.into_iter().filter(announced).collect::<Vec<_>>();
    assert_eq!(without(after), without(before));
    assert_eq!(blobs(&app), 0);
    import(&app.sandbox(), "reference_id\n1\n2\n3\n")
        .await
        .expect(201);
}

#[tokio::test]
async fn m15_a_retry_under_one_key_imports_once() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "import-1");
    let first = import(&client, "reference_id\nuser-1\n").await.expect(201);
    work(&app).await;
    let again = import(&client, "reference_id\nuser-1\n").await.expect(201);
    assert_eq!(again.bytes, first.bytes);
    import(&client, "reference_id\nuser-2\n").await.expect(422);
    work(&app).await;
    let listed = app.sandbox().get("/importers").await.expect(200);
    assert_eq!(listed.ids(), [first.id()]);
    assert_eq!(app.event_names().await, ["account.created"]);
}

#[tokio::test]
async fn m1_importers_are_listed_newest_first_and_only_in_their_environment() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for number in 0..3 {
        app.advance(1);
        let file = format!("reference_id\nuser-{number}\n");
        made.insert(0, import(&app.sandbox(), file).await.expect(201).id());
    }
    let first = app
        .sandbox()
        .get("/importers?page[size]=2")
        .await
        .expect(200);
    assert_eq!(first.ids(), made[..2]);
    let next = first.body["links"]["next"].as_str().unwrap();
    let next = next.strip_prefix("/api/v1").unwrap();
    assert_eq!(app.sandbox().get(next).await.expect(200).ids(), made[2..]);
    assert!(
        app.production()
            .get("/importers")
            .await
            .expect(200)
            .ids()
            .is_empty()
    );
    let path = format!("/importers/{}", made[0]);
    app.production().get(&path).await.expect(404);
    app.sandbox()
        .get("/importers/mprt_nothing")
        .await
        .expect(404);
    app.sandbox().get("/importers/act_1").await.expect(400);
    app.sandbox()
        .get("/importers?filter[status]=ready")
        .await
        .expect(400);
}

#[tokio::test]
async fn c67_every_version_takes_an_import() {
    let app = TestApp::start().await;
    for version in [
        "2020-05-18",
        "2021-07-05",
        "2023-01-05",
        "2025-10-27",
        "2025-12-08",
    ] {
        let client = app.sandbox().with("persona-version", version);
        let made = client
            .post("/importer/accounts", body("tags\nvip\n"))
            .await
            .expect(201);
        client
            .get(&format!("/importers/{}", made.id()))
            .await
            .expect(200);
        client.get("/importers").await.expect(200);
    }
}
