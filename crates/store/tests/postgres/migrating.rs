//! Several processes that start at once, and databases that cannot be taken.

use selfsame_cluster::Database;
use selfsame_store::{Store, StoreError};

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
