//! `GET /inquiries/{id}/print` (I38, B289).

use selfsame_testkit::{Answer, TestApp};
use serde_json::json;

fn text(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    let pdf = lopdf::Document::load_mem(&answer.bytes).expect("a PDF");
    let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
    pdf.extract_text(&pages).expect("text")
}

fn images(answer: &Answer) -> usize {
    let pdf = lopdf::Document::load_mem(&answer.bytes).expect("a PDF");
    let streams = pdf.objects.values().filter_map(|it| it.as_stream().ok());
    streams
        .filter(|it| {
            it.dict
                .get(b"Subtype")
                .and_then(lopdf::Object::as_name)
                .ok()
                == Some(b"Image")
        })
        .count()
}

/// An inquiry that somebody went through, photos and all.
async fn finished(app: &TestApp) -> String {
    let inquiry = app
        .inquiry(json!({"auto-create-account-reference-id": "user-8842"}))
        .await;
    let opened = app
        .open(&format!("inquiry-id={inquiry}"))
        .await
        .expect("an open flow");
    app.visitor(&opened.session_token).finish().await;
    inquiry
}

#[tokio::test]
async fn b289_paper_shows_the_inquiry_its_neighbours_its_events_and_its_photos() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{inquiry}/print"))
        .await
        .expect(200);
    let text = text(&answer);
    for words in [
        "Inquiry",
        inquiry.as_str(),
        "user-8842",
        "Alexander",
        "Government ID verification",
        "Check: ID expired detection",
        "inquiry.completed",
        "SANDBOX",
        "Pictures",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    // One each of what the screens were given; a picture that comes twice is kept once.
    assert_eq!(images(&answer), 3);
    for part in ["front,", "center,", "left,", "right,"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test]
async fn c26_paper_leaves_out_what_the_key_never_gets() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let limited = app
        .with_key(|key| {
            key.attributes_blocklist = ["name", "name-*", "*-photo*", "photo-urls"]
                .map(str::to_owned)
                .to_vec();
        })
        .await;
    let answer = limited
        .get(&format!("/inquiries/{inquiry}/print"))
        .await
        .expect(200);
    let text = text(&answer);
    for secret in ["Alexander", "Sample"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(text.contains("user-8842"));
    assert_eq!(images(&answer), 0);
}

#[tokio::test]
async fn i10_after_redaction_paper_shows_nothing_of_the_person() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let client = app.sandbox();
    let shown = client.get(&format!("/inquiries/{inquiry}")).await;
    let account = shown.related("account").expect("an account");
    client
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{inquiry}/print"))
        .await
        .expect(200);
    let text = text(&answer);
    assert!(!text.contains("Alexander"));
    assert_eq!(images(&answer), 0);
}

#[tokio::test]
async fn a_foreign_inquiry_is_404_as_a_document() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let answer = app
        .production()
        .get(&format!("/inquiries/{inquiry}/print"))
        .await
        .expect(404);
    assert_eq!(answer.title(), "Record not found");
}

#[tokio::test]
async fn a_photo_whose_bytes_are_gone_does_not_keep_the_rest_from_paper() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let environment = &app.own.sandbox.id;
    let id = selfsame_domain::id::Id::parse(&inquiry).unwrap();
    let files = app.store().list_files(environment, &id).await.unwrap();
    let blobs = app.folder().join("blobs");
    std::fs::remove_file(blobs.join(&files[0].blob_key)).unwrap();
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{inquiry}/print"))
        .await
        .expect(200);
    let text = text(&answer);
    assert!(text.contains("inquiry.completed"));
    let lost = format!("{},", files[0].part);
    assert!(!text.contains(&lost), "{lost} is in {text}");
}
