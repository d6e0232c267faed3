//! Plans by index, with statistics and without.

use selfsame_cluster::Database;
use selfsame_store::{Query, Store};

const PLANS: &[(&str, &str)] = &[
    (
        "SELECT * FROM accounts WHERE environment_id = 'e' AND reference_fold = 'r' ORDER BY created_at, id",
        "accounts_by_reference",
    ),
    (
        "SELECT * FROM accounts WHERE environment_id = 'e' AND id = 'a'",
        "accounts_pkey",
    ),
    (
        "SELECT * FROM files WHERE environment_id = 'e' AND id = 'f'",
        "files_pkey",
    ),
    (
        "SELECT * FROM verifications WHERE environment_id = 'e' AND id = 'v'",
        "verifications_pkey",
    ),
    (
        "SELECT * FROM documents WHERE environment_id = 'e' AND id = 'd'",
        "documents_pkey",
    ),
    (
        "SELECT * FROM accounts WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 10",
        "accounts_by_age",
    ),
    (
        "SELECT * FROM inquiries WHERE environment_id = 'e' AND account_id IN ('a') \
         ORDER BY created_at DESC, id DESC LIMIT 11",
        "inquiries_by_account",
    ),
    (
        "SELECT * FROM inquiries WHERE environment_id = 'e' AND account_id = 'a' AND (created_at, id) < (5, 'i') \
         ORDER BY created_at DESC, id DESC LIMIT 11",
        "inquiries_by_account",
    ),
    (
        "SELECT * FROM inquiries WHERE due_at <= 1 ORDER BY due_at LIMIT 1",
        "inquiries_due",
    ),
    (
        "SELECT * FROM events WHERE environment_id = 'e' ORDER BY created_at DESC, ordinal DESC, id DESC LIMIT 11",
        "events_by_age",
    ),
    (
        "SELECT * FROM one_time_links WHERE code_hash = '\\x00'",
        "one_time_links_by_code",
    ),
    (
        "UPDATE inquiries SET version = version + 1 WHERE environment_id = 'e' AND account_id = 'a'",
        "inquiries_by_account",
    ),
    (
        "SELECT a.* FROM account_relations r JOIN accounts a ON a.environment_id = r.environment_id \
         AND a.id = r.target_id WHERE r.environment_id = 'e' AND r.account_id = 'a' AND r.relation_key = 'k' \
         ORDER BY r.created_at DESC, r.target_id DESC LIMIT 11",
        "account_relations_by_age",
    ),
    (
        "UPDATE account_relations SET target_id = 'b' WHERE environment_id = 'e' AND target_id = 'a'",
        "account_relations_by_target",
    ),
    (
        "UPDATE one_time_links SET expires_at = 1 WHERE environment_id = 'e' AND inquiry_id = 'i' AND expires_at > 1",
        "one_time_links_by_inquiry",
    ),
    (
        "SELECT count(*) FROM unnest(ARRAY['e','e'], ARRAY['a','b'], ARRAY[1,2]::bigint[]) w (e, i, v) \
         JOIN accounts a ON a.environment_id = w.e AND a.id = w.i AND a.version = w.v",
        "accounts_pkey",
    ),
    (
        "SELECT * FROM importers WHERE status = 'pending' AND leased_until <= 1 ORDER BY leased_until, id LIMIT 1",
        "importers_waiting",
    ),
    (
        "SELECT * FROM importers WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 11",
        "importers_by_age",
    ),
    (
        "SELECT first_row FROM importer_rows WHERE environment_id = 'e' AND importer_id = 'i' AND errors > 0 \
         AND first_row > 5 AND last_row >= 6 ORDER BY first_row LIMIT 8",
        "importer_rows_with_errors",
    ),
    (
        "SELECT entries FROM api_log_segments WHERE environment_id = 'e' AND last_at <= 9 AND first_at <= 5 AND last_at >= 1 \
         ORDER BY last_at DESC, last_id DESC LIMIT 2",
        "api_log_segments_pkey",
    ),
    (
        "SELECT entries FROM api_log_segments WHERE environment_id = 'e' AND (last_at, last_id) > (1, 'r') \
         AND last_at <= 9 AND first_at <= 5 ORDER BY last_at, last_id LIMIT 2",
        "api_log_segments_pkey",
    ),
    (
        "SELECT entries FROM api_log_segments WHERE environment_id = 'e' AND last_at BETWEEN 1 AND 1064 AND first_at <= 64",
        "api_log_segments_pkey",
    ),
    (
        "SELECT id FROM user_audit_logs WHERE environment_id = 'e' AND created_at >= 1 \
         ORDER BY created_at DESC, id DESC LIMIT 11",
        "user_audit_logs_by_age",
    ),
    (
        "SELECT max(sequence) FROM (SELECT sequence FROM webhook_deliveries WHERE environment_id = 'e' \
         AND webhook_id = 'w' AND sequence >= 1 AND sequence < 9 AND updated_at < 5 AND status <> 'pending' \
         ORDER BY sequence LIMIT 2) oldest",
        "webhook_deliveries_pkey",
    ),
    (
        "SELECT (SELECT s.sequence FROM event_sequences s WHERE s.environment_id = e.environment_id \
         AND s.event_id = e.id) FROM events e WHERE e.environment_id = 'e' AND e.created_at >= 5 \
         ORDER BY e.created_at, e.ordinal, e.id LIMIT 1",
        "events_by_age",
    ),
    (
        "SELECT e.id, e.created_at, e.ordinal, s.sequence FROM events e CROSS JOIN event_sequences s \
         WHERE e.environment_id = 'e' AND e.created_at < 5 AND (e.created_at, e.ordinal, e.id) > (1, 0, 'a') \
         AND s.environment_id = e.environment_id AND s.event_id = e.id ORDER BY e.created_at, e.ordinal, e.id LIMIT 2",
        "events_by_age",
    ),
    (
        "DELETE FROM events WHERE environment_id = 'e' AND id IN (SELECT s.event_id FROM event_sequences s \
         WHERE s.environment_id = 'e' AND s.sequence IN (1, 2) \
         AND 0 = (SELECT count(*) FROM webhook_lanes l WHERE l.environment_id = 'e' AND l.sequence < s.sequence) \
         AND 0 = (SELECT count(*) FROM webhooks w CROSS JOIN webhook_deliveries d WHERE w.environment_id = 'e' \
         AND d.environment_id = w.environment_id AND d.webhook_id = w.id AND d.sequence = s.sequence \
         AND d.status = 'pending'))",
        "using webhook_deliveries_",
    ),
    (
        "DELETE FROM event_sequences WHERE environment_id = 'e' AND sequence IN (SELECT x.sequence \
         FROM event_sequences n CROSS JOIN event_sequences x WHERE n.environment_id = 'e' AND n.sequence IN (1, 2) \
         AND n.account_sequence IS NOT NULL AND x.environment_id = 'e' AND x.account_id = n.account_id \
         AND x.account_sequence <= n.account_sequence AND EXISTS (SELECT 1 FROM event_sequences l \
         WHERE l.environment_id = 'e' AND l.account_id = x.account_id AND l.account_sequence > x.account_sequence) \
         AND NOT EXISTS (SELECT 1 FROM events e WHERE e.environment_id = 'e' AND e.id = x.event_id))",
        "event_sequences_by_account",
    ),
    (
        "SELECT 1 FROM inquiry_sessions WHERE environment_id = 'e' AND device_id = 'd' AND device_id IS NOT NULL LIMIT 1",
        "inquiry_sessions_by_device",
    ),
];

/// Ten thousand people with three inquiries each, and a verification with a document and a picture to each
/// inquiry, in one environment.
const FILL: &str = "\
    INSERT INTO organisations VALUES ('o', 'o', 1); \
    INSERT INTO environments VALUES ('e', 'o', 'sandbox', '', 1); \
    INSERT INTO accounts SELECT 'e', 'act_' || n, 't', 'r' || n, 'r' || n, 'Default', '{}', '[]', n, n, NULL, NULL, NULL, 1 \
      FROM generate_series(1, 10000) n; \
    INSERT INTO inquiries SELECT 'e', 'inq_' || n, 'act_' || (n % 10000 + 1), 't', 'v', 'created', NULL, n, n, n, NULL, \
      '{}', n, 1 FROM generate_series(1, 30000) n; \
    INSERT INTO verifications SELECT 'e', 'ver_' || n, 'inq_' || n, NULL, 'verification/selfie', 'v', 'passed', n, n, n, \
      NULL, '{}' FROM generate_series(1, 30000) n; \
    INSERT INTO documents SELECT 'e', 'doc_' || n, 'inq_' || n, NULL, 'processed', n, n, '{}' \
      FROM generate_series(1, 30000) n; \
    INSERT INTO files SELECT 'e', 'docf_' || n, 'inq_' || n, 's', 'front', 'ver_' || n, 'b' || n, 'h', 'image/jpeg', 1, 1, \
      1, 'manual', n FROM generate_series(1, 30000) n";

async fn check(store: &Store, when: &str) {
    for (sql, index) in PLANS {
        let query = Query::new(format!("EXPLAIN {sql}"), vec![]);
        let rows = store.read(vec![query]).await.expect("a plan").remove(0);
        let lines = rows.into_iter().map(|mut row| row.text().expect("a line"));
        let plan = lines.collect::<Vec<_>>().join("\n");
        assert!(plan.contains(index), "{when}: {sql}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{when}: {sql}\n{plan}");
    }
}

#[tokio::test]
async fn every_list_and_lookup_is_answered_by_an_index() {
    let database = Database::create().expect("a database");
    let store = Store::open_postgres(&database.url())
        .await
        .expect("a store");
    database.psql(FILL).expect("rows");
    check(&store, "new").await;
    database.psql("ANALYZE").expect("statistics");
    check(&store, "known").await;
}
