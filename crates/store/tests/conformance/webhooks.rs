//! Webhooks: found in their own environment alone, and changed for everybody at once.

use selfsame_domain::id::EnvironmentId;
use selfsame_domain::webhook::{IncludedAllowlist, IncludedOf, WebhookSettings, WebhookStatus};
use selfsame_store::{Ask, Slice, WebhookRow};
use serde_json::json;

use super::world::{World, word, world};

async fn find(world: &World, environment: &EnvironmentId, row: &WebhookRow) -> Option<WebhookRow> {
    let ask = Ask::webhook_row(environment, &row.webhook.id);
    world.store.ask(ask).await.unwrap()
}

async fn listed(world: &World, environment: &EnvironmentId) -> Vec<String> {
    let ask = Ask::webhooks(environment, &Slice::First, 10);
    let page = world.store.ask(ask).await.unwrap();
    page.items
        .iter()
        .map(|found| found.id.to_string())
        .collect()
}

#[tokio::test]
async fn w2_a_webhook_is_found_and_listed_in_its_environment_alone() {
    let world = world().await;
    let row = world.webhook("1");
    world
        .commit(|batch| batch.insert_webhook(&row))
        .await
        .unwrap();
    let found = find(&world, &world.sandbox, &row).await.unwrap();
    assert_eq!(found.webhook, row.webhook);
    assert_eq!(found.secrets_sealed, row.secrets_sealed);
    assert!(find(&world, &world.production, &row).await.is_none());
    assert_eq!(listed(&world, &world.sandbox).await, ["wbh_1"]);
    assert!(listed(&world, &world.production).await.is_empty());
    let cursor = world.store.webhook_cursor(&world.production, "wbh_1").await;
    assert_eq!(cursor.unwrap(), None);
    let cursor = world.store.webhook_cursor(&world.sandbox, "wbh_1").await;
    assert!(cursor.unwrap().is_some());
}

#[tokio::test]
async fn w9_every_change_of_a_webhook_counts_as_configuration_and_reads_back_whole() {
    let world = world().await;
    let mut row = world.webhook("1");
    let version = async || world.store.configuration_version().await.unwrap();
    let before = version().await;
    world
        .commit(|batch| batch.insert_webhook(&row))
        .await
        .unwrap();
    assert_eq!(version().await, before + 1);
    row.webhook.status = WebhookStatus::Archived;
    let types = vec![IncludedOf {
        event_type: "inquiry".into(),
        relations: vec!["*".into()],
    }];
    row.webhook.settings = WebhookSettings {
        name: Some("Zoë".into()),
        description: Some("text".into()),
        attributes_blocklist: vec!["name-*".into()],
        file_access_token_expires_in: 60,
        payload_filter: Some(json!({"data": {"b": 1, "a": [null, "x"]}})),
        included_allowlist: IncludedAllowlist::Custom(types),
        relationships: false,
        ordered: true,
        extra_headers: true,
        ..WebhookSettings::new("https://example.org", vec!["*".into()], "2023-01-05")
    };
    row.secrets_sealed = vec![0, 255, 7];
    let write = |batch: &mut selfsame_store::Batch| batch.update_webhook(&row);
    world.commit(write).await.unwrap();
    assert_eq!(version().await, before + 2);
    let found = find(&world, &world.sandbox, &row).await.unwrap();
    let mut expected = row.webhook.clone();
    expected.version = 2;
    assert_eq!(found.webhook, expected);
    assert_eq!(found.secrets_sealed, row.secrets_sealed);
    assert_eq!(word(&world.commit(write).await), "conflict");
    assert_eq!(version().await, before + 2);
}
