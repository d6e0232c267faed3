//! The list of pictures that are to be deleted.

use selfsame_domain::Timestamp;
use selfsame_store::Store;

use super::world::{NOW, word, world};

async fn due(store: &Store, now: Timestamp, limit: u32) -> Vec<String> {
    let found = store.list_blobs_to_delete(now, limit).await.unwrap();
    found.into_iter().map(|(_, key)| key).collect()
}

#[tokio::test]
async fn a_blob_is_on_the_list_until_a_row_names_it_and_again_once_none_does() {
    let world = world().await;
    let (store, sandbox) = (&world.store, &world.sandbox);
    let later = NOW.plus_seconds(60);
    world
        .commit(|batch| batch.announce_blob(sandbox, "env/a", later))
        .await
        .unwrap();
    assert_eq!(due(store, NOW, 9).await, Vec::<String>::new());
    assert_eq!(due(store, later, 9).await, ["env/a"]);

    let named = |batch: &mut selfsame_store::Batch| batch.name_blob(sandbox, "env/a");
    world.commit(named).await.unwrap();
    assert_eq!(due(store, later, 9).await, Vec::<String>::new());
    assert_eq!(word(&world.commit(named).await), "conflict", "only once");

    for _ in 0..2 {
        world
            .commit(|batch| batch.let_go_of_blob(sandbox, "env/a", NOW))
            .await
            .unwrap();
        assert_eq!(due(store, NOW, 9).await, ["env/a"]);
    }
    world
        .commit(|batch| batch.postpone_blob(sandbox, "env/a", later))
        .await
        .unwrap();
    assert_eq!(due(store, NOW, 9).await, Vec::<String>::new());
    for _ in 0..2 {
        world
            .commit(|batch| batch.forget_blob(sandbox, "env/a"))
            .await
            .unwrap();
    }
    // Another process has deleted it: nothing to postpone.
    world
        .commit(|batch| batch.postpone_blob(sandbox, "env/a", NOW))
        .await
        .unwrap();
    assert_eq!(due(store, later, 9).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_longest_due_come_first_from_every_environment() {
    let world = world().await;
    world
        .commit(|batch| {
            batch.let_go_of_blob(&world.sandbox, "s/2", NOW.plus_seconds(2));
            batch.let_go_of_blob(&world.production, "p/1", NOW.plus_seconds(1));
            batch.let_go_of_blob(&world.sandbox, "s/9", NOW.plus_seconds(9));
            batch.let_go_of_blob(&world.sandbox, "s/1", NOW.plus_seconds(1));
        })
        .await
        .unwrap();
    let now = NOW.plus_seconds(2);
    assert_eq!(due(&world.store, now, 9).await, ["p/1", "s/1", "s/2"]);
    assert_eq!(due(&world.store, now, 1).await, ["p/1"]);
}
