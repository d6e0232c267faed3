//! A connection that is lost costs nobody anything but time.

use selfsame_cluster::Database;
use selfsame_domain::Timestamp;
use selfsame_domain::api_key::{ApiKey, ApiKeySettings};
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::event::Event;
use selfsame_domain::id::{ApiKeyId, EnvironmentId, EventId, Id, OrganisationId};
use selfsame_store::{
    ApiKeyRow, Batch, CommitError, EnvironmentRow, EventFilter, Guard, Slice, Store, StoredAnswer,
};
use serde_json::{Map, json};

use crate::proxy::Proxy;

const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

fn environment() -> EnvironmentId {
    EnvironmentId::from_trusted("env_1".into())
}

pub fn event(number: usize) -> Event {
    Event {
        id: EventId::from_trusted(format!("evt_{number:05}")),
        environment_id: environment(),
        name: "account.created".into(),
        object_type: "account".into(),
        object_id: "act_1".into(),
        account_id: None,
        created_at: NOW,
        ordinal: 0,
        payload: json!({"number": number}),
        context: Map::new(),
    }
}

fn answer(key: &str) -> StoredAnswer {
    StoredAnswer {
        environment_id: environment(),
        key: key.into(),
        fingerprint: vec![1],
        status: 201,
        body: b"{}".to_vec(),
        created_at: NOW,
    }
}

/// An event, and an answer under this key.
fn batch(number: usize, key: &str) -> Batch {
    let mut batch = Batch::new();
    batch.insert_answer(&answer(key));
    batch.insert_event(event(number).written());
    batch
}

async fn events(store: &Store) -> usize {
    let page = store
        .list_events(&environment(), &EventFilter::default(), &Slice::First, 1000)
        .await;
    page.expect("events").items.len()
}

async fn world() -> (Database, Proxy, Store) {
    let database = Database::create().expect("a database");
    let proxy = Proxy::start(&database.url()).await;
    let store = Store::open_postgres(&proxy.url).await.expect("a store");
    // The connections of the writers are made, and their statements prepared.
    for number in 0..4 {
        let made = store.commit(batch(90_000 + number, &format!("warm-{number}")));
        made.await.expect("a commit");
    }
    (database, proxy, store)
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_by_its_ids() {
    let (_database, proxy, store) = world().await;
    for number in 0..10 {
        let before = events(&store).await;
        proxy.swallow_the_answer();
        let outcome = store.commit(batch(number, &format!("key-{number}"))).await;
        assert!(proxy.has_cut(), "the connection was cut");
        outcome.expect("it has committed");
        assert_eq!(events(&store).await, before + 1, "once");
    }
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_made_up_for() {
    let (_database, proxy, store) = world().await;
    for number in 0..10 {
        let before = events(&store).await;
        proxy.swallow_the_request();
        let outcome = store.commit(batch(number, &format!("key-{number}"))).await;
        assert!(proxy.has_cut(), "the connection was cut");
        outcome.expect("it commits on another connection");
        assert_eq!(events(&store).await, before + 1, "once");
    }
}

#[tokio::test]
async fn what_was_refused_while_the_connection_was_lost_stays_refused() {
    let (_database, proxy, store) = world().await;
    let before = events(&store).await;
    proxy.swallow_the_request();
    let outcome = store.commit(batch(1, "warm-0")).await;
    assert!(proxy.has_cut(), "the connection was cut");
    assert!(
        matches!(outcome, Err(CommitError::Taken(Guard::Idempotency))),
        "{outcome:?}"
    );
    assert_eq!(events(&store).await, before, "nothing of it is there");
}

#[tokio::test]
async fn c107_an_answer_alone_that_was_stored_unheard_is_found_as_taken() {
    let (_database, proxy, store) = world().await;
    let mut alone = Batch::new();
    alone.insert_answer(&answer("alone"));
    proxy.swallow_the_answer();
    let outcome = store.commit(alone).await;
    assert!(proxy.has_cut(), "the connection was cut");
    // The caller then replays what is stored, which is its own.
    assert!(
        matches!(outcome, Err(CommitError::Taken(Guard::Idempotency))),
        "{outcome:?}"
    );
    let stored = store.find_answer(&environment(), "alone").await;
    assert_eq!(stored.expect("a read"), Some(answer("alone")));
}

#[tokio::test]
async fn a_row_that_collides_with_another_is_not_taken_for_ones_own() {
    let (_database, proxy, store) = world().await;
    let organisation = OrganisationId::from_trusted("org_1".into());
    let mut world = Batch::new();
    world.insert_organisation(&organisation, "Test", NOW);
    world.insert_environment(&EnvironmentRow {
        environment: Environment {
            id: environment(),
            organisation_id: organisation,
            kind: EnvironmentKind::Sandbox,
        },
        token_key_sealed: vec![1],
        created_at: NOW,
    });
    store.commit(world).await.expect("an environment");
    let insert = async |id: &str, hash: u8| {
        let mut batch = Batch::new();
        batch.insert_api_key(&ApiKeyRow {
            key: ApiKey {
                environment_id: environment(),
                id: ApiKeyId::from_trusted(id.into()),
                settings: ApiKeySettings::new("Key", "2025-12-08"),
                created_at: NOW,
                expires_at: None,
                last_used_at: None,
                version: 1,
            },
            value_hash: vec![hash; 32],
            value_sealed: vec![1],
        });
        store.commit(batch).await
    };
    // One for each writer, so that the next ones are lost with the commit and not while they are prepared.
    for number in 0..2 {
        let made = insert(&format!("api_{number}"), number).await;
        made.expect("a key");
    }
    // The same hash under another id, on a connection that is lost.
    proxy.swallow_the_request();
    let outcome = insert("api_2", 0).await;
    assert!(proxy.has_cut(), "the connection was cut");
    assert!(
        matches!(outcome, Err(CommitError::Failed(_))),
        "{outcome:?}"
    );
    // A key of its own, whose answer is lost.
    proxy.swallow_the_answer();
    insert("api_3", 3).await.expect("its own row is there");
    assert!(proxy.has_cut(), "the connection was cut");
    let keys = store.list_api_keys(&environment()).await.expect("keys");
    assert_eq!(keys.len(), 3);
}

#[tokio::test]
async fn of_a_group_whose_answer_was_lost_every_batch_has_its_own_outcome() {
    let (_database, proxy, store) = world().await;
    let before = events(&store).await;
    proxy.swallow_the_answer();
    let tasks: Vec<_> = (0..60)
        .map(|number| {
            let store = store.clone();
            // Every third has a key that is taken.
            let key = if number % 3 == 0 {
                "warm-1".to_owned()
            } else {
                format!("key-{number}")
            };
            tokio::spawn(async move { store.commit(batch(number, &key)).await })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let outcome = task.await.expect("a task");
        if number % 3 == 0 {
            assert!(
                matches!(outcome, Err(CommitError::Taken(Guard::Idempotency))),
                "{number}: {outcome:?}"
            );
        } else {
            outcome.unwrap_or_else(|error| panic!("{number}: {error}"));
        }
    }
    assert!(proxy.has_cut(), "the connection was cut");
    assert_eq!(events(&store).await, before + 40);
}

#[tokio::test]
async fn reads_are_asked_again_when_their_connection_is_lost() {
    let (database, _proxy, store) = world().await;
    let mut known = events(&store).await;
    for number in 0..5 {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        database.psql(cut).expect("a cut");
        assert_eq!(events(&store).await, known);
        let made = store.commit(batch(number, &format!("cut-{number}"))).await;
        made.expect("a commit");
        known += 1;
        assert_eq!(events(&store).await, known);
    }
}
