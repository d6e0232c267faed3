//! What holds for the embedded engine alone.

use selfsame_store::{ApiLogPage, Ask, Query, Slice, Store, StoreError};

async fn text(store: &Store, sql: &'static str) -> String {
    let mut rows = store
        .read(vec![Query::new(sql, vec![])])
        .await
        .expect("rows");
    rows[0][0].text().expect("a text")
}

#[tokio::test]
async fn the_file_is_in_wal_mode_and_stays_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    for _ in 0..2 {
        let store = Store::open_sqlite(&path).expect("a store");
        assert_eq!(text(&store, "PRAGMA journal_mode").await, "wal");
        drop(store);
        let header = std::fs::read(&path).expect("the file");
        assert_eq!(header[18..20], [2, 2], "read and write version of the WAL");
    }
}

#[tokio::test]
async fn the_whole_file_is_sound_and_every_foreign_key_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("store.db")).expect("a store");
    assert_eq!(text(&store, "PRAGMA integrity_check").await, "ok");
    let broken = store
        .read(vec![Query::new("PRAGMA foreign_key_check", vec![])])
        .await
        .expect("rows");
    assert!(broken[0].is_empty());
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("store.db")).expect("a store");
    let write = Query::new("DELETE FROM organisations", vec![]);
    assert!(matches!(
        store.read(vec![write]).await,
        Err(StoreError::ReadOnly { .. })
    ));
}

/// The steps of a statement's plan.
async fn plan(store: &Store, sql: &str) -> Vec<String> {
    let query = Query::new(format!("EXPLAIN QUERY PLAN {sql}"), vec![]);
    let rows = store.read(vec![query]).await.expect("a plan").remove(0);
    let steps = rows.into_iter().map(|mut row| {
        for _ in 0..3 {
            row.integer().expect("a number");
        }
        row.text().expect("a step")
    });
    steps.collect()
}

#[tokio::test]
async fn every_list_and_lookup_is_answered_by_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("store.db")).expect("a store");
    for (sql, index) in [
        (
            "SELECT * FROM accounts WHERE environment_id = 'e' AND reference_fold = 'r' ORDER BY created_at, id",
            "accounts_by_reference (environment_id=? AND reference_fold=?)",
        ),
        (
            "SELECT * FROM accounts WHERE environment_id = 'e' AND archived_at IS NULL AND reference_fold IN ('r', 's') \
             ORDER BY created_at DESC, id DESC LIMIT 11",
            "accounts_by_reference (environment_id=? AND reference_fold=?)",
        ),
        (
            "SELECT * FROM accounts WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 10",
            "accounts_by_age (environment_id=?)",
        ),
        (
            "SELECT * FROM api_keys WHERE environment_id = 'e' AND name = 'n' ORDER BY created_at DESC, id DESC LIMIT 11",
            "api_keys_by_age (environment_id=?)",
        ),
        (
            "SELECT * FROM webhooks WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 11",
            "webhooks_by_age (environment_id=?)",
        ),
        (
            "SELECT * FROM inquiries WHERE environment_id = 'e' AND account_id IN ('a') \
             ORDER BY created_at DESC, id DESC",
            "inquiries_by_account (environment_id=? AND account_id=?)",
        ),
        (
            "SELECT * FROM inquiries WHERE environment_id = 'e' AND status IN ('created', 'pending') \
             ORDER BY created_at DESC, id DESC LIMIT 11",
            "inquiries_by_age (environment_id=?)",
        ),
        (
            "SELECT * FROM inquiries WHERE due_at <= 1 ORDER BY due_at LIMIT 1",
            "inquiries_due (due_at<?)",
        ),
        (
            "SELECT * FROM inquiry_sessions WHERE environment_id = 'e' AND inquiry_id IN ('a', 'b') \
             ORDER BY created_at DESC, id DESC LIMIT 11",
            "inquiry_sessions_by_inquiry (environment_id=? AND inquiry_id=?)",
        ),
        (
            "SELECT * FROM events WHERE environment_id = 'e' ORDER BY created_at DESC, ordinal DESC, id DESC",
            "events_by_age (environment_id=?)",
        ),
        (
            "SELECT * FROM events WHERE environment_id = 'e' AND object_id IN ('a', 'b') \
             ORDER BY created_at, ordinal, id",
            "events_by_object (environment_id=? AND object_id=?)",
        ),
        (
            "SELECT * FROM one_time_links WHERE code_hash = x'00'",
            "one_time_links_by_code (code_hash=?)",
        ),
        (
            "UPDATE one_time_links SET expires_at = 1 WHERE environment_id = 'e' AND inquiry_id = 'i' AND expires_at > 1",
            "one_time_links_by_inquiry (environment_id=? AND inquiry_id=?)",
        ),
        (
            "UPDATE inquiries SET version = version + 1 WHERE environment_id = 'e' AND account_id = 'a'",
            "inquiries_by_account (environment_id=? AND account_id=?)",
        ),
        (
            "UPDATE verifications SET account_id = 'b' WHERE environment_id = 'e' AND inquiry_id IN \
             (SELECT id FROM inquiries WHERE environment_id = 'e' AND account_id = 'a')",
            "verifications_by_inquiry (environment_id=? AND inquiry_id=?)",
        ),
        (
            "SELECT a.* FROM account_relations r JOIN accounts a ON a.environment_id = r.environment_id \
             AND a.id = r.target_id WHERE r.environment_id = 'e' AND r.account_id = 'a' AND r.relation_key = 'k' \
             ORDER BY r.created_at DESC, r.target_id DESC LIMIT 11",
            "account_relations_by_age (environment_id=? AND account_id=? AND relation_key=?)",
        ),
        (
            "UPDATE account_relations SET target_id = 'b' WHERE environment_id = 'e' AND target_id = 'a'",
            "account_relations_by_target (environment_id=? AND target_id=?)",
        ),
        (
            "DELETE FROM files WHERE environment_id = 'e' AND inquiry_id = 'i'",
            "files_by_inquiry (environment_id=? AND inquiry_id=?)",
        ),
        (
            "SELECT * FROM importers WHERE status = 'pending' AND leased_until <= 1 ORDER BY leased_until, id LIMIT 1",
            "importers_waiting (leased_until<?)",
        ),
        (
            "SELECT * FROM importers WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 11",
            "importers_by_age (environment_id=?)",
        ),
        (
            "SELECT first_row, outcomes FROM importer_rows WHERE environment_id = 'e' AND importer_id = 'i' \
             AND errors > 0 AND first_row > 5 AND last_row >= 6 ORDER BY first_row LIMIT 8",
            "importer_rows_with_errors (environment_id=? AND importer_id=? AND first_row>?)",
        ),
        (
            "SELECT reference_fold FROM accounts WHERE environment_id = 'e' AND account_type_id = 't' \
             AND reference_fold IS NOT NULL AND archived_at IS NULL AND reference_fold IN ('r', 's')",
            "accounts_one_per_reference (environment_id=? AND account_type_id=? AND reference_fold=?)",
        ),
        (
            "SELECT id FROM user_audit_logs WHERE environment_id = 'e' AND created_at >= 1 \
             ORDER BY created_at DESC, id DESC LIMIT 11",
            "user_audit_logs_by_age (environment_id=? AND created_at>?)",
        ),
        (
            "SELECT max(sequence) FROM (SELECT sequence FROM webhook_deliveries WHERE environment_id = 'e' \
             AND webhook_id = 'w' AND sequence >= 1 AND sequence < 9 AND updated_at < 5 AND status <> 'pending' \
             ORDER BY sequence LIMIT 2) oldest",
            "PRIMARY KEY (environment_id=? AND webhook_id=? AND sequence>? AND sequence<?)",
        ),
        (
            "SELECT (SELECT s.sequence FROM event_sequences s WHERE s.environment_id = e.environment_id \
             AND s.event_id = e.id) FROM events e WHERE e.environment_id = 'e' AND e.created_at >= 5 \
             ORDER BY e.created_at, e.ordinal, e.id LIMIT 1",
            "events_by_age (environment_id=? AND created_at>?)",
        ),
        (
            "SELECT e.id, e.created_at, e.ordinal, s.sequence FROM events e CROSS JOIN event_sequences s \
             WHERE e.environment_id = 'e' AND e.created_at < 5 AND (e.created_at, e.ordinal, e.id) > (1, 0, 'a') \
             AND s.environment_id = e.environment_id AND s.event_id = e.id ORDER BY e.created_at, e.ordinal, e.id LIMIT 2",
            "events_by_age (environment_id=? AND (created_at,ordinal,id)>(?,?,?) AND created_at<?)",
        ),
        (
            "DELETE FROM events WHERE environment_id = 'e' AND id IN (SELECT s.event_id FROM event_sequences s \
             WHERE s.environment_id = 'e' AND s.sequence IN (1, 2) \
             AND 0 = (SELECT count(*) FROM webhook_lanes l WHERE l.environment_id = 'e' AND l.sequence < s.sequence) \
             AND 0 = (SELECT count(*) FROM webhooks w CROSS JOIN webhook_deliveries d WHERE w.environment_id = 'e' \
             AND d.environment_id = w.environment_id AND d.webhook_id = w.id AND d.sequence = s.sequence \
             AND d.status = 'pending'))",
            "PRIMARY KEY (environment_id=? AND webhook_id=? AND sequence=?)",
        ),
        (
            "DELETE FROM event_sequences WHERE environment_id = 'e' AND sequence IN (SELECT x.sequence \
             FROM event_sequences n CROSS JOIN event_sequences x WHERE n.environment_id = 'e' AND n.sequence IN (1, 2) \
             AND n.account_sequence IS NOT NULL AND x.environment_id = 'e' AND x.account_id = n.account_id \
             AND x.account_sequence <= n.account_sequence AND EXISTS (SELECT 1 FROM event_sequences l \
             WHERE l.environment_id = 'e' AND l.account_id = x.account_id AND l.account_sequence > x.account_sequence) \
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.environment_id = 'e' AND e.id = x.event_id))",
            "event_sequences_by_account (environment_id=? AND account_id=? AND account_sequence<?)",
        ),
        (
            "SELECT 1 FROM inquiry_sessions WHERE environment_id = 'e' AND device_id = 'd' AND device_id IS NOT NULL LIMIT 1",
            "inquiry_sessions_by_device (environment_id=? AND device_id=?)",
        ),
        (
            "SELECT * FROM files WHERE environment_id = 'e' AND inquiry_id = 'i' ORDER BY created_at, id",
            "files_by_inquiry (environment_id=? AND inquiry_id=?)",
        ),
        (
            "SELECT * FROM verifications WHERE environment_id = 'e' AND id = 'v'",
            "sqlite_autoindex_verifications_1 (environment_id=? AND id=?)",
        ),
        (
            "SELECT * FROM documents WHERE environment_id = 'e' AND id = 'd'",
            "sqlite_autoindex_documents_1 (environment_id=? AND id=?)",
        ),
    ] {
        let steps = plan(&store, sql).await;
        let wanted = if index.starts_with("PRIMARY KEY") {
            index.to_owned()
        } else {
            format!("INDEX {index}")
        };
        assert!(
            steps.iter().any(|step| step.ends_with(&wanted)),
            "{sql}\n{steps:?}"
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    std::fs::write(&path, vec![7; 4096]).expect("a file");
    assert!(Store::open_sqlite(&path).is_err());
    assert!(Store::open_sqlite(&folder.path().join("no/such/folder/store.db")).is_err());
}

/// Takes the newest schema back to the fifth.
const BEFORE_6: &str = "
    DELETE FROM refinery_schema_history WHERE version >= 6;
    DROP TABLE webhooks; DROP TABLE servers; DROP TABLE webhook_deliveries; DROP TABLE webhook_lanes; DROP TABLE event_queue; DROP TABLE event_sequences; DROP TABLE event_counters;
    DROP TABLE importer_rows; DROP TABLE importers; DROP TABLE account_search_values; DROP TABLE api_log_segments; DROP TABLE user_audit_logs;
    DROP INDEX inquiry_sessions_by_device;
    DROP INDEX api_keys_by_age;
    ALTER TABLE api_keys DROP COLUMN name;
    ALTER TABLE api_keys DROP COLUMN last_used_at;
    ALTER TABLE api_keys DROP COLUMN version;
    DROP TABLE account_relations;
    ALTER TABLE account_types DROP COLUMN relations;
    ALTER TABLE account_types DROP COLUMN actions;
    ALTER TABLE account_types DROP COLUMN version;";

#[tokio::test]
async fn keys_of_a_schema_without_their_names_in_a_column_keep_their_names_and_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(Store::open_sqlite(&path).expect("a store"));
    let connection = rusqlite::Connection::open(&path).expect("the file");
    let old = "INSERT INTO organisations VALUES ('org_1', 'Test', 1);
        INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', x'00', 1);
        INSERT INTO api_keys VALUES ('env_1', 'api_1', x'05', x'06', '{\"name\":\"Zoë\",\"note\":null,
        \"permissions\":[\"account.read\"],\"api_version\":\"2025-12-08\",\"inflection\":\"kebab\",
        \"ip_address_allowlist\":[\"*\"],\"attributes_blocklist\":[],\"file_access_token_expires_in\":21600}', 7, 9)";
    connection
        .execute_batch(&format!("{BEFORE_6} {old}"))
        .expect("the schema before");
    drop(connection);
    let store = Store::open_sqlite(&path).expect("the schema now");
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
    let settings = text(&store, "SELECT settings FROM api_keys").await;
    assert!(!settings.contains("name"), "{settings}");
}

#[tokio::test]
async fn text_of_a_schema_without_packing_is_taken_over_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(Store::open_sqlite(&path).expect("a store"));
    let connection = rusqlite::Connection::open(&path).expect("the file");
    connection.execute_batch(BEFORE_6).expect("schema 5");
    connection
        .execute_batch(
            "DELETE FROM refinery_schema_history WHERE version >= 5;
             ALTER TABLE inquiries DROP COLUMN detail;
             ALTER TABLE inquiries ADD COLUMN detail TEXT NOT NULL DEFAULT '';
             ALTER TABLE events DROP COLUMN payload;
             ALTER TABLE events ADD COLUMN payload TEXT NOT NULL DEFAULT '';
             INSERT INTO events (environment_id, id, name, object_type, object_id, created_at, ordinal, payload, context)
             VALUES ('env_1', 'evt_1', 'account.created', 'account', 'act_1', 1, 0, '{\"note\":\"Zoë\"}', '{}')",
        )
        .expect("the schema before");
    drop(connection);
    let store = Store::open_sqlite(&path).expect("the schema now");
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
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(Store::open_sqlite(&path).expect("a store"));
    let connection = rusqlite::Connection::open(&path).expect("the file");
    let old = "DELETE FROM refinery_schema_history WHERE version >= 13; DROP TABLE api_log_segments;
        DROP TABLE webhook_deliveries; DROP TABLE webhook_lanes; DROP TABLE servers;
        ALTER TABLE event_counters DROP COLUMN pruned;
        CREATE TABLE api_logs (
            environment_id TEXT NOT NULL REFERENCES environments (id), created_at INTEGER NOT NULL, id TEXT NOT NULL,
            entry BLOB NOT NULL, PRIMARY KEY (environment_id, created_at, id)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO organisations VALUES ('org_1', 'Test', 1);
        INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', x'00', 1);";
    connection.execute_batch(old).expect("the schema before");
    for row in logged() {
        connection
            .execute("INSERT INTO api_logs VALUES ('env_1', ?1, ?2, ?3)", row)
            .expect("a log");
    }
    drop(connection);
    let store = Store::open_sqlite(&path).expect("the schema now");
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

#[tokio::test]
async fn e23_what_still_waits_for_numbers_gets_them_before_anything_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(Store::open_sqlite(&path).expect("a store"));
    let connection = rusqlite::Connection::open(&path).expect("the file");
    let waiting = "INSERT INTO organisations VALUES ('org_1', 'Test', 1);
        INSERT INTO environments VALUES ('env_1', 'org_1', 'sandbox', x'00', 1), ('env_2', 'org_1', 'production', x'01', 1);
        INSERT INTO event_counters (environment_id, sequence) VALUES ('env_1', 7), ('env_2', 0);
        INSERT INTO event_sequences VALUES ('env_1', 7, 'evt_old', 'act_1', 3, 'account.created');
        INSERT INTO event_queue VALUES (20, 'env_1', 'evt_c', 'act_1', 'account.updated', 1),
            (11, 'env_1', 'evt_b', NULL, 'template.created', 2), (10, 'env_1', 'evt_a', 'act_1', 'account.updated', 3),
            (12, 'env_2', 'evt_d', 'act_2', 'account.created', 4), (30, 'env_1', 'evt_e', 'act_3', 'account.created', 5)";
    connection.execute_batch(waiting).expect("a queue");
    for _ in 0..2 {
        let store = Store::open_sqlite(&path).expect("a store");
        let numbers = "SELECT group_concat(row, ' ') FROM (SELECT environment_id || sequence || event_id || \
                       coalesce(account_sequence, '-') AS row FROM event_sequences ORDER BY environment_id, sequence)";
        assert_eq!(
            text(&store, numbers).await,
            "env_17evt_old3 env_18evt_a4 env_19evt_b- env_110evt_c5 env_111evt_e1 env_21evt_d1"
        );
        let left = "SELECT (SELECT count(*) FROM event_queue) || ' ' || (SELECT group_concat(sequence, ' ') \
                    FROM (SELECT sequence FROM event_counters ORDER BY environment_id))";
        assert_eq!(text(&store, left).await, "0 11 1");
    }
}
