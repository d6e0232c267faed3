//! Several processes that start at once, and databases that cannot be taken.

use selfsame_cluster::Database;
use selfsame_store::{ApiLogPage, Ask, Slice, Store, StoreError};

#[tokio::test]
async fn of_many_that_start_at_once_on_an_empty_database_one_makes_the_schema() {
    let database = Database::create().expect("a database");
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let url = database.url();
            tokio::spawn(async move { Store::open_postgres(&url).await })
        })
        .collect();
    for task in tasks {
        let store = task.await.expect("a task").expect("a store");
        assert_eq!(store.configuration_version().await.expect("a read"), 1);
    }
    let applied =
        database.psql("SELECT count(*) = count(DISTINCT version) FROM refinery_schema_history");
    assert_eq!(applied.expect("a history").trim(), "t");
}

#[tokio::test]
async fn a_database_ahead_of_the_program_is_refused_and_left_alone() {
    let database = Database::create().expect("a database");
    drop(
        Store::open_postgres(&database.url())
            .await
            .expect("a store"),
    );
    let ahead =
        "INSERT INTO refinery_schema_history VALUES (9999, 'later', '2026-01-01T00:00:00Z', '1')";
    database.psql(ahead).expect("a later version");
    let refused = Store::open_postgres(&database.url()).await;
    let told = refused.expect_err("a refusal").to_string();
    assert!(
        told.contains("9999") && told.contains("newer selfsame"),
        "{told}"
    );
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let database = Database::create().expect("a database");
    // In the way of the schema's second half.
    database
        .psql("CREATE TABLE events (x int)")
        .expect("a table");
    let refused = Store::open_postgres(&database.url()).await;
    let told = refused.expect_err("a refusal").to_string();
    assert!(
        told.contains("events") && told.contains("already exists"),
        "{told}"
    );
    let tables = database
        .psql("SELECT to_regclass('accounts') IS NULL")
        .expect("an answer");
    assert_eq!(tables.trim(), "t", "half a schema was left");
    database.psql("DROP TABLE events").expect("the way free");
    Store::open_postgres(&database.url())
        .await
        .expect("a store");
}

#[tokio::test]
async fn what_is_wrong_with_a_database_is_said_at_once() {
    let database = Database::create().expect("a database");
    let refusal = async |url: String| {
        let refused = Store::open_postgres(&url).await;
        let Err(error @ StoreError::Open { .. }) = refused else {
            panic!("{url} was taken, or refused otherwise");
        };
        error.to_string()
    };
    let told = refusal(format!("{}_nowhere", database.url())).await;
    assert!(
        told.contains("does not exist") && told.contains("createdb"),
        "{told}"
    );
    let told = refusal(database.url().replace("postgres@", "nobody:secret@")).await;
    assert!(
        told.contains("nobody") && told.contains("check user"),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
    let told = refusal("mysql://localhost/x".into()).await;
    assert!(told.contains("postgres://"), "{told}");
    let latin = Database::create().expect("a database");
    latin
        .psql("CREATE ROLE selfsame_guest LOGIN")
        .expect("a role");
    let told = {
        let url = latin.url().replace("postgres@", "selfsame_guest@");
        let refused = Store::open_postgres(&url).await.expect_err("a refusal");
        refused.to_string()
    };
    latin.psql("DROP ROLE selfsame_guest").expect("no role");
    assert!(
        told.contains("permission denied") && told.contains("own"),
        "{told}"
    );
}

/// Takes the newest schema back to the fifth.
const BEFORE_6: &str = "DELETE FROM refinery_schema_history WHERE version >= 6; DROP INDEX api_keys_by_age; \
                        DROP TABLE webhooks, servers, webhook_deliveries, webhook_lanes, event_queue, event_sequences, event_counters, importer_rows, importers, api_log_segments, user_audit_logs, account_search_values; \
                        DROP INDEX inquiry_sessions_by_device; \
                        ALTER TABLE api_keys DROP COLUMN name, DROP COLUMN last_used_at, DROP COLUMN version; \
                        DROP TABLE account_relations; ALTER TABLE account_types DROP COLUMN relations, DROP COLUMN actions, \
                        DROP COLUMN version;";

#[tokio::test]
async fn keys_of_a_schema_without_their_names_in_a_column_keep_their_names_and_values() {
    let database = Database::create().expect("a database");
    let url = database.url();
    drop(Store::open_postgres(&url).await.expect("a store"));
    let old = "INSERT INTO organisations VALUES ('org_1', 'Test', 1); \
        INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', '\\x00', 1); \
        INSERT INTO api_keys VALUES ('env_1', 'api_1', '\\x05', '\\x06', '{\"name\":\"Zoë\",\"note\":null, \
        \"permissions\":[\"account.read\"],\"api_version\":\"2025-12-08\",\"inflection\":\"kebab\", \
        \"ip_address_allowlist\":[\"*\"],\"attributes_blocklist\":[],\"file_access_token_expires_in\":21600}', 7, 9)";
    let before = format!("{BEFORE_6} {old}");
    database.psql(&before).expect("the schema before");
    let store = Store::open_postgres(&url).await.expect("the schema now");
    let environment = selfsame_domain::id::Id::from_trusted("env_1".into());
    let keys = store.list_api_keys(&environment).await.expect("keys");
    let [row] = keys.as_slice() else {
        panic!("{keys:?}")
    };
    let key = &row.key;
    assert_eq!(
        (key.settings.name.as_str(), key.version, key.last_used_at),
        ("Zoë", 1, None)
    );
    assert_eq!(key.settings.permissions, ["account.read"]);
    assert_eq!(
        (row.value_hash.as_slice(), row.value_sealed.as_slice()),
        ([5].as_slice(), [6].as_slice())
    );
    let left = database.psql("SELECT settings LIKE '%name%' FROM api_keys");
    assert_eq!(left.expect("an answer").trim(), "f");
}

#[tokio::test]
async fn text_of_a_schema_without_packing_is_taken_over_as_it_is() {
    let database = Database::create().expect("a database");
    let url = database.url();
    drop(Store::open_postgres(&url).await.expect("a store"));
    let before = "DELETE FROM refinery_schema_history WHERE version >= 5; \
                  ALTER TABLE inquiries ALTER COLUMN detail TYPE TEXT USING convert_from(detail, 'UTF8'); \
                  ALTER TABLE events ALTER COLUMN payload TYPE TEXT USING convert_from(payload, 'UTF8'); \
                  INSERT INTO events (environment_id, id, name, object_type, object_id, created_at, ordinal, payload, \
                  context) VALUES ('env_1', 'evt_1', 'account.created', 'account', 'act_1', 1, 0, \
                  '{\"note\":\"Zoë\"}', '{}')";
    database.psql(BEFORE_6).expect("schema 5");
    database.psql(before).expect("the schema before");
    let store = Store::open_postgres(&url).await.expect("the schema now");
    let environment = selfsame_domain::id::Id::from_trusted("env_1".into());
    let event = store.find_event(&environment, "evt_1").await;
    let event = event.expect("a read").expect("the event");
    assert_eq!(event.payload, serde_json::json!({"note": "Zoë"}));
    // E23: what happened before events had numbers has one as well.
    let ask = Ask::numbered_event(&environment, &event.id);
    let numbered = store.ask(ask).await.expect("a read").expect("a number");
    assert_eq!((numbered.sequence, numbered.account_sequence), (1, None));
}

/// What was logged before there were segments, packed and, as an entry so small may be, as it is.
fn logged() -> [(i64, &'static str, Vec<u8>); 2] {
    let entry = r#"{"method":"GET","path":"/api/v1/accounts","headers":[["Accept","*/*"]],"get_params":{},"post_params":{},
        "ip_address":null,"status":200,"rate_limit":[300,299,60]}"#;
    [
        (
            1_770_113_700_000,
            "req_1",
            selfsame_store::packed::pack(entry.as_bytes()),
        ),
        (1_770_113_700_000, "req_2", entry.as_bytes().to_vec()),
    ]
}

#[tokio::test]
async fn logs_of_a_schema_without_segments_are_shown_as_before() {
    let database = Database::create().expect("a database");
    let url = database.url();
    drop(Store::open_postgres(&url).await.expect("a store"));
    let old = "DELETE FROM refinery_schema_history WHERE version >= 13; \
        DROP TABLE api_log_segments, webhook_deliveries, webhook_lanes, servers; \
        ALTER TABLE event_counters DROP COLUMN pruned; \
        CREATE TABLE api_logs (environment_id TEXT COLLATE \"C\" NOT NULL REFERENCES environments (id), \
        created_at BIGINT NOT NULL, id TEXT COLLATE \"C\" NOT NULL, entry BYTEA NOT NULL, \
        PRIMARY KEY (environment_id, created_at, id)); \
        INSERT INTO organisations VALUES ('org_1', 'Test', 1); \
        INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', '\\x00', 1);";
    let rows = logged().map(|(at, id, entry)| {
        let entry: String = entry.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("INSERT INTO api_logs VALUES ('env_1', {at}, '{id}', '\\x{entry}');")
    });
    let before = format!("{old} {}", rows.concat());
    database.psql(&before).expect("the schema before");
    let store = Store::open_postgres(&url).await.expect("the schema now");
    let environment = selfsame_domain::id::Id::from_trusted("env_1".into());
    let ever = selfsame_domain::Timestamp::from_millis(0);
    let mut page = ApiLogPage::new(&environment, Slice::First, 9, ever);
    while let Some(ask) = page.missing() {
        page.add(store.ask(ask).await.expect("segments"));
    }
    let logs = page.into_page().expect("a page").items;
    let told: Vec<_> = logs
        .iter()
        .map(|log| {
            (
                log.created_at.millis(),
                log.id.to_string(),
                log.entry.status,
            )
        })
        .collect();
    let at = 1_770_113_700_000;
    assert_eq!(told, [(at, "req_2".into(), 200), (at, "req_1".into(), 200)]);
    assert_eq!(logs[1].entry.path, "/api/v1/accounts");
}
