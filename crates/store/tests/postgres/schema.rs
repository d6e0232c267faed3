//! The two engines' schemas are one: the same tables, columns and indexes.

use std::collections::BTreeSet;

use selfsame_cluster::Database;
use selfsame_store::{Query, Store};

async fn lines(store: &Store, sql: &'static str) -> BTreeSet<String> {
    let rows = store.read(vec![Query::new(sql, vec![])]).await;
    let rows = rows.expect("rows").remove(0);
    rows.into_iter()
        .map(|mut row| row.text().expect("a line"))
        .collect()
}

#[tokio::test]
async fn tables_columns_and_indexes_are_the_same_on_both_engines() {
    let folder = tempfile::tempdir().expect("a folder");
    let embedded = Store::open_sqlite(&folder.path().join("store.db")).expect("a store");
    let database = Database::create().expect("a database");
    let postgres = Store::open_postgres(&database.url())
        .await
        .expect("a store");

    let here = lines(
        &embedded,
        "SELECT t.name || '.' || c.name || ' ' || lower(c.type) || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END \
         || CASE WHEN c.pk > 0 THEN ' key ' || c.pk ELSE '' END \
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'refinery_schema_history'",
    )
    .await;
    let there = lines(
        &postgres,
        "SELECT c.relname || '.' || a.attname || ' ' || CASE t.typname WHEN 'int8' THEN 'integer' WHEN 'bytea' THEN 'blob' \
         ELSE t.typname END || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END \
         || coalesce(' key ' || array_position(string_to_array(i.indkey::text, ' '), a.attnum::text), '') \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'refinery_schema_history'",
    )
    .await;
    assert_eq!(here, there);
    assert!(here.len() > 100, "{here:?}");

    let here = lines(
        &embedded,
        "SELECT i.name || ' on ' || t.name || CASE WHEN i.\"unique\" THEN ' unique' ELSE '' END \
         || CASE WHEN i.partial THEN ' partial' ELSE '' END || ' ' || (SELECT group_concat(name, ',') FROM \
         (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
         FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'",
    )
    .await;
    let there = lines(
        &postgres,
        "SELECT n.relname || ' on ' || c.relname || CASE WHEN i.indisunique THEN ' unique' ELSE '' END \
         || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END || ' ' || (SELECT string_agg(a.attname, ',' \
         ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary",
    )
    .await;
    assert_eq!(here, there);
    assert!(here.len() > 20, "{here:?}");
}

/// What must hold for the tables to be distributed by environment; `docs/scale.md` lists the exceptions.
#[tokio::test]
async fn every_key_of_an_environments_data_begins_with_the_environment() {
    let database = Database::create().expect("a database");
    let store = Store::open_postgres(&database.url())
        .await
        .expect("a store");
    let others = lines(
        &store,
        "SELECT n.relname::text FROM pg_class c \
         JOIN pg_attribute e ON e.attrelid = c.oid AND e.attname = 'environment_id' \
         JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique JOIN pg_class n ON n.oid = i.indexrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND i.indkey[0] <> e.attnum",
    )
    .await;
    let known = [
        "api_keys_by_hash",
        "event_queue_pkey",
        "inquiries_by_id",
        "inquiry_sessions_by_id",
        "one_time_links_by_code",
    ];
    assert_eq!(others, known.map(str::to_owned).into());
}
