//! API keys: found in their own environment alone, changed for everybody at once, used without telling anybody.

use selfsame_domain::Timestamp;
use selfsame_domain::id::EnvironmentId;
use selfsame_store::{ApiKeyFilter, ApiKeyRow, Ask, Slice};

use super::world::{NOW, World, world};

async fn find(world: &World, environment: &EnvironmentId, key: &ApiKeyRow) -> Option<ApiKeyRow> {
    let ask = Ask::api_key_row(environment, &key.key.id);
    world.store.ask(ask).await.unwrap()
}

async fn named(world: &World, environment: &EnvironmentId, name: &str) -> Vec<String> {
    let filter = ApiKeyFilter {
        name: Some(name.into()),
    };
    let ask = Ask::api_keys(environment, &filter, &Slice::First, 10);
    let page = world.store.ask(ask).await.unwrap();
    page.items.iter().map(|key| key.id.to_string()).collect()
}

#[tokio::test]
async fn k11_a_key_is_found_and_listed_in_its_environment_alone() {
    let world = world().await;
    let key = world.api_key("1", 1);
    world
        .commit(|batch| batch.insert_api_key(&key))
        .await
        .unwrap();
    let found = find(&world, &world.sandbox, &key).await.unwrap();
    assert_eq!(
        (&found.key, &found.value_hash, &found.value_sealed),
        (&key.key, &key.value_hash, &key.value_sealed)
    );
    assert!(find(&world, &world.production, &key).await.is_none());
    assert_eq!(named(&world, &world.sandbox, "Key").await, ["api_1"]);
    assert!(named(&world, &world.production, "Key").await.is_empty());
    for other in ["key", "Ke", ""] {
        assert!(named(&world, &world.sandbox, other).await.is_empty());
    }
    let cursor = world.store.api_key_cursor(&world.production, "api_1").await;
    assert_eq!(cursor.unwrap(), None);
}

#[tokio::test]
async fn k8_every_change_of_a_key_counts_as_configuration() {
    let world = world().await;
    let mut key = world.api_key("1", 1);
    let version = async || world.store.configuration_version().await.unwrap();
    let before = version().await;
    world
        .commit(|batch| batch.insert_api_key(&key))
        .await
        .unwrap();
    assert_eq!(version().await, before + 1);
    key.key.settings.name = "Renamed".into();
    key.key.settings.note = Some("Note".into());
    key.key.expires_at = Some(NOW.plus_seconds(60));
    world
        .commit(|batch| batch.update_api_key(&key.key))
        .await
        .unwrap();
    assert_eq!(version().await, before + 2);
    let found = find(&world, &world.sandbox, &key).await.unwrap();
    key.key.version = 2;
    assert_eq!(found.key, key.key);
    let known = world.store.ask(Ask::api_key(key.value_hash.clone())).await;
    let known = known.unwrap().unwrap();
    assert_eq!(
        (&known.settings, known.expires_at),
        (&key.key.settings, key.key.expires_at)
    );
    assert_eq!(named(&world, &world.sandbox, "Renamed").await, ["api_1"]);
    assert!(named(&world, &world.sandbox, "Key").await.is_empty());
}

#[tokio::test]
async fn k16_the_latest_use_stands_and_is_no_change_of_the_key() {
    let world = world().await;
    let key = world.api_key("1", 1);
    world
        .commit(|batch| batch.insert_api_key(&key))
        .await
        .unwrap();
    let version = world.store.configuration_version().await.unwrap();
    let note = async |environment: &EnvironmentId, at: Timestamp| {
        let (id, environment) = (&key.key.id, environment.clone());
        world
            .commit(|batch| batch.note_key_use(&environment, id, at))
            .await
            .unwrap();
        let found = find(&world, &world.sandbox, &key).await.unwrap().key;
        assert_eq!(found.version, 1);
        found.last_used_at
    };
    let (earlier, later) = (NOW.plus_seconds(1), NOW.plus_seconds(2));
    assert_eq!(note(&world.production, later).await, None);
    assert_eq!(note(&world.sandbox, later).await, Some(later));
    assert_eq!(note(&world.sandbox, earlier).await, Some(later));
    assert_eq!(world.store.configuration_version().await.unwrap(), version);
}
