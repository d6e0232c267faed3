//! Files as multipart bodies, which are streamed.

use selfsame_testkit::{Call, Client, TestApp};

use super::{blobs, counts, work};

const KIND: &str = "multipart/form-data; boundary=XX";

fn parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, contents) in parts {
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"people.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(contents);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    body
}

fn send(client: &Client, kind: &str, body: Vec<u8>) -> Call {
    client
        .call(axum::http::Method::POST, "/importer/accounts")
        .raw(kind, body)
}

#[tokio::test]
async fn m3_a_file_larger_than_any_other_body_is_taken_as_a_part() {
    let app = TestApp::start().await;
    let rows: String = (0..40)
        .map(|row| format!("user-{row},{}\n", "x".repeat(500_000)))
        .collect();
    let file = format!("reference_id,name_first\n{rows}");
    assert!(file.len() > 16_000_000);
    let body = parts(&[
        ("note", b"ignored"),
        ("data[attributes][file]", file.as_bytes()),
    ]);
    let made = send(&app.sandbox(), KIND, body).await.expect(201);
    work(&app).await;
    let path = format!("/importers/{}", made.id());
    let done = app.sandbox().get(&path).await.expect(200);
    // A name that long is an error like any other.
    assert_eq!(counts(&done), (0, 0, 40));
}

#[tokio::test]
async fn m3_m15_a_retry_with_another_boundary_is_the_same_request() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "import-1");
    let body = parts(&[("file", b"reference_id\nuser-1\n")]);
    let first = send(&client, KIND, body.clone()).await.expect(201);
    let other = String::from_utf8(body).unwrap().replace("--XX", "--YY");
    let again = send(
        &client,
        "multipart/form-data; boundary=YY",
        other.into_bytes(),
    )
    .await;
    assert_eq!(again.expect(201).bytes, first.bytes);
    assert_eq!(blobs(&app), 1, "the second copy is gone");
    let changed = parts(&[("file", b"reference_id\nuser-2\n")]);
    send(&client, KIND, changed).await.expect(422);
    assert_eq!(blobs(&app), 1);
    work(&app).await;
    assert_eq!(app.event_names().await, ["account.created"]);
    assert_eq!(blobs(&app), 0);
}

#[tokio::test]
async fn m3_a_body_without_its_file_is_refused_and_leaves_nothing() {
    let app = TestApp::build()
        .options(|options| options.imports.max_bytes = 100)
        .start()
        .await;
    let client = app.sandbox();
    send(&client, KIND, parts(&[("note", b"x")]))
        .await
        .refused(400, "data.attributes.file is missing");
    let twice = parts(&[("file", b"tags\n"), ("file", b"tags\n")]);
    send(&client, KIND, twice)
        .await
        .refused(400, "data.attributes.file is there twice");
    send(
        &client,
        "multipart/form-data",
        parts(&[("file", b"tags\n")]),
    )
    .await
    .expect(400);
    let mut cut = parts(&[("file", b"tags\nvip\n")]);
    cut.truncate(cut.len() - 12);
    send(&client, KIND, cut).await.expect(400);
    send(&client, KIND, parts(&[("file", &[b'x'; 101])]))
        .await
        .refused(413, "The file is larger than 100 bytes");
    send(&client, KIND, parts(&[("file", b"")]))
        .await
        .refused(422, "data.attributes.file must not be empty");
    assert_eq!(blobs(&app), 0);
    assert!(client.get("/importers").await.expect(200).ids().is_empty());
    let read_only = app.with_permissions(&[selfsame_domain::permission::Permission::AccountRead]);
    send(&read_only.await, KIND, parts(&[("file", b"tags\n")]))
        .await
        .expect(403);
}
