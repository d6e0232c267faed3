//! What becomes of pictures when the process ends, or the disk fails, between a change and the pictures' deletion.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_domain::id::{AccountId, InquiryId};
use selfsame_service::{BlobError, BlobWriter, Blobs, FolderBlobs, Service, no_receipt};
use selfsame_testkit::{TestApp, picture};
use serde_json::{Value, json};

use crate::attributes;

/// What goes wrong with the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The process ends where it would delete.
    EndsBeforeDeleting,
    /// The process ends when a new picture is durable.
    EndsAfterPutting,
    /// The disk refuses to delete.
    CannotDelete,
}

#[derive(Debug)]
struct Troubled {
    folder: FolderBlobs,
    trouble: Trouble,
    deletions: AtomicUsize,
}

impl Blobs for Troubled {
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        self.folder.put(key, bytes)?;
        assert_ne!(self.trouble, Trouble::EndsAfterPutting, "the end");
        Ok(())
    }

    fn get(&self, key: &str) -> Result<Vec<u8>, BlobError> {
        self.folder.get(key)
    }

    fn write(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        self.folder.write(key)
    }

    fn delete(&self, keys: &[String]) -> Vec<(String, BlobError)> {
        self.deletions.fetch_add(1, Ordering::SeqCst);
        assert_ne!(self.trouble, Trouble::EndsBeforeDeleting, "the end");
        keys.iter()
            .map(|key| {
                let source = std::io::ErrorKind::PermissionDenied.into();
                let error = BlobError::Io {
                    key: key.clone(),
                    source,
                };
                (key.clone(), error)
            })
            .collect()
    }

    fn tidy(&self) -> Result<usize, BlobError> {
        self.folder.tidy()
    }
}

/// A process on the app's data whose pictures are in trouble.
fn troubled(app: &TestApp, trouble: Trouble) -> (Service, Arc<Troubled>) {
    let blobs = Arc::new(Troubled {
        folder: FolderBlobs::new(&app.folder().join("blobs")),
        trouble,
        deletions: AtomicUsize::new(0),
    });
    let kept: Arc<dyn Blobs> = blobs.clone();
    (app.process_with(kept), blobs)
}

/// Every file below `blobs`.
fn files(app: &TestApp) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(app.folder().join("blobs"));
    folders
        .into_iter()
        .flatten()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

/// How many pictures wait to be deleted.
async fn listed(app: &TestApp) -> i64 {
    let counts: BTreeMap<_, _> = app.counts().await.into_iter().collect();
    counts["blobs_to_delete"]
}

fn photo() -> Value {
    let data = STANDARD.encode(picture(7));
    json!({"selfie-photo": {"data": {"data": data, "filename": "me.jpg"}}})
}

/// Somebody with five pictures from a finished flow and a photo; the ids of inquiry and account.
async fn person(app: &TestApp) -> (InquiryId, AccountId) {
    let query = format!(
        "inquiry-template-id={}&environment=sandbox&reference-id=u",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let inquiry = opened.view.bundle.view.inquiry;
    let account = inquiry.account_id.unwrap();
    let path = format!("/accounts/{account}");
    let sandbox = app.sandbox();
    sandbox.patch(&path, attributes(photo())).await.expect(200);
    assert_eq!((files(app).len(), listed(app).await), (6, 0));
    (inquiry.id, account)
}

async fn both(test: impl AsyncFn(TestApp)) {
    test(TestApp::start().await).await;
    test(TestApp::build().on_postgres().start().await).await;
}

#[tokio::test]
async fn pictures_of_a_redacted_person_go_although_the_process_ended_before_it_deleted_them() {
    both(async |app| {
        let (inquiry, account) = person(&app).await;
        let caller = app.caller();
        let (dying, _) = troubled(&app, Trouble::EndsBeforeDeleting);
        dying
            .redact_inquiry(&caller, &inquiry, &no_receipt)
            .await
            .unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (6, 5));
        dying
            .redact_account(&caller, &account, &no_receipt)
            .await
            .unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (6, 6));

        app.service.sweep().await.unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn v15_pictures_of_a_redacted_verification_go_although_the_process_ended_before_it_deleted_them()
 {
    both(async |app| {
        let (inquiry, _) = person(&app).await;
        let caller = app.caller();
        let bundle = app.service.get_inquiry(&caller, &inquiry).await.unwrap();
        let verification = &bundle.verifications[0].id;
        let (dying, _) = troubled(&app, Trouble::EndsBeforeDeleting);
        dying
            .redact_verification(&caller, verification, &no_receipt)
            .await
            .unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (6, 2));

        app.service.sweep().await.unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (4, 0));
    })
    .await;
}

#[tokio::test]
async fn replaced_photos_and_uploads_go_although_the_process_ended_before_it_deleted_them() {
    both(async |app| {
        let made = app.sandbox().post("/accounts", attributes(photo())).await;
        let path = format!("/accounts/{}", made.expect(201).id());
        let opened = app
            .open(&format!(
                "inquiry-template-id={}&environment=sandbox",
                app.own.template
            ))
            .await
            .unwrap();
        let mut visitor = app.visitor(&opened.session_token);
        for values in [
            json!({}),
            json!({"name-first": "Sam", "name-last": "Smith", "birthdate": "1990-12-10", "email-address": null}),
            json!({"country": "US"}),
            json!({"id_class": "dl"}),
        ] {
            visitor.submit(values).await.unwrap();
        }
        visitor.upload().await.unwrap();
        let pictures = files(&app).len();
        assert_eq!((pictures, listed(&app).await), (3, 0));

        let (dying, _) = troubled(&app, Trouble::EndsBeforeDeleting);
        let answer = app.client_of(&dying).patch(&path, attributes(photo()));
        answer.await.expect(200);
        assert_eq!((files(&app).len(), listed(&app).await), (4, 1));
        let step = visitor.state().await.unwrap().step().unwrap().to_owned();
        dying
            .flow_upload(&opened.session_token, &step, "front", "upload", picture(9))
            .await
            .unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (5, 2));

        app.service.sweep().await.unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (3, 0));
    })
    .await;
}

#[tokio::test]
async fn a_photo_that_an_upsert_replaces_is_deleted() {
    let app = TestApp::start().await;
    for status in [201, 200] {
        let mut wish = photo();
        wish["reference-id"] = json!("u");
        let mut body = attributes(wish);
        body["meta"] = json!({"upsert-by": "reference-id"});
        app.sandbox().post("/accounts", body).await.expect(status);
        assert_eq!((files(&app).len(), listed(&app).await), (1, 0));
    }
}

#[tokio::test]
async fn a_picture_that_no_row_came_to_name_is_deleted_a_day_later() {
    both(async |app| {
        let (dying, _) = troubled(&app, Trouble::EndsAfterPutting);
        let answer = app.client_of(&dying).post("/accounts", attributes(photo()));
        answer.await.expect(500);
        assert_eq!((files(&app).len(), listed(&app).await), (1, 1));
        app.advance(86_399);
        app.service.sweep().await.unwrap();
        assert_eq!(files(&app).len(), 1, "its row may be on the way");
        app.advance(1);
        app.service.sweep().await.unwrap();
        assert_eq!((files(&app).len(), listed(&app).await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn pictures_that_cannot_be_deleted_are_tried_again_but_not_all_the_time() {
    let app = TestApp::start().await;
    let (inquiry, _) = person(&app).await;
    let (failing, blobs) = troubled(&app, Trouble::CannotDelete);
    failing
        .redact_inquiry(&app.caller(), &inquiry, &no_receipt)
        .await
        .unwrap();
    let deletions = || blobs.deletions.load(Ordering::SeqCst);
    assert_eq!(deletions(), 1);
    failing.sweep().await.unwrap();
    assert_eq!(deletions(), 1, "not at once");
    app.advance(600);
    failing.sweep().await.unwrap();
    assert_eq!(deletions(), 2);
    assert_eq!((files(&app).len(), listed(&app).await), (6, 5));
    app.advance(600);
    app.service.sweep().await.unwrap();
    assert_eq!((files(&app).len(), listed(&app).await), (1, 0));
}
