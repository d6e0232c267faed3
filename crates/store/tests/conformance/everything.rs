//! Every statement of the store, once: that it prepares, and that what goes in comes out.

use selfsame_domain::api_key::{ApiKey, ApiKeySettings};
use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::id::{
    ApiKeyId, DocumentId, FileId, Id, SelfieId, TemplateVersionId, VerificationId,
    VerificationTemplateId,
};
use selfsame_domain::inquiry::Status;
use selfsame_domain::session::OneTimeLink;
use selfsame_domain::verification::{
    Document, Selfie, UploadedFile, Verification, VerificationDetail, VerificationKind,
    VerificationStatus,
};
use selfsame_store::{ApiKeyRow, Ask, EventFilter, Query, Slice, StoreError};
use serde_json::json;

use super::world::{NOW, World, fields, world};

#[tokio::test]
async fn organisations_environments_types_and_keys_come_back() {
    let world = world().await;
    let store = &world.store;
    let environments = store.list_environments().await.unwrap();
    let kinds: Vec<_> = environments
        .iter()
        .map(|row| row.environment.kind)
        .collect();
    assert_eq!(
        kinds,
        [EnvironmentKind::Production, EnvironmentKind::Sandbox],
        "B24 wants production first"
    );
    let found = store
        .find_environment(&world.sandbox)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.token_key_sealed, [1, 2, 3]);
    assert_eq!(found.environment.organisation_id, world.organisation);

    let types = store.list_account_types(&world.organisation).await.unwrap();
    assert_eq!(types, std::slice::from_ref(&world.kind));
    let found = store
        .find_account_type(&world.organisation, &world.kind.id)
        .await
        .unwrap();
    assert_eq!(found, Some(world.kind.clone()));
    let default = store.find_default_account_type(&world.organisation).await;
    assert_eq!(default.unwrap(), Some(world.kind.clone()));

    let key = ApiKey {
        environment_id: world.sandbox.clone(),
        id: ApiKeyId::from_trusted("api_1".into()),
        settings: ApiKeySettings {
            note: Some("Note".into()),
            permissions: vec!["account.read".into()],
            attributes_blocklist: vec!["name-*".into()],
            ..ApiKeySettings::new("Key", "2025-12-08")
        },
        created_at: NOW,
        expires_at: Some(NOW.plus_seconds(9)),
        last_used_at: Some(NOW.plus_seconds(3)),
        version: 1,
    };
    let row = ApiKeyRow {
        key: key.clone(),
        value_hash: vec![5; 32],
        value_sealed: vec![6; 40],
    };
    world
        .commit(|batch| batch.insert_api_key(&row))
        .await
        .unwrap();
    let found = store.ask(Ask::api_key(vec![5; 32])).await.unwrap().unwrap();
    assert_eq!(
        (&found.settings, found.expires_at, found.environment.id),
        (&key.settings, key.expires_at, world.sandbox.clone())
    );
    assert!(
        store
            .ask(Ask::api_key(vec![7; 32]))
            .await
            .unwrap()
            .is_none()
    );
    let listed = store.list_api_keys(&world.sandbox).await.unwrap();
    let [listed] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    assert_eq!(
        (&listed.key, &listed.value_sealed),
        (&key, &row.value_sealed)
    );
    assert_eq!(
        store.list_api_keys(&world.production).await.unwrap().len(),
        0
    );
}

#[tokio::test]
async fn templates_and_versions_come_back() {
    let world = world().await;
    let store = &world.store;
    let mut template = world.template.clone();
    let mut draft = world.version.clone();
    draft.id = TemplateVersionId::from_trusted("itmplv_2".into());
    draft.published = false;
    draft.created_at = NOW.plus_seconds(1);
    draft.published_at = None;
    draft.name_display = None;
    template.active = false;
    template.name = "Renamed".into();
    template.settings.allowed_domains = vec!["example.com".into()];
    template.updated_at = NOW.plus_seconds(2);
    world
        .commit(|batch| {
            batch.insert_template_version(&draft);
            batch.update_template(&template);
        })
        .await
        .unwrap();
    let (organisation, id) = (&world.organisation, &world.template.id);
    assert_eq!(
        store.find_template(organisation, id).await.unwrap(),
        Some(template.clone())
    );
    assert_eq!(
        store.find_template_anywhere(id).await.unwrap(),
        Some(template.clone())
    );
    let found = store.find_template_version(organisation, &draft.id).await;
    assert_eq!(found.unwrap(), Some(draft.clone()));
    let found = store.find_template_version_anywhere(&draft.id).await;
    assert_eq!(found.unwrap(), Some(draft.clone()));
    let page = store.list_templates(organisation, &Slice::First, 10).await;
    assert_eq!(page.unwrap().items, [template]);
    let page = store
        .list_template_versions(organisation, id, &Slice::First, 1)
        .await
        .unwrap();
    assert_eq!(page.items, [draft.clone()]);
    assert!(page.has_older);
    let cursor = store
        .template_version_cursor(organisation, draft.id.as_str())
        .await
        .unwrap()
        .unwrap();
    let page = store
        .list_template_versions(organisation, id, &Slice::After(cursor), 1)
        .await
        .unwrap();
    assert_eq!(page.items, std::slice::from_ref(&world.version));
    let cursor = store.template_cursor(organisation, id.as_str()).await;
    assert_eq!(cursor.unwrap().unwrap().id, "itmpl_1");
}

#[tokio::test]
async fn an_inquiry_comes_back_with_its_children_oldest_first() {
    let world = world().await;
    let account = world.account("1", Some("a"));
    let inquiry = world.inquiry("1", Some(&account));
    world
        .commit(|batch| {
            batch.insert_account(&account, &world.kind);
            batch.insert_inquiry(&inquiry);
            for (slot, seconds) in [(1, 5), (2, 1)] {
                let mut session = World::session(&slot.to_string(), &inquiry);
                session.created_at = NOW.plus_seconds(seconds);
                batch.insert_session(&session, slot);
            }
            for made in verifications(&world) {
                batch.put_verification(&made);
            }
            batch.put_document(&document(&world));
            batch.put_selfie(&selfie(&world));
        })
        .await
        .unwrap();
    let store = &world.store;
    let view = store
        .find_inquiry(&world.sandbox, &inquiry.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.inquiry, inquiry);
    assert_eq!(view.session_ids, ["iqse_2", "iqse_1"]);
    assert_eq!(
        view.verifications,
        [
            ("ver_1".to_owned(), "verification/government-id".to_owned()),
            ("ver_2".to_owned(), "verification/selfie".to_owned()),
        ]
    );
    assert_eq!(view.document_ids, ["doc_1"]);
    assert_eq!(view.selfie_ids, ["self_1"]);
    let of_account = store
        .list_inquiries_of_account(&world.sandbox, &account.id)
        .await
        .unwrap();
    assert_eq!(of_account.len(), 1);
    let environment = store.find_environment_of_inquiry(&inquiry.id).await;
    assert_eq!(environment.unwrap(), Some(world.sandbox.clone()));
    let anywhere = store
        .find_session_anywhere(&World::session("1", &inquiry).id)
        .await
        .unwrap();
    assert_eq!(anywhere.unwrap().inquiry_id, inquiry.id);
}

fn verifications(world: &World) -> Vec<Verification> {
    [
        ("ver_1", VerificationKind::GovernmentId),
        ("ver_2", VerificationKind::Selfie),
    ]
    .into_iter()
    .map(|(id, kind)| Verification {
        id: VerificationId::from_trusted(id.into()),
        environment_id: world.sandbox.clone(),
        inquiry_id: world.inquiry("1", None).id,
        account_id: None,
        kind,
        template_id: VerificationTemplateId::from_trusted("vtmpl_1".into()),
        status: VerificationStatus::Submitted,
        created_at: NOW,
        submitted_at: Some(NOW),
        completed_at: None,
        redacted_at: None,
        detail: VerificationDetail::default(),
    })
    .collect()
}

fn document(world: &World) -> Document {
    Document {
        id: DocumentId::from_trusted("doc_1".into()),
        environment_id: world.sandbox.clone(),
        inquiry_id: world.inquiry("1", None).id,
        account_id: None,
        status: "submitted".into(),
        created_at: NOW,
        processed_at: None,
        attributes: fields(json!({"id-class": "dl"})),
    }
}

fn selfie(world: &World) -> Selfie {
    Selfie {
        id: SelfieId::from_trusted("self_1".into()),
        environment_id: world.sandbox.clone(),
        inquiry_id: world.inquiry("1", None).id,
        account_id: None,
        status: "submitted".into(),
        created_at: NOW,
        processed_at: None,
    }
}

#[tokio::test]
async fn verifications_documents_selfies_and_files_are_put_over_themselves() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let mut made = verifications(&world).remove(0);
    let (mut document, mut selfie) = (document(&world), selfie(&world));
    let mut file = UploadedFile {
        id: FileId::from_trusted("docf_1".into()),
        environment_id: world.sandbox.clone(),
        inquiry_id: inquiry.id.clone(),
        step: "verification_government_id".into(),
        part: "front".into(),
        owner_id: None,
        blob_key: "env_sandbox/docf_1".into(),
        sha256: "00".into(),
        mime_type: "image/jpeg".into(),
        byte_size: 12_345,
        width: 640,
        height: 480,
        capture_method: "manual".into(),
        created_at: NOW,
    };
    world
        .commit(|batch| batch.insert_inquiry(&inquiry))
        .await
        .unwrap();
    for round in 0..2 {
        if round == 1 {
            made.status = VerificationStatus::Passed;
            made.completed_at = Some(NOW);
            document.status = "processed".into();
            selfie.processed_at = Some(NOW);
            file.owner_id = Some("ver_1".into());
        }
        world
            .commit(|batch| {
                batch.put_verification(&made);
                batch.put_document(&document);
                batch.put_selfie(&selfie);
                batch.put_file(&file);
            })
            .await
            .unwrap();
        let (store, environment, id) = (&world.store, &world.sandbox, &inquiry.id);
        let found = store
            .ask(Ask::verifications(environment, id))
            .await
            .unwrap();
        assert_eq!(found, [made.clone()]);
        let found = store.ask(Ask::documents(environment, id)).await.unwrap();
        assert_eq!(found, [document.clone()]);
        let found = store.ask(Ask::selfies(environment, id)).await.unwrap();
        assert_eq!(found, [selfie.clone()]);
        let found = store.list_files(environment, id).await.unwrap();
        assert_eq!(found, [file.clone()]);
        for (environment, is_there) in [(environment, true), (&world.production, false)] {
            let found = store.ask(Ask::verification(environment, &made.id)).await;
            assert_eq!(found.unwrap(), is_there.then(|| made.clone()));
            let found = store.ask(Ask::document(environment, &document.id)).await;
            assert_eq!(found.unwrap(), is_there.then(|| document.clone()));
            let found = store.ask(Ask::file(environment, &file.id)).await;
            assert_eq!(found.unwrap(), is_there.then(|| file.clone()));
        }
    }
    let files = async || {
        let found = world.store.list_files(&world.sandbox, &inquiry.id).await;
        found.unwrap().len()
    };
    world
        .commit(|batch| batch.delete_file(&file))
        .await
        .unwrap();
    assert_eq!(files().await, 0);
}

#[tokio::test]
async fn i24_due_inquiries_are_the_open_ones_whose_time_has_come_longest_overdue_first() {
    let world = world().await;
    world
        .commit(|batch| {
            for (id, expires, result, status, redacted) in [
                ("late", 50, None, Status::Created, false),
                ("result", 90, Some(10), Status::Pending, false),
                ("later", 70, None, Status::Pending, false),
                ("future", 500, None, Status::Created, false),
                ("done", 20, None, Status::Completed, false),
                ("redacted", 20, None, Status::Created, true),
            ] {
                let mut inquiry = world.inquiry(id, None);
                inquiry.status = status;
                inquiry.expires_at = Some(NOW.plus_seconds(expires));
                inquiry.detail.run.result_due_at = result.map(|at| NOW.plus_seconds(at));
                inquiry.redacted_at = redacted.then_some(NOW);
                batch.insert_inquiry(&inquiry);
            }
        })
        .await
        .unwrap();
    let due = async |seconds, limit| {
        let found = world
            .store
            .list_due_inquiries(NOW.plus_seconds(seconds), limit)
            .await
            .unwrap();
        found
            .iter()
            .map(|(_, id)| id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(due(9, 10).await, Vec::<String>::new());
    assert_eq!(due(100, 10).await, ["inq_result", "inq_late", "inq_later"]);
    assert_eq!(due(100, 1).await, ["inq_result"]);
}

#[tokio::test]
async fn e4_events_come_back_whole_and_filter_by_name_object_and_id() {
    let world = world().await;
    let mut first = world.event("1", 0);
    first.context = fields(json!({"changed": ["reference_id"]}));
    let mut second = world.event("2", 1);
    second.name = "account.redacted".into();
    second.object_id = "act_2".into();
    world
        .commit(|batch| {
            batch.insert_event(first.clone().written());
            batch.insert_event(second.clone().written());
        })
        .await
        .unwrap();
    let found = world
        .store
        .find_event(&world.sandbox, "evt_1")
        .await
        .unwrap();
    assert_eq!(found, Some(first.clone()));
    let mut scrubbed = first;
    scrubbed.payload = json!({"type": "account", "id": "act_1", "attributes": null});
    world
        .commit(|batch| batch.replace_event_payload(&scrubbed))
        .await
        .unwrap();
    let of_object = world
        .store
        .list_events_of(&world.sandbox, &["act_1".to_owned(), "act_9".to_owned()])
        .await
        .unwrap();
    assert_eq!(of_object, [scrubbed]);
    let elsewhere = world.store.find_event(&world.production, "evt_1").await;
    assert_eq!(elsewhere.unwrap(), None);
    let list = |value: &str| Some(vec![value.to_owned()]);
    for (filter, expected) in [
        (
            EventFilter {
                names: list("account.redacted"),
                ..EventFilter::default()
            },
            "evt_2",
        ),
        (
            EventFilter {
                object_ids: list("act_1"),
                ..EventFilter::default()
            },
            "evt_1",
        ),
        (
            EventFilter {
                ids: list("evt_2"),
                ..EventFilter::default()
            },
            "evt_2",
        ),
    ] {
        let page = world
            .store
            .list_events(&world.sandbox, &filter, &Slice::First, 10)
            .await
            .unwrap();
        let ids: Vec<_> = page.items.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, [expected]);
    }
}

#[tokio::test]
async fn links_come_back_by_their_code() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let session = World::session("1", &inquiry);
    let link = OneTimeLink {
        environment_id: world.sandbox.clone(),
        session_id: session.id.clone(),
        inquiry_id: inquiry.id.clone(),
        code_hash: vec![1; 32],
        code_sealed: vec![2; 8],
        created_at: NOW,
        expires_at: NOW.plus_seconds(1),
        redeemed_at: None,
    };
    world
        .commit(|batch| {
            batch.insert_inquiry(&inquiry);
            batch.insert_session(&session, 1);
            batch.insert_link(&link);
        })
        .await
        .unwrap();
    let found = world.store.find_link(vec![1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (
            found.session_id,
            found.inquiry_id,
            found.code_sealed,
            found.expires_at
        ),
        (
            link.session_id,
            link.inquiry_id,
            link.code_sealed,
            link.expires_at
        )
    );
    assert!(world.store.find_link(vec![3; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn several_queries_read_one_snapshot_and_a_bad_one_says_so() {
    let world = world().await;
    let count = || Query::new("SELECT count(*) FROM environments", vec![]);
    let mut results = world.store.read(vec![count(), count()]).await.unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0][0].integer().unwrap(), 2);
    let bad = Query::new("SELECT nothing FROM nowhere", vec![]);
    let outcome = world.store.read(vec![bad]).await;
    assert!(matches!(outcome, Err(StoreError::Statement(_))));
}
