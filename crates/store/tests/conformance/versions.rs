//! A write names the version it saw, and a stale one changes nothing.

use selfsame_domain::ReferenceId;
use selfsame_domain::inquiry::Status;
use selfsame_domain::session::SessionStatus;
use selfsame_domain::webhook::WebhookStatus;
use selfsame_store::Batch;

use super::world::{NOW, World, word, world};

#[tokio::test]
async fn a_write_over_a_stale_version_is_a_conflict_for_every_noun() {
    let world = world().await;
    let mut account = world.account("1", None);
    let mut inquiry = world.inquiry("1", Some(&account));
    let mut session = World::session("1", &inquiry);
    let mut key = world.api_key("1", 1);
    let mut webhook = world.webhook("1");
    world
        .commit(|batch| {
            batch.insert_account(&account, &world.kind);
            batch.insert_inquiry(&inquiry);
            batch.insert_session(&session, 1);
            batch.insert_api_key(&key);
            batch.insert_webhook(&webhook);
        })
        .await
        .unwrap();

    account.status = "Other".into();
    inquiry.status = Status::Pending;
    session.status = SessionStatus::Active;
    key.key.settings.name = "Renamed".into();
    webhook.webhook.status = WebhookStatus::Enabled;
    let mut kind = world.kind.clone();
    kind.name = "Renamed".into();
    let writes: [&dyn Fn(&mut Batch); 6] = [
        &|batch| batch.update_account(&account, &world.kind),
        &|batch| batch.update_inquiry(&inquiry),
        &|batch| batch.update_session(&session),
        &|batch| batch.update_api_key(&key.key),
        &|batch| batch.update_webhook(&webhook),
        &|batch| batch.update_account_type(&kind),
    ];
    for write in writes {
        world.commit(write).await.unwrap();
        // The row is at version 2 now.
        assert_eq!(word(&world.commit(write).await), "conflict");
    }
    assert_eq!(world.find(&account).await.unwrap().version, 2);
    let found = world.store.find_inquiry(&world.sandbox, &inquiry.id).await;
    assert_eq!(found.unwrap().unwrap().inquiry.version, 2);
    let found = world.store.find_session(&world.sandbox, &session.id).await;
    assert_eq!(found.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn a_check_of_a_changed_row_refuses_the_whole_batch() {
    let world = world().await;
    let account = world.account("1", Some("a"));
    world.insert(&account).await.unwrap();
    let mut renamed = account.clone();
    renamed.reference_id = ReferenceId::parse("b").ok();
    world
        .commit(|batch| batch.update_account(&renamed, &world.kind))
        .await
        .unwrap();

    let inquiry = world.inquiry("1", Some(&account));
    let outcome = world
        .commit(|batch| {
            batch.insert_inquiry(&inquiry);
            batch.check_account(&account);
        })
        .await;
    assert_eq!(word(&outcome), "conflict");
    let found = world.store.find_inquiry(&world.sandbox, &inquiry.id).await;
    assert!(found.unwrap().is_none());

    renamed.version = 2;
    world
        .commit(|batch| {
            batch.check_account(&renamed);
            batch.insert_inquiry(&inquiry);
        })
        .await
        .unwrap();
    let mut stale = inquiry.clone();
    stale.version = 7;
    let outcome = world.commit(|batch| batch.touch_inquiry(&stale)).await;
    assert_eq!(word(&outcome), "conflict");
}

#[tokio::test]
async fn of_two_that_touch_an_inquiry_as_they_read_it_the_second_comes_too_late() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    world
        .commit(|batch| batch.insert_inquiry(&inquiry))
        .await
        .unwrap();
    world
        .commit(|batch| batch.touch_inquiry(&inquiry))
        .await
        .unwrap();
    let outcome = world.commit(|batch| batch.touch_inquiry(&inquiry)).await;
    assert_eq!(word(&outcome), "conflict");
    let outcome = world.commit(|batch| batch.update_inquiry(&inquiry)).await;
    assert_eq!(word(&outcome), "conflict");
}

#[tokio::test]
async fn an_inquiry_that_arrived_meanwhile_refuses_what_was_meant_for_all_of_an_account() {
    let world = world().await;
    let account = world.account("1", Some("a"));
    world.insert(&account).await.unwrap();
    let (first, second) = (
        world.inquiry("1", Some(&account)),
        world.inquiry("2", Some(&account)),
    );
    world
        .commit(|batch| batch.insert_inquiry(&first))
        .await
        .unwrap();
    let for_one = |batch: &mut Batch| {
        batch.update_account(&account, &world.kind);
        batch.check_inquiries_of(&account, 1);
    };
    world
        .commit(|batch| batch.insert_inquiry(&second))
        .await
        .unwrap();
    assert_eq!(word(&world.commit(for_one).await), "conflict");
    world
        .commit(|batch| {
            batch.update_account(&account, &world.kind);
            batch.check_inquiries_of(&account, 2);
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_row_of_another_environment_is_not_there() {
    let world = world().await;
    let account = world.account("1", None);
    world.insert(&account).await.unwrap();
    let mut foreign = account.clone();
    foreign.environment_id = world.production.clone();
    let outcome = world
        .commit(|batch| batch.update_account(&foreign, &world.kind))
        .await;
    assert_eq!(word(&outcome), "conflict");
    let found = world
        .store
        .find_account(&world.production, &account.id)
        .await;
    assert!(found.unwrap().is_none());
}

#[tokio::test]
async fn what_is_committed_is_there_after_closing_and_opening_again() {
    let world = world().await;
    let account = world.account("1", Some("kept"));
    world.insert(&account).await.unwrap();
    let (place, environment) = (world.place, world.sandbox);
    drop(world.store);
    let store = place.open().await;
    let found = store.find_account(&environment, &account.id).await.unwrap();
    assert_eq!(found, Some(account));
}

#[tokio::test]
async fn of_several_writers_of_one_row_exactly_one_wins() {
    let world = world().await;
    let account = world.account("1", None);
    world.insert(&account).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..20 {
        let (store, kind) = (world.store.clone(), world.kind.clone());
        let mut changed = account.clone();
        changed.status = format!("Status {number}");
        changed.updated_at = NOW.plus_seconds(number);
        tasks.push(tokio::spawn(async move {
            let mut batch = Batch::new();
            batch.update_account(&changed, &kind);
            word(&store.commit(batch).await)
        }));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes.sort();
    let mut expected = vec!["conflict"; 19];
    expected.insert(0, "committed");
    assert_eq!(outcomes, expected);
}
