//! Accounts by reference ID.

use selfsame_domain::ReferenceId;
use selfsame_domain::account::Account;
use selfsame_store::{AccountFilter, Guard, Slice};

use super::world::{NOW, account_type, taken, word, world};

#[tokio::test]
async fn r8_r9_one_active_account_per_environment_type_and_folded_reference() {
    let world = world().await;
    let first = world.account("1", Some("User-É"));
    world.insert(&first).await.unwrap();
    let same = world.account("2", Some("user-E\u{301}"));
    assert_eq!(word(&world.insert(&same).await), taken(Guard::Reference));
    assert_eq!(world.find(&same).await, None);

    let elsewhere = Account {
        environment_id: world.production.clone(),
        ..world.account("3", Some("user-é"))
    };
    world.insert(&elsewhere).await.unwrap();

    let other_kind = account_type(&world.organisation, "acttp_2", false);
    world
        .commit(|batch| batch.insert_account_type(&other_kind))
        .await
        .unwrap();
    let of_another_type = Account {
        account_type_id: other_kind.id.clone(),
        ..world.account("4", Some("user-é"))
    };
    world
        .commit(|batch| batch.insert_account(&of_another_type, &other_kind))
        .await
        .unwrap();

    for id in ["5", "6"] {
        world.insert(&world.account(id, None)).await.unwrap();
    }
}

#[tokio::test]
async fn r8_the_stored_spelling_is_kept() {
    let world = world().await;
    let account = world.account("1", Some("User-É"));
    world.insert(&account).await.unwrap();
    let found = world.find(&account).await.unwrap();
    assert_eq!(found.reference_id.unwrap().as_str(), "User-É");
}

#[tokio::test]
async fn r17_an_archived_account_reserves_nothing_and_restoring_it_may_find_its_value_taken() {
    let world = world().await;
    let mut archived = world.account("1", Some("user-1"));
    archived.archived_at = Some(NOW);
    world.insert(&archived).await.unwrap();
    world
        .insert(&world.account("2", Some("USER-1")))
        .await
        .unwrap();

    archived.archived_at = None;
    let restored = world
        .commit(|batch| batch.update_account(&archived, &world.kind))
        .await;
    assert_eq!(word(&restored), taken(Guard::Reference));
    let still = world.find(&archived).await.unwrap();
    assert!(still.archived_at.is_some());
}

#[tokio::test]
async fn r11_r14_an_update_runs_into_a_taken_value_and_frees_its_own() {
    let world = world().await;
    world.insert(&world.account("1", Some("a"))).await.unwrap();
    let mut second = world.account("2", Some("b"));
    world.insert(&second).await.unwrap();
    second.reference_id = ReferenceId::parse("A").ok();
    let outcome = world
        .commit(|batch| batch.update_account(&second, &world.kind))
        .await;
    assert_eq!(word(&outcome), taken(Guard::Reference));
    second.reference_id = ReferenceId::parse("c").ok();
    world
        .commit(|batch| batch.update_account(&second, &world.kind))
        .await
        .unwrap();
    world.insert(&world.account("3", Some("B"))).await.unwrap();
}

#[tokio::test]
async fn r47_inquiries_move_to_another_account_and_whoever_had_read_one_comes_too_late() {
    let world = world().await;
    let [source, destination, other] = ["1", "2", "3"].map(|id| world.account(id, None));
    for account in [&source, &destination, &other] {
        world.insert(account).await.unwrap();
    }
    let [first, second] = ["1", "2"].map(|id| world.inquiry(id, Some(&source)));
    let stays = world.inquiry("3", Some(&other));
    world
        .commit(|batch| {
            for inquiry in [&first, &second, &stays] {
                batch.insert_inquiry(inquiry);
            }
        })
        .await
        .unwrap();
    let later = NOW.plus_seconds(5);
    world
        .commit(|batch| batch.move_inquiries(&source, &destination.id, later))
        .await
        .unwrap();
    let inquiries = async |account: &Account| {
        let list = world
            .store
            .list_inquiries_of_account(&world.sandbox, &account.id);
        let list = list.await.unwrap().into_iter();
        list.map(|view| view.inquiry).collect::<Vec<_>>()
    };
    assert!(inquiries(&source).await.is_empty());
    let moved = inquiries(&destination).await;
    let ids: Vec<_> = moved.iter().map(|inquiry| &inquiry.id).collect();
    assert_eq!(ids, [&first.id, &second.id]);
    assert!(moved.iter().all(|inquiry| inquiry.updated_at == later));
    assert_eq!(inquiries(&other).await, [stays]);
    let stale = world.commit(|batch| batch.update_inquiry(&first)).await;
    assert_eq!(word(&stale), "conflict");
}

#[tokio::test]
async fn r27_the_candidates_of_a_reference_come_oldest_first_active_and_archived() {
    let world = world().await;
    for (id, seconds, archived) in [("new", 9, false), ("old", 1, true), ("mid", 5, true)] {
        let mut account = world.account(id, Some("Same"));
        account.created_at = NOW.plus_seconds(seconds);
        account.archived_at = archived.then_some(NOW);
        world.insert(&account).await.unwrap();
    }
    let reference = ReferenceId::parse("sAME").unwrap();
    let found = world
        .store
        .list_accounts_by_reference(&world.sandbox, &reference)
        .await
        .unwrap();
    let ids: Vec<_> = found.iter().map(|account| account.id.to_string()).collect();
    assert_eq!(ids, ["act_old", "act_mid", "act_new"]);
    let elsewhere = world
        .store
        .list_accounts_by_reference(&world.production, &reference)
        .await
        .unwrap();
    assert!(elsewhere.is_empty());
}

#[tokio::test]
async fn r37_r41_lists_filter_by_folded_values_and_leave_archived_accounts_out() {
    let world = world().await;
    for (id, reference) in [("1", Some("a")), ("2", Some("b")), ("3", None)] {
        world.insert(&world.account(id, reference)).await.unwrap();
    }
    let mut archived = world.account("4", Some("c"));
    archived.archived_at = Some(NOW);
    world.insert(&archived).await.unwrap();
    let list = async |folds: Option<&[&str]>| {
        let filter = AccountFilter {
            reference_folds: folds.map(|folds| folds.iter().map(|f| (*f).to_owned()).collect()),
        };
        let page = world
            .store
            .list_accounts(&world.sandbox, &filter, &Slice::First, 10)
            .await
            .unwrap();
        let mut ids: Vec<_> = page.items.iter().map(|a| a.id.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(list(None).await, ["act_1", "act_2", "act_3"]);
    assert_eq!(list(Some(&["a", "c", "x"])).await, ["act_1"]);
    assert_eq!(list(Some(&["a", "b"])).await, ["act_1", "act_2"]);
    assert!(list(Some(&[])).await.is_empty());
}

#[tokio::test]
async fn r20_an_inquiry_is_read_with_its_accounts_reference_id_of_that_moment() {
    let world = world().await;
    let mut account = world.account("1", Some("before"));
    world.insert(&account).await.unwrap();
    let inquiry = world.inquiry("1", Some(&account));
    world
        .commit(|batch| batch.insert_inquiry(&inquiry))
        .await
        .unwrap();
    let shown = async || {
        let view = world.store.find_inquiry(&world.sandbox, &inquiry.id).await;
        let view = view.unwrap().unwrap();
        view.reference_id.map(|reference| reference.to_string())
    };
    assert_eq!(shown().await.as_deref(), Some("before"));
    for (version, reference) in [(1, Some("After")), (2, None)] {
        account.version = version;
        account.reference_id = reference.and_then(|text| ReferenceId::parse(text).ok());
        world
            .commit(|batch| batch.update_account(&account, &world.kind))
            .await
            .unwrap();
        assert_eq!(shown().await.as_deref(), reference);
    }
}
