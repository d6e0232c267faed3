//! The unique places: identifiers, tags, sessions, idempotency keys, one-time links.

use selfsame_domain::id::{Id, TagId};
use selfsame_domain::session::OneTimeLink;
use selfsame_domain::tag::{MAX_TAGS, Tag};
use selfsame_store::{Ask, Batch, Guard, StoredAnswer};
use serde_json::json;

use super::world::{NOW, World, account_type, fields, taken, word, world};

#[tokio::test]
async fn a13_a_unique_identifier_is_taken_within_its_type_and_environment_only() {
    let world = world().await;
    let with_number = |id: &str, number: &str| {
        let mut account = world.account(id, None);
        account.fields = fields(json!({"customer_number": number}));
        account
    };
    let first = with_number("1", "C-1");
    world.insert(&first).await.unwrap();
    let outcome = world.insert(&with_number("2", "c-1")).await;
    assert_eq!(word(&outcome), taken(Guard::Identifier));
    assert_eq!(
        world.find(&with_number("2", "")).await,
        None,
        "all or nothing"
    );

    let mut elsewhere = with_number("3", "c-1");
    elsewhere.environment_id = world.production.clone();
    world.insert(&elsewhere).await.unwrap();
    let other_kind = account_type(&world.organisation, "acttp_2", false);
    let mut of_another_type = with_number("4", "c-1");
    of_another_type.account_type_id = other_kind.id.clone();
    world
        .commit(|batch| {
            batch.insert_account_type(&other_kind);
            batch.insert_account(&of_another_type, &other_kind);
        })
        .await
        .unwrap();

    let found = world
        .store
        .find_account_by_identifier(&world.sandbox, &world.kind.id, "customer_number", "c-1")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, first.id);
}

#[tokio::test]
async fn an_identifier_that_changed_or_was_archived_is_free() {
    let world = world().await;
    let mut first = world.account("1", None);
    first.fields = fields(json!({"customer_number": "a"}));
    world.insert(&first).await.unwrap();
    first.fields = fields(json!({"customer_number": "b"}));
    world
        .commit(|batch| batch.update_account(&first, &world.kind))
        .await
        .unwrap();
    let mut second = world.account("2", None);
    second.fields = fields(json!({"customer_number": "a"}));
    world.insert(&second).await.unwrap();

    first.version = 2;
    first.archived_at = Some(NOW);
    world
        .commit(|batch| batch.update_account(&first, &world.kind))
        .await
        .unwrap();
    let mut third = world.account("3", None);
    third.fields = fields(json!({"customer_number": "B"}));
    world.insert(&third).await.unwrap();
    // A null, a missing and an empty value reserve nothing.
    for (id, value) in [("4", json!(null)), ("5", json!("")), ("6", json!(null))] {
        let mut account = world.account(id, None);
        account.fields = fields(json!({"customer_number": value}));
        world.insert(&account).await.unwrap();
    }
}

fn tag(number: usize) -> Tag {
    Tag {
        id: TagId::from_trusted(format!("tag_{number}")),
        name: format!("tag {number}"),
    }
}

#[tokio::test]
async fn c123_a_tag_name_and_a_tag_slot_are_taken_once_and_there_is_no_slot_beyond_a_thousand() {
    let world = world().await;
    world
        .commit(|batch| {
            for number in 1..MAX_TAGS {
                batch.insert_tag(&world.organisation, &tag(number), number, NOW);
            }
        })
        .await
        .unwrap();
    let insert = async |tag: Tag, slot: usize| {
        let organisation = &world.organisation;
        let outcome = world
            .commit(|batch| batch.insert_tag(organisation, &tag, slot, NOW))
            .await;
        word(&outcome)
    };
    let same_name = Tag {
        id: TagId::from_trusted("tag_x".into()),
        ..tag(1)
    };
    assert_eq!(insert(same_name, MAX_TAGS).await, taken(Guard::Tag));
    assert_eq!(insert(tag(2000), 999).await, taken(Guard::Tag));
    assert_eq!(insert(tag(2000), MAX_TAGS).await, "committed");
    assert_eq!(insert(tag(2001), MAX_TAGS).await, taken(Guard::Tag));
    assert_eq!(insert(tag(2001), MAX_TAGS + 1).await, "failed");
    let tags = world.store.list_tags(&world.organisation).await.unwrap();
    assert_eq!(tags.len(), MAX_TAGS);
    assert_eq!(tags[0], tag(1));
}

#[tokio::test]
async fn b127_a_session_slot_is_taken_once_per_inquiry() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let other = world.inquiry("2", None);
    world
        .commit(|batch| {
            batch.insert_inquiry(&inquiry);
            batch.insert_inquiry(&other);
            batch.insert_session(&World::session("1", &inquiry), 1);
            batch.insert_session(&World::session("2", &other), 1);
        })
        .await
        .unwrap();
    let session = World::session("3", &inquiry);
    let insert = async |slot| {
        word(
            &world
                .commit(|batch| batch.insert_session(&session, slot))
                .await,
        )
    };
    assert_eq!(insert(1).await, taken(Guard::SessionSlot));
    assert_eq!(insert(2).await, "committed");
    let sessions = world
        .store
        .ask(Ask::sessions_of_inquiry(&world.sandbox, &inquiry.id))
        .await
        .unwrap();
    assert_eq!(sessions.len(), 2);
}

fn answer(world: &World, key: &str) -> StoredAnswer {
    StoredAnswer {
        environment_id: world.sandbox.clone(),
        key: key.into(),
        fingerprint: vec![1, 2],
        status: 201,
        body: b"{}".to_vec(),
        created_at: NOW,
    }
}

#[tokio::test]
async fn c107_c113_the_first_answer_of_a_key_stands_in_its_environment() {
    let world = world().await;
    let first = answer(&world, "k");
    world
        .commit(|batch| batch.insert_answer(&first))
        .await
        .unwrap();
    let second = StoredAnswer {
        status: 422,
        ..first.clone()
    };
    let outcome = world
        .commit(|batch| {
            batch.insert_account(&world.account("1", None), &world.kind);
            batch.insert_answer(&second);
        })
        .await;
    assert_eq!(word(&outcome), taken(Guard::Idempotency));
    assert_eq!(
        world.find(&world.account("1", None)).await,
        None,
        "no second effect"
    );
    let kept = world.store.find_answer(&world.sandbox, "k").await.unwrap();
    assert_eq!(kept, Some(first));
    let elsewhere = world.store.find_answer(&world.production, "k").await;
    assert_eq!(elsewhere.unwrap(), None);
    let elsewhere = StoredAnswer {
        environment_id: world.production.clone(),
        ..second
    };
    world
        .commit(|batch| batch.insert_answer(&elsewhere))
        .await
        .unwrap();
}

#[tokio::test]
async fn c112_pruning_takes_the_old_answers_and_no_others() {
    let world = world().await;
    let old = answer(&world, "old");
    let young = StoredAnswer {
        created_at: NOW.plus_seconds(1),
        ..answer(&world, "young")
    };
    world
        .commit(|batch| {
            batch.insert_answer(&old);
            batch.insert_answer(&young);
        })
        .await
        .unwrap();
    let oldest = async |most| {
        let found = world.store.oldest_answers(NOW.plus_seconds(1), most).await;
        found.unwrap()
    };
    assert_eq!(oldest(10).await, Some(NOW));
    world
        .commit(|batch| batch.prune_answers(NOW))
        .await
        .unwrap();
    assert_eq!(oldest(10).await, None);
    let find = async |key: &str| world.store.find_answer(&world.sandbox, key).await.unwrap();
    assert_eq!(find("old").await, None);
    assert!(find("young").await.is_some());
}

#[tokio::test]
async fn b141_a_one_time_link_is_redeemed_once() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let session = World::session("1", &inquiry);
    let link = OneTimeLink {
        environment_id: world.sandbox.clone(),
        session_id: session.id.clone(),
        inquiry_id: inquiry.id.clone(),
        code_hash: vec![9; 32],
        code_sealed: vec![8; 16],
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
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
    let redeem = |batch: &mut Batch| batch.redeem_link(&link, NOW.plus_seconds(5));
    world.commit(redeem).await.unwrap();
    assert_eq!(word(&world.commit(redeem).await), "conflict");
    let found = world.store.find_link(link.code_hash.clone()).await.unwrap();
    assert_eq!(found.unwrap().redeemed_at, Some(NOW.plus_seconds(5)));
}

#[tokio::test]
async fn b129_b125_unused_links_are_found_until_they_expire_or_their_inquiry_does() {
    let world = world().await;
    let inquiry = world.inquiry("1", None);
    let session = World::session("1", &inquiry);
    let link = |number: u8, seconds: i64| OneTimeLink {
        environment_id: world.sandbox.clone(),
        session_id: session.id.clone(),
        inquiry_id: inquiry.id.clone(),
        code_hash: vec![number; 32],
        code_sealed: vec![],
        created_at: NOW.plus_seconds(number.into()),
        expires_at: NOW.plus_seconds(seconds),
        redeemed_at: None,
    };
    world
        .commit(|batch| {
            batch.insert_inquiry(&inquiry);
            batch.insert_session(&session, 1);
            batch.insert_link(&link(1, 60));
            batch.insert_link(&link(2, 90));
        })
        .await
        .unwrap();
    let unused = async |seconds: i64| {
        let found = world
            .store
            .list_unused_links(&world.sandbox, &inquiry.id, NOW.plus_seconds(seconds))
            .await
            .unwrap();
        found
            .iter()
            .map(|link| link.code_hash[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(unused(0).await, [2, 1]);
    assert_eq!(unused(60).await, [2]);
    world
        .commit(|batch| batch.expire_links(&world.sandbox, &inquiry.id, NOW))
        .await
        .unwrap();
    assert!(unused(0).await.is_empty());
}
