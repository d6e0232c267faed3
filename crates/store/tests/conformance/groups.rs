//! Batches that are committed together stay strangers to one another.

use std::collections::BTreeMap;

use selfsame_domain::id::{EventId, Id};
use selfsame_store::{Batch, EventFilter, Guard, Slice};

use super::world::{taken, word, world};

#[tokio::test]
async fn r18_of_many_simultaneous_inserts_of_one_reference_one_commits() {
    let world = world().await;
    let mut tasks = Vec::new();
    for number in 0..50 {
        let reference = if number % 2 == 0 {
            "Person-1"
        } else {
            "pERSON-1"
        };
        let account = world.account(&number.to_string(), Some(reference));
        let (store, kind) = (world.store.clone(), world.kind.clone());
        tasks.push(tokio::spawn(async move {
            let mut batch = Batch::new();
            batch.insert_account(&account, &kind);
            word(&store.commit(batch).await)
        }));
    }
    let mut outcomes = BTreeMap::new();
    for task in tasks {
        *outcomes.entry(task.await.unwrap()).or_insert(0) += 1;
    }
    let expected = BTreeMap::from([("committed".to_owned(), 1), (taken(Guard::Reference), 49)]);
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn a_refused_batch_leaves_nothing_and_its_neighbours_stand() {
    let world = world().await;
    world
        .insert(&world.account("first", Some("taken")))
        .await
        .unwrap();
    let mut tasks = Vec::new();
    for number in 0..60 {
        let store = world.store.clone();
        let mut batch = Batch::new();
        let own = world.account(&format!("own{number}"), Some(&format!("own-{number}")));
        batch.insert_event(world.event(&number.to_string(), 0).written());
        batch.insert_account(&own, &world.kind);
        let mut stale = world.account("first", None);
        stale.version = 99;
        match number % 3 {
            0 => {}
            1 => batch.insert_account(
                &world.account(&format!("bad{number}"), Some("TAKEN")),
                &world.kind,
            ),
            _ => batch.update_account(&stale, &world.kind),
        }
        tasks.push(tokio::spawn(async move {
            (number, own, word(&store.commit(batch).await))
        }));
    }
    for task in tasks {
        let (number, own, outcome) = task.await.unwrap();
        let expected = match number % 3 {
            0 => "committed".to_owned(),
            1 => taken(Guard::Reference),
            _ => "conflict".to_owned(),
        };
        assert_eq!(outcome, expected, "batch {number}");
        let event = EventId::from_trusted(format!("evt_{number}"));
        let event = world.store.find_event(&world.sandbox, event.as_str()).await;
        let stands = number % 3 == 0;
        assert_eq!(world.find(&own).await.is_some(), stands, "batch {number}");
        assert_eq!(event.unwrap().is_some(), stands, "batch {number}");
    }
}

#[tokio::test]
async fn a_batch_that_breaks_the_schema_fails_and_the_next_one_commits() {
    let world = world().await;
    let nobody = world.account("nobody", None);
    let orphan = world.inquiry("1", Some(&nobody));
    let outcome = world.commit(|batch| batch.insert_inquiry(&orphan)).await;
    assert_eq!(word(&outcome), "failed");
    world
        .commit(|batch| batch.insert_inquiry(&world.inquiry("2", None)))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_empty_batch_commits() {
    let world = world().await;
    world.commit(|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_write_is_seen_by_every_read_that_begins_after_its_commit() {
    let world = world().await;
    for number in 0..40 {
        let account = world.account(&number.to_string(), None);
        world.insert(&account).await.unwrap();
        // More reads than there are readers, so that each of them is asked.
        let reads: Vec<_> = (0..8)
            .map(|_| {
                let (store, environment, id) = (
                    world.store.clone(),
                    world.sandbox.clone(),
                    account.id.clone(),
                );
                tokio::spawn(async move { store.find_account(&environment, &id).await })
            })
            .collect();
        for read in reads {
            assert!(read.await.unwrap().unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn e22_an_event_and_its_change_are_one_commit() {
    let world = world().await;
    world.insert(&world.account("1", Some("a"))).await.unwrap();
    let outcome = world
        .commit(|batch| {
            batch.insert_event(world.event("1", 0).written());
            batch.insert_account(&world.account("2", Some("A")), &world.kind);
        })
        .await;
    assert!(outcome.is_err());
    let page = world
        .store
        .list_events(&world.sandbox, &EventFilter::default(), &Slice::First, 10)
        .await
        .unwrap();
    assert!(page.items.is_empty());
}
