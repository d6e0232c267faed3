//! Imports, user audit logs, and the devices that sessions name.

use selfsame_domain::id::{
    AccountId, DeviceId, Entropy, EnvironmentId, Id, ImporterId, UserAuditLogId, UserId,
    UserSessionId,
};
use selfsame_domain::importer::{Importer, ImporterStatus, RowOutcome};
use selfsame_domain::user_audit_log::{UserAuditEntry, UserAuditLog};
use selfsame_store::{Ask, ImportedRows, RowsFilter, Slice};
use serde_json::json;

use super::world::{NOW, World, word, world};

fn importer(environment: &EnvironmentId, id: &str) -> Importer {
    let blob = format!("{environment}/{id}");
    Importer {
        id: ImporterId::from_trusted(format!("mprt_{id}")),
        ..Importer::create(environment, blob, NOW, &mut Entropy::seeded(1))
    }
}

#[tokio::test]
async fn m1_m17_an_importer_comes_back_and_waits_until_its_lease_has_passed() {
    let world = world().await;
    let mut first = importer(&world.sandbox, "1");
    first.leased_until = NOW.plus_seconds(5);
    let second = importer(&world.production, "2");
    world
        .commit(|batch| {
            batch.insert_importer(&first);
            batch.insert_importer(&second);
        })
        .await
        .unwrap();
    let waiting = async |seconds| {
        let ask = Ask::waiting_importer(NOW.plus_seconds(seconds));
        world.store.ask(ask).await.unwrap()
    };
    assert_eq!(waiting(-1).await, None);
    assert_eq!(waiting(0).await, Some(second.clone()));
    assert_eq!(
        waiting(9).await.as_ref(),
        Some(&second),
        "it has waited longer"
    );

    let mut done = second.clone();
    done.advance(&[RowOutcome::Error("is empty".into())], 99);
    done.fail("column 1 is there twice".into(), NOW.plus_seconds(1));
    world
        .commit(|batch| batch.update_importer(&done))
        .await
        .unwrap();
    let stale = world.commit(|batch| batch.update_importer(&second)).await;
    assert_eq!(word(&stale), "conflict");
    let found = world
        .store
        .ask(Ask::importer(&world.production, &second.id))
        .await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.version, 2);
    assert_eq!(found.status, ImporterStatus::Errored);
    assert_eq!(
        Importer {
            version: 1,
            ..found
        },
        done
    );
    assert_eq!(waiting(4).await, None);
    assert_eq!(waiting(5).await, Some(first.clone()));
    let foreign = world
        .store
        .ask(Ask::importer(&world.production, &first.id))
        .await;
    assert_eq!(foreign.unwrap(), None);
}

#[tokio::test]
async fn m22_slices_of_rows_are_found_by_a_row_in_them_and_by_what_they_hold() {
    let world = world().await;
    let own = importer(&world.sandbox, "1");
    let created = || RowOutcome::Created(AccountId::from_trusted("act_1".into()));
    let duplicate = || RowOutcome::Duplicate("reference_id is taken".into());
    let error = || RowOutcome::Error("is empty".into());
    let slices = [
        ImportedRows {
            first: 1,
            outcomes: vec![created(), created(), duplicate()],
        },
        ImportedRows {
            first: 4,
            outcomes: vec![created(), error()],
        },
        ImportedRows {
            first: 6,
            outcomes: vec![created()],
        },
    ];
    world
        .commit(|batch| {
            batch.insert_importer(&own);
            for slice in &slices {
                batch.insert_imported_rows(&own, slice);
            }
        })
        .await
        .unwrap();
    let found = async |filter, from, limit| {
        let ask = Ask::imported_rows(&world.sandbox, &own.id, filter, from, limit);
        world.store.ask(ask).await.unwrap()
    };
    assert_eq!(found(RowsFilter::All, 1, 9).await, slices);
    assert_eq!(found(RowsFilter::All, 3, 2).await, slices[..2]);
    assert_eq!(found(RowsFilter::All, 5, 9).await, slices[1..]);
    assert_eq!(found(RowsFilter::Duplicates, 1, 9).await, slices[..1]);
    assert_eq!(found(RowsFilter::Errors, 1, 9).await, slices[1..2]);
    assert!(found(RowsFilter::All, 7, 9).await.is_empty());
    let foreign = Ask::imported_rows(&world.production, &own.id, RowsFilter::All, 1, 9);
    assert!(world.store.ask(foreign).await.unwrap().is_empty());
}

#[tokio::test]
async fn m10_what_is_taken_is_told_of_active_accounts_of_the_type_and_environment() {
    let world = world().await;
    let mut archived = world.account("2", Some("archived"));
    archived.archived_at = Some(NOW);
    world
        .insert(&world.account("1", Some("Taken")))
        .await
        .unwrap();
    world.insert(&archived).await.unwrap();
    let folds = ["taken", "archived", "free"].map(str::to_owned).to_vec();
    let ask = |environment: &EnvironmentId| {
        Ask::taken_references(environment, &world.kind.id, folds.clone())
    };
    assert_eq!(
        world.store.ask(ask(&world.sandbox)).await.unwrap(),
        ["taken"]
    );
    assert!(
        world
            .store
            .ask(ask(&world.production))
            .await
            .unwrap()
            .is_empty()
    );
    let folds = vec!["nobody".to_owned()];
    let ask = Ask::taken_identifiers(&world.sandbox, &world.kind.id, "email_address", folds);
    assert!(world.store.ask(ask).await.unwrap().is_empty());
}

#[tokio::test]
async fn l21_l23_what_users_did_comes_back_as_far_as_is_asked() {
    let world = world().await;
    let log = |id: &str, seconds| UserAuditLog {
        environment_id: world.sandbox.clone(),
        id: UserAuditLogId::from_trusted(format!("ual_{id}")),
        user_id: UserId::from_trusted("user_1".into()),
        session_id: UserSessionId::from_trusted("uses_1".into()),
        created_at: NOW.plus_seconds(seconds),
        entry: UserAuditEntry {
            path: "/api/internal/dashboard/v1/inquiries".into(),
            method: "POST".into(),
            get_params: json!({}),
            post_params: json!("[FILTERED]"),
            ip_address: "198.51.100.7".into(),
            user_agent: "Mozilla/5.0".into(),
            response_status: 201,
            impersonator_email_address: Some("a@example.com".into()),
            context: json!({"inquiry-id": "inq_1"}),
        },
    };
    let logs = [log("3", 2), log("2", 1), log("1", 0)];
    world
        .commit(|batch| logs.iter().for_each(|log| batch.insert_user_audit_log(log)))
        .await
        .unwrap();
    let found = world
        .store
        .ask(Ask::user_audit_log(&world.sandbox, &logs[1].id))
        .await;
    assert_eq!(found.unwrap().as_ref(), Some(&logs[1]));
    let since = NOW.plus_seconds(1);
    let page = Ask::user_audit_logs(&world.sandbox, since, &Slice::First, 9);
    assert_eq!(world.store.ask(page).await.unwrap().items, logs[..2]);
    let cursor = world
        .store
        .user_audit_log_cursor(&world.sandbox, "ual_3")
        .await;
    let slice = Slice::After(cursor.unwrap().unwrap());
    let page = Ask::user_audit_logs(&world.sandbox, NOW, &slice, 1);
    assert_eq!(world.store.ask(page).await.unwrap().items, logs[1..2]);
    let foreign = Ask::user_audit_log(&world.production, &logs[1].id);
    assert_eq!(world.store.ask(foreign).await.unwrap(), None);
}

#[tokio::test]
async fn d5_a_device_is_known_where_a_session_was_opened_on_it() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let mut session = World::session("1", &inquiry);
    let device = DeviceId::from_trusted("dev_1".into());
    session.device_id = Some(device.clone());
    world
        .commit(|batch| {
            batch.insert_inquiry(&inquiry);
            batch.insert_session(&session, 1);
        })
        .await
        .unwrap();
    let knows = async |environment, device: &DeviceId| {
        let ask = Ask::knows_device(environment, device);
        world.store.ask(ask).await.unwrap()
    };
    assert!(knows(&world.sandbox, &device).await);
    assert!(!knows(&world.production, &device).await);
    assert!(!knows(&world.sandbox, &DeviceId::from_trusted("dev_2".into())).await);
}
