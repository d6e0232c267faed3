//! Numbers of events (E23, E24).

use std::collections::BTreeMap;

use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, EnvironmentId, Id};
use selfsame_store::{Ask, CommitError, NumberedEvent, Range, Store};

use super::world::{NOW, World, word, world};

async fn number_all(store: &Store) -> usize {
    let mut numbered = 0;
    loop {
        match store.number_events().await {
            Ok(some) if some.count == 0 => return numbered,
            Ok(some) => numbered += some.count,
            Err(CommitError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// So many of these events have no number yet when their commit is answered: in an embedded store none.
fn waiting(store: &Store, events: usize) -> usize {
    if store.is_shared() { events } else { 0 }
}

async fn numbers(store: &Store, environment: &EnvironmentId) -> Vec<NumberedEvent> {
    let ask = Ask::numbered_events(environment, &Range::Environment, 0, 10_000);
    store.ask(ask).await.expect("a read")
}

fn event_of(world: &World, id: &str, account: Option<&str>) -> Event {
    let mut event = world.event(id, 0);
    event.account_id = account.map(|id| AccountId::from_trusted(format!("act_{id}")));
    event
}

async fn write(world: &World, events: Vec<Event>) {
    let outcome = world.commit(|batch| {
        for event in events {
            batch.insert_event(event.written());
        }
    });
    outcome.await.expect("a commit");
}

/// The numbers run from one without gaps, of the environment and of each account, and in the order of the ids.
fn assert_whole(numbered: &[NumberedEvent]) {
    let mut of_account: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (at, event) in numbered.iter().enumerate() {
        assert_eq!(event.sequence, i64::try_from(at).unwrap() + 1);
        if let (Some(account), Some(number)) = (&event.account_id, event.account_sequence) {
            of_account.entry(account.as_str()).or_default().push(number);
        }
    }
    for (account, numbers) in of_account {
        let whole: Vec<i64> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, whole, "{account}");
    }
}

#[tokio::test]
async fn e23_e24_events_are_numbered_in_the_order_of_their_commits() {
    let world = world().await;
    for (first, second) in [("zz", "mm"), ("bb", "yy")] {
        let own = event_of(&world, first, Some("1"));
        let others = event_of(&world, second, None);
        write(&world, vec![own, others]).await;
    }
    let at_once = numbers(&world.store, &world.sandbox).await.len();
    assert_eq!(at_once + waiting(&world.store, 4), 4);
    assert_eq!(number_all(&world.store).await, waiting(&world.store, 4));
    write(&world, vec![event_of(&world, "aa", Some("1"))]).await;
    assert_eq!(number_all(&world.store).await, waiting(&world.store, 1));
    assert_eq!(number_all(&world.store).await, 0);

    let numbered = numbers(&world.store, &world.sandbox).await;
    let told: Vec<_> = numbered
        .iter()
        .map(|event| (event.event_id.as_str(), event.account_sequence))
        .collect();
    assert_eq!(
        told,
        [
            ("evt_zz", Some(1)),
            ("evt_mm", None),
            ("evt_bb", Some(2)),
            ("evt_yy", None),
            ("evt_aa", Some(3))
        ]
    );
    assert_whole(&numbered);
    assert!(numbers(&world.store, &world.production).await.is_empty());

    let account = AccountId::from_trusted("act_1".into());
    let ask = Ask::numbered_events(&world.sandbox, &Range::Account(&account), 1, 10);
    let found = world.store.ask(ask).await.expect("a read");
    let told: Vec<_> = found.iter().map(|event| event.sequence).collect();
    assert_eq!(told, [3, 5]);
    let last = world.store.ask(Ask::last_sequence(&world.sandbox)).await;
    assert_eq!(last.expect("a read"), Some(5));
}

#[tokio::test]
async fn events_of_two_environments_have_numbers_of_their_own() {
    let world = world().await;
    let mut foreign = event_of(&world, "f1", Some("1"));
    foreign.environment_id = world.production.clone();
    write(
        &world,
        vec![
            event_of(&world, "s1", Some("1")),
            foreign,
            event_of(&world, "s2", Some("1")),
        ],
    )
    .await;
    assert_eq!(number_all(&world.store).await, waiting(&world.store, 3));
    let foreign = numbers(&world.store, &world.production).await;
    assert_eq!(
        (
            foreign.len(),
            foreign[0].sequence,
            foreign[0].account_sequence
        ),
        (1, 1, Some(1))
    );
    assert_whole(&numbers(&world.store, &world.sandbox).await);
}

/// Writers and two that number, all at once: whoever comes second with the same events does nothing.
#[tokio::test]
async fn many_writers_and_several_numberers_leave_no_gap_and_no_double() {
    let world = std::sync::Arc::new(world().await);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let world = world.clone();
        writers.spawn(async move {
            for round in 0..40 {
                let account = format!("{}", round % 3);
                let first = event_of(&world, &format!("{writer}x{round}a"), Some(&account));
                let second = event_of(&world, &format!("{writer}x{round}b"), None);
                write(&world, vec![first, second]).await;
            }
            0
        });
    }
    let mut numberers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let store = world.store.clone();
        numberers.spawn(async move {
            let mut numbered = 0;
            for _ in 0..200 {
                numbered += match store.number_events().await {
                    Ok(some) => some.count,
                    Err(CommitError::Conflict) => 0,
                    Err(error) => panic!("{error}"),
                };
                tokio::task::yield_now().await;
            }
            numbered
        });
    }
    writers.join_all().await;
    let meanwhile: usize = numberers.join_all().await.into_iter().sum();
    let rest = number_all(&world.store).await;
    assert_eq!(meanwhile + rest, waiting(&world.store, 640));
    let numbered = numbers(&world.store, &world.sandbox).await;
    assert_eq!(numbered.len(), 640);
    assert_whole(&numbered);
    for writer in 0..8 {
        let own: Vec<_> = numbered
            .iter()
            .filter_map(|event| {
                event
                    .event_id
                    .as_str()
                    .strip_prefix(&format!("evt_{writer}x"))
            })
            .collect();
        let written: Vec<_> = (0..40)
            .flat_map(|round| [format!("{round}a"), format!("{round}b")])
            .collect();
        assert_eq!(own, written);
    }
}

#[tokio::test]
async fn a_refused_commit_queues_nothing() {
    let world = world().await;
    write(&world, vec![event_of(&world, "one", None)]).await;
    let outcome = world
        .commit(|batch| {
            batch.insert_event(event_of(&world, "two", None).written());
            batch.insert_event(event_of(&world, "one", None).written());
        })
        .await;
    assert_eq!(word(&outcome), "failed");
    assert_eq!(number_all(&world.store).await, waiting(&world.store, 1));
    assert_eq!(numbers(&world.store, &world.sandbox).await.len(), 1);
}

#[tokio::test]
async fn the_oldest_event_that_is_not_older_than_a_moment_is_found_by_its_number() {
    let world = world().await;
    for (id, seconds) in [("b", 10), ("a", 20), ("c", 20)] {
        let mut event = event_of(&world, id, None);
        event.created_at = NOW.plus_seconds(seconds);
        write(&world, vec![event]).await;
    }
    assert_eq!(number_all(&world.store).await, waiting(&world.store, 3));
    let mut late = event_of(&world, "d", None);
    late.created_at = NOW.plus_seconds(30);
    write(&world, vec![late]).await;
    for (seconds, number) in [
        (0, Some(1)),
        (10, Some(1)),
        (11, Some(2)),
        (21, (!world.store.is_shared()).then_some(4)),
        (31, None),
    ] {
        let ask = Ask::first_sequence_since(&world.sandbox, NOW.plus_seconds(seconds));
        assert_eq!(world.store.ask(ask).await.unwrap(), number, "{seconds}");
    }
    let elsewhere = Ask::first_sequence_since(&world.production, NOW);
    assert_eq!(world.store.ask(elsewhere).await.unwrap(), None);
}
