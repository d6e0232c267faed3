//! Moving between engines: everything, once, compared, and resumable.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rusqlite::Connection;
use selfsame_testkit::postgres::Database;
use tempfile::TempDir;

use crate::program::{Server, fail, program, refused_start, succeed, text, wait_for};

/// Rows that no server needs to make one by one.
const MANY: i64 = 20_000;

/// A data folder with something of everything, whose server has ended.
fn installed(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let server = Server::start(&data);
    server.create_account("somebody", 1);
    assert_eq!(server.create_inquiry("somebody").unwrap().status, 201);
    server.stop();
    let many = format!(
        "INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, \
         payload, context) SELECT environment_id, 'evt_many_' || n, name, object_type, object_id, account_id, \
         created_at + n, ordinal, payload, context FROM (SELECT * FROM events ORDER BY id LIMIT 1), \
         (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}) SELECT n FROM c)"
    );
    let made = open(&data).execute(&many, []).unwrap();
    assert_eq!(i64::try_from(made).unwrap(), MANY);
    data
}

fn open(data: &Path) -> Connection {
    Connection::open(data.join("selfsame.sqlite")).unwrap()
}

fn sqlite(data: &Path) -> String {
    format!("sqlite:{}", text(&data.join("selfsame.sqlite")))
}

/// Every row of every table, as text.
fn dump(data: &Path) -> Vec<String> {
    dump_without(data, "")
}

/// The same without the columns of this name.
fn dump_without(data: &Path, left_out: &str) -> Vec<String> {
    let connection = open(data);
    let texts = |sql: &str| -> Vec<String> {
        let mut prepared = connection.prepare(sql).unwrap();
        let rows = prepared.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                  AND name NOT LIKE 'refinery%' ORDER BY name";
    let mut all = Vec::new();
    for table in texts(tables) {
        let columns = texts(&format!(
            "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}') WHERE name <> '{left_out}'"
        ));
        let row = columns.join(" || ',' || ");
        all.extend(texts(&format!(
            "SELECT '{table}:' || {row} FROM {table} ORDER BY 1"
        )));
    }
    all
}

/// The pictures and the key go beside the copied database.
fn bring_the_rest(from: &Path, to: &Path) {
    fs::copy(from.join("master.key"), to.join("master.key")).unwrap();
    fs::copy(from.join("dev.env"), to.join("dev.env")).unwrap();
    for file in crate::backup::files(&from.join("blobs")) {
        let target = to.join("blobs").join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join("blobs").join(&file), target).unwrap();
    }
}

#[test]
fn everything_moves_to_postgresql_and_back_and_is_the_same() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    // A server that is asked anything notes when its key was used (K16), and what was asked (L2).
    let unused = |data: &Path| {
        let mut rows = dump_without(data, "last_used_at");
        rows.retain(|row| !row.starts_with("api_log_segments:"));
        rows
    };
    let (before, rows) = (dump(&data), unused(&data));
    let database = Database::create().unwrap();
    let said = succeed([
        "migrate-store",
        "--from",
        &sqlite(&data),
        "--to",
        &database.url(),
    ]);
    assert!(said.contains("copied and compared: "), "{said}");
    assert_eq!(dump(&data), before, "the source is as it was");

    // A server on PostgreSQL has it all, and goes on.
    let moved = folder.path().join("moved");
    fs::create_dir(&moved).unwrap();
    bring_the_rest(&data, &moved);
    let mut command = program();
    command.args(["dev", "--database", &database.url()]);
    let server = Server::start_as(command, &moved);
    let found = server.get("/api/v1/inquiries?filter%5Breference-id%5D=somebody");
    assert_eq!(
        found.document["data"].as_array().unwrap().len(),
        1,
        "{found:?}"
    );

    // Not while that server runs.
    let back = folder.path().join("back");
    fs::create_dir(&back).unwrap();
    let to_back = sqlite(&back);
    let arguments = ["migrate-store", "--from", &database.url(), "--to", &to_back];
    let said = fail(arguments);
    assert!(said.contains("stop its servers first"), "{said}");
    server.stop();
    succeed(arguments);
    let mut after = unused(&back);
    after.retain(|row| !row.starts_with("configuration:"));
    let mut wanted = rows;
    wanted.retain(|row| !row.starts_with("configuration:"));
    assert_eq!(after.len(), wanted.len());
    let others: Vec<_> = after.iter().filter(|row| !wanted.contains(row)).collect();
    assert!(others.is_empty(), "not what they were: {others:?}");
    bring_the_rest(&data, &back);
    let server = Server::start(&back);
    assert_eq!(server.create_inquiry("somebody").unwrap().status, 201);
    let said = succeed(["check", "--data", text(&back)]);
    assert!(said.starts_with("sound: "), "{said}");
}

#[test]
fn a_killed_copy_is_served_by_nobody_and_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    let (from, to) = (sqlite(&data), sqlite(&target));
    let arguments = ["migrate-store", "--from", &from, "--to", &to];
    let copied = |least: i64| {
        let connection = Connection::open_with_flags(
            target.join("selfsame.sqlite"),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
        );
        let rows = connection.and_then(|connection| {
            connection.query_row("SELECT count(*) FROM events", [], |row| {
                row.get::<_, i64>(0)
            })
        });
        rows.ok().filter(|rows| *rows > least)
    };
    let mut reached = 0;
    for least in [0, 2_000, 5_000] {
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let rows = wait_for("some rows", || copied(least.max(reached)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(rows < MANY, "it was through before it was killed");
        reached = copied(0).unwrap();
        assert!(reached >= rows);
        bring_the_rest(&data, &target);
        let said = refused_start(&target);
        assert!(said.contains("an unfinished copy"), "{said}");
    }
    // Nobody else's rows go into it, and it is no source.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let stranger = installed(&other);
    let said = fail(["migrate-store", "--from", &sqlite(&stranger), "--to", &to]);
    assert!(
        said.contains("an unfinished copy of another store"),
        "{said}"
    );
    let elsewhere = folder.path().join("elsewhere.sqlite");
    let said = fail([
        "migrate-store",
        "--from",
        &to,
        "--to",
        &format!("sqlite:{}", text(&elsewhere)),
    ]);
    assert!(said.contains("itself an unfinished copy"), "{said}");

    succeed(arguments);
    assert_eq!(dump(&target), dump(&data));
    Server::start(&target).stop();
    let said = fail(arguments);
    assert!(said.contains("is not empty"), "{said}");
}

#[test]
fn a_copy_that_differs_is_told_and_stays_closed() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    let (from, to) = (sqlite(&data), sqlite(&target));
    let arguments = ["migrate-store", "--from", &from, "--to", &to];
    let mut child = program()
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let count = || {
        let connection = open(&target);
        let rows = connection.query_row("SELECT count(*) FROM events", [], |row| {
            row.get::<_, i64>(0)
        });
        rows.ok().filter(|rows| *rows > 0)
    };
    wait_for("some rows", count);
    child.kill().unwrap();
    child.wait().unwrap();
    let changed = open(&target)
        .execute(
            "UPDATE events SET name = 'x' WHERE id = (SELECT min(id) FROM events)",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let said = fail(arguments);
    assert!(
        said.contains("the table events differs") && said.contains("begin anew"),
        "{said}"
    );
    bring_the_rest(&data, &target);
    assert!(refused_start(&target).contains("an unfinished copy"));
}

#[test]
fn a_source_that_a_server_has_open_or_that_is_another_schema_is_refused() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    let to = format!("sqlite:{}", text(&folder.path().join("target.sqlite")));
    let from = sqlite(&data);
    let server = Server::start(&data);
    let said = fail(["migrate-store", "--from", &from, "--to", &to]);
    assert!(
        said.contains("another process has it open; stop the server"),
        "{said}"
    );
    assert_eq!(
        server.create_inquiry("somebody").unwrap().status,
        201,
        "the server was not disturbed"
    );
    server.stop();
    open(&data)
        .execute_batch("DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)")
        .unwrap();
    let said = fail(["migrate-store", "--from", &from, "--to", &to]);
    assert!(said.contains("has schema"), "{said}");
    let said = fail([
        "migrate-store",
        "--from",
        "sqlite:/no/such/file",
        "--to",
        &to,
    ]);
    assert!(said.contains("no such file"), "{said}");
    let said = fail(["migrate-store", "--from", &from, "--to", &from]);
    assert!(said.contains("the same store"), "{said}");
}
