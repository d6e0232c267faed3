//! Imports through a sudden end, and through one in order.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Server, wait_for};

const ROWS: i64 = 12_000;

fn number(data: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(data.join("selfsame.sqlite")).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn count(importer: &Value, name: &str) -> i64 {
    importer["data"]["attributes"][name].as_i64().unwrap()
}

#[test]
fn m16_m18_no_row_is_lost_or_made_twice_by_a_kill_or_a_stop_in_the_middle() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let rows: String = (0..ROWS)
        .map(|row| format!("user-{row},t{}\n", row % 7))
        .collect();
    let file = STANDARD.encode(format!("reference_id,tags\n{rows}"));
    let body = json!({"data": {"attributes": {"file": {"data": file}}}});
    let made = server
        .send("POST", "/api/v1/importer/accounts", Some(&body))
        .unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/api/v1/importers/{}", made.id());
    let begun = |server: &Server, least: i64| {
        wait_for("progress", || {
            let importer = server.get(&path).document;
            std::thread::sleep(Duration::from_millis(20));
            (count(&importer, "successful-count") > least).then_some(importer)
        })
    };
    let importer = begun(&server, 0);
    assert_eq!(
        importer["data"]["attributes"]["status"], "pending",
        "too fast to be killed"
    );
    server.kill();

    let agreed = |data: &Path| {
        let people = "SELECT count(*) FROM accounts WHERE reference_id LIKE 'user-%'";
        let accounts = number(data, people);
        let told = number(data, "SELECT successful FROM importers");
        assert_eq!(
            accounts, told,
            "the counter and the accounts are one commit"
        );
        let listed = number(data, "SELECT max(last_row) FROM importer_rows");
        assert_eq!(listed, told);
        told
    };
    let done = agreed(&data);
    let server = Server::start(&data);
    begun(&server, done);
    server.stop();
    agreed(&data);

    let server = Server::start(&data);
    let importer = wait_for("the end of the import", || {
        let importer = server.get(&path).document;
        std::thread::sleep(Duration::from_millis(50));
        (importer["data"]["attributes"]["status"] == "ready").then_some(importer)
    });
    assert_eq!(count(&importer, "successful-count"), ROWS);
    assert_eq!(count(&importer, "duplicate-count"), 0);
    server.stop();
    assert_eq!(agreed(&data), ROWS);
    let events = "SELECT count(*) FROM events WHERE name = 'account.created'";
    assert!(number(&data, events) >= ROWS);
    let files = number(
        &data,
        "SELECT count(*) FROM importers WHERE blob_key IS NOT NULL",
    );
    assert_eq!(
        (files, number(&data, "SELECT count(*) FROM blobs_to_delete")),
        (0, 0)
    );
}
