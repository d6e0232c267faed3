//! What holds for the embedded engine alone.

use selfsame_store::{Query, Store, StoreError};

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
        Err(StoreError::Statement(_))
    ));
}

#[tokio::test]
async fn every_list_and_lookup_is_answered_by_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("store.db")).expect("a store");
    for sql in [
        "SELECT * FROM accounts WHERE environment_id = 'e' AND reference_fold = 'r' ORDER BY created_at, id",
        "SELECT * FROM accounts WHERE environment_id = 'e' ORDER BY created_at DESC, id DESC LIMIT 10",
        "SELECT * FROM inquiries WHERE environment_id = 'e' AND account_id IN ('a') ORDER BY created_at DESC, id DESC",
        "SELECT * FROM inquiries WHERE due_at <= 1 ORDER BY due_at LIMIT 1",
        "SELECT * FROM events WHERE environment_id = 'e' ORDER BY created_at DESC, ordinal DESC, id DESC",
        "SELECT * FROM one_time_links WHERE code_hash = x'00'",
    ] {
        let plan = Query::new(format!("EXPLAIN QUERY PLAN {sql}"), vec![]);
        let rows = store.read(vec![plan]).await.expect("a plan").remove(0);
        for mut row in rows {
            for _ in 0..3 {
                row.integer().expect("a number");
            }
            let step = row.text().expect("a step");
            assert!(
                !step.starts_with("SCAN") || step.contains("USING"),
                "{sql}\n{step}"
            );
        }
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
