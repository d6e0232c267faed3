//! `GET /inquiries/{id}/print` and `GET /verifications/{id}/print` (I38, V21, B289).

use selfsame_domain::permission::Permission;
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

/// Its government ID verification and its selfie verification.
async fn verifications(app: &TestApp, inquiry: &str) -> [String; 2] {
    let shown = app.sandbox().get(&format!("/inquiries/{inquiry}")).await;
    ["verification/government-id", "verification/selfie"].map(|kind| {
        let mut related = shown.relation("verifications").as_array().unwrap().iter();
        let found = related.find(|object| object["type"] == kind).unwrap();
        found["id"].as_str().unwrap().to_owned()
    })
}

#[tokio::test]
async fn v21_paper_shows_the_verification_its_document_its_events_and_its_photos() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let [id, selfie] = verifications(&app, &inquiry).await;
    let path = |id: &str| format!("/verifications/{id}/print");
    let printed = app.sandbox().get(&path(&id)).await.expect(200);
    let words = text(&printed);
    for expected in [
        "Government ID verification",
        id.as_str(),
        "Government ID document",
        "Alexander",
        "Check: ID expired detection",
        "verification.passed",
        "SANDBOX",
        "front,",
        "back,",
    ] {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
    for other in ["user-8842", "inquiry.completed", "center,", selfie.as_str()] {
        assert!(!words.contains(other), "{other} is in {words}");
    }
    assert_eq!(images(&printed), 2);

    let printed = app.sandbox().get(&path(&selfie)).await.expect(200);
    let words = text(&printed);
    for expected in ["Selfie verification", "center,", "left,", "right,"] {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
    assert!(!words.contains("front,"), "{words}");
    assert_eq!(images(&printed), 3);
}

#[tokio::test]
async fn v21_c26_paper_of_a_verification_leaves_out_what_the_key_never_gets() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let [id, _] = verifications(&app, &inquiry).await;
    let limited = app
        .with_key(|key| {
            key.permissions = vec![Permission::VerificationRead.as_str().to_owned()];
            key.attributes_blocklist = ["name", "name-*", "*-photo*", "photo-urls"]
                .map(str::to_owned)
                .to_vec();
        })
        .await;
    let path = format!("/verifications/{id}/print");
    let printed = limited.get(&path).await.expect(200);
    let words = text(&printed);
    assert!(words.contains("verification.passed"));
    assert!(!words.contains("Alexander"), "{words}");
    assert_eq!(images(&printed), 0);
    let other = app.with_permissions(&[Permission::InquiryRead]).await;
    other.get(&path).await.refused(
        403,
        "API key does not have the verification.read permission",
    );
}

#[tokio::test]
async fn v14_v21_a_redacted_verification_is_printed_with_what_is_left() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let [id, _] = verifications(&app, &inquiry).await;
    app.sandbox()
        .delete(&format!("/verifications/{id}"))
        .await
        .expect(200);
    let printed = app
        .sandbox()
        .get(&format!("/verifications/{id}/print"))
        .await
        .expect(200);
    let words = text(&printed);
    for expected in [id.as_str(), "passed", "Redacted at", "verification.passed"] {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
    assert!(!words.contains("Alexander"), "{words}");
    assert_eq!(images(&printed), 0);
}

#[tokio::test]
async fn v21_a_verification_of_elsewhere_is_404_and_another_id_400() {
    let app = TestApp::start().await;
    let inquiry = finished(&app).await;
    let [id, _] = verifications(&app, &inquiry).await;
    let path = format!("/verifications/{id}/print");
    let answer = app.production().get(&path).await.expect(404);
    assert_eq!(answer.title(), "Record not found");
    let other = app.second_organisation().await;
    let stranger = app.client(Some(&other.keys.sandbox));
    stranger.get(&path).await.expect(404);
    app.sandbox()
        .get(&format!("/verifications/{inquiry}/print"))
        .await
        .expect(400);
}
