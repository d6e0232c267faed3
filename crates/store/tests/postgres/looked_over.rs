//! What `selfsame check` reads of a database that servers work on.

use selfsame_cluster::Database;
use selfsame_store::Store;
use selfsame_store::backup::{NamedBlob, SharedSnapshot, known_schema};

/// Rows of every kind that names a blob, and one that names none any more; foreign keys do not matter here.
const ROWS: &str = r#"SET session_replication_role = replica;
    INSERT INTO accounts (environment_id, id, account_type_id, status, fields, tags, created_at, updated_at, version)
    VALUES ('e', 'act_1', 't', 's', '{"selfie_photo":{"blob_key":"e/photo"},"note":"\u0000"}', '[]', 1, 1, 1),
           ('e', 'act_2', 't', 's', '{"note":"no blob_key of a photo"}', '[]', 1, 1, 1);
    INSERT INTO files VALUES ('e', 'file_1', 'inq_1', 's', 'p', NULL, 'e/upload', 'the-hash', 'image/png', 1, 1, 1, 'u', 1);
    INSERT INTO importers (environment_id, id, kind, status, successful, duplicates, errors, next_row, next_byte, blob_key,
                           created_at, leased_until, version)
    VALUES ('e', 'imp_1', 'k', 'pending', 0, 0, 0, 1, 1, 'e/import', 1, 1, 1),
           ('e', 'imp_2', 'k', 'ready', 0, 0, 0, 1, 1, NULL, 1, 1, 1);
    INSERT INTO blobs_to_delete VALUES ('e', 'e/gone', 1)"#;

#[tokio::test]
async fn every_blob_that_a_row_names_is_told_and_no_other() {
    let database = Database::create().expect("a database");
    let empty = SharedSnapshot::open(&database.url()).await.expect("a look");
    assert_eq!(empty.schema_version().await.expect("a read"), None);
    drop(empty);
    let store = Store::open_postgres(&database.url()).await;
    drop(store.expect("a store"));
    database.psql(ROWS).expect("rows");

    let snapshot = SharedSnapshot::open(&database.url()).await.expect("a look");
    let known = Some(known_schema());
    assert_eq!(snapshot.schema_version().await.expect("a read"), known);
    let counts = snapshot.row_counts().await.expect("counts");
    assert_eq!((counts["accounts"], counts["importers"]), (2, 2));
    let named = |key: &str, sha256: Option<&str>| NamedBlob {
        key: key.to_owned(),
        sha256: sha256.map(str::to_owned),
    };
    let expected = [
        named("e/import", None),
        named("e/photo", None),
        named("e/upload", Some("the-hash")),
    ];
    assert_eq!(snapshot.named_blobs().await.expect("blobs"), expected);
    assert_eq!(snapshot.blobs_to_delete().await.expect("blobs"), ["e/gone"]);
    for blob in &expected {
        assert!(snapshot.names_blob(&blob.key).await.expect("a read"));
    }
    assert!(!snapshot.names_blob("e/gone").await.expect("a read"));

    // One moment, whatever is written meanwhile.
    database.psql("DELETE FROM files").expect("a deletion");
    assert!(snapshot.names_blob("e/upload").await.expect("a read"));
    let later = SharedSnapshot::open(&database.url()).await.expect("a look");
    assert!(!later.names_blob("e/upload").await.expect("a read"));
}
