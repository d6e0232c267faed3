//! An embedded store that is not as it should be: each time a message that says what to do, no silent repair, and
//! nothing lost.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::backup::files;
use crate::program::{
    ACCOUNTS, INQUIRIES, Server, fail, program, refused_start, refused_start_by, succeed, text,
};

/// A data folder with somebody in it, whose server has ended.
fn installed(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let server = Server::start(&data);
    server.create_account("somebody", 1);
    assert_eq!(server.create_inquiry("somebody").unwrap().status, 201);
    server.stop();
    // Everything in the one file that the tests damage.
    let busy: i64 = open(&data)
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 0);
    data
}

fn database(data: &Path) -> PathBuf {
    data.join("selfsame.sqlite")
}

fn open(data: &Path) -> Connection {
    Connection::open(database(data)).unwrap()
}

/// Every file with a hash of its bytes: a refused start changes none. What SQLite keeps beside a database while it looks
/// at it has nothing of its own to lose.
fn content(folder: &Path) -> Vec<(PathBuf, u64)> {
    let read = |file: PathBuf| {
        let mut hasher = DefaultHasher::new();
        fs::read(folder.join(&file)).unwrap().hash(&mut hasher);
        (file, hasher.finish())
    };
    let of_its_own = |file: &PathBuf| {
        let name = file.to_str().unwrap();
        let empty = fs::metadata(folder.join(file)).unwrap().len() == 0;
        !(name.ends_with("-shm") || (name.ends_with("-wal") && empty))
    };
    let all = files(folder).into_iter().filter(of_its_own);
    all.map(read).collect()
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    open(&data)
        .execute_batch(
            "CREATE TABLE of_the_future (id INTEGER); INSERT INTO refinery_schema_history \
             SELECT 1000, 'future', applied_on, checksum FROM refinery_schema_history LIMIT 1",
        )
        .unwrap();
    let before = content(&data);
    let said = refused_start(&data);
    assert!(said.contains("has schema 1000"), "{said}");
    assert!(
        said.contains("run the version that wrote it, or a newer one"),
        "{said}"
    );
    assert_eq!(content(&data), before);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    fs::remove_file(database(&data)).unwrap();
    open(&data)
        .execute_batch("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')")
        .unwrap();
    let before = content(&data);
    let said = refused_start(&data);
    assert!(said.contains("belongs to another program"), "{said}");
    assert_eq!(content(&data), before);
}

#[test]
fn a_file_that_is_no_database_or_has_a_broken_header_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    let whole = fs::read(database(&data)).unwrap();
    let mut headless = whole.clone();
    headless[..100].fill(0xAA);
    for bytes in [headless, b"Dear diary, ".repeat(500)] {
        fs::write(database(&data), bytes).unwrap();
        let before = content(&data);
        let said = refused_start(&data);
        assert!(
            said.contains("no SQLite database, or its first page is damaged"),
            "{said}"
        );
        assert!(
            said.contains(text(&database(&data))) && said.contains("selfsame restore"),
            "{said}"
        );
        assert_eq!(content(&data), before);
    }
    fs::write(database(&data), whole).unwrap();
    Server::start(&data).stop();
}

#[test]
fn a_migration_that_was_interrupted_is_finished_or_said() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    // As an earlier version may have left it: the last migration not begun. It is applied.
    let newest: i64 = open(&data)
        .query_row(
            "SELECT max(version) FROM refinery_schema_history",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(newest, 16);
    open(&data)
        .execute_batch(
            "DELETE FROM refinery_schema_history WHERE version >= 4; DROP TABLE blobs_to_delete;
             DROP TABLE webhooks; DROP TABLE servers; DROP TABLE webhook_deliveries; DROP TABLE webhook_lanes; DROP TABLE event_queue; DROP TABLE event_sequences; DROP TABLE event_counters; DROP TABLE importer_rows; DROP TABLE importers; DROP TABLE account_search_values; DROP TABLE api_log_segments; DROP TABLE user_audit_logs;
             DROP INDEX inquiry_sessions_by_device;
             ALTER TABLE inquiries RENAME COLUMN detail TO packed;
             ALTER TABLE inquiries ADD COLUMN detail TEXT NOT NULL DEFAULT '{}';
             ALTER TABLE inquiries DROP COLUMN packed;
             ALTER TABLE events RENAME COLUMN payload TO packed;
             ALTER TABLE events ADD COLUMN payload TEXT NOT NULL DEFAULT '{}';
             ALTER TABLE events DROP COLUMN packed;
             UPDATE api_keys SET settings = json_set(settings, '$.name', name);
             DROP INDEX api_keys_by_age;
             ALTER TABLE api_keys DROP COLUMN name;
             ALTER TABLE api_keys DROP COLUMN last_used_at;
             ALTER TABLE api_keys DROP COLUMN version;
             DROP TABLE account_relations;
             ALTER TABLE account_types DROP COLUMN relations;
             ALTER TABLE account_types DROP COLUMN actions;
             ALTER TABLE account_types DROP COLUMN version",
        )
        .unwrap();
    Server::start(&data).stop();
    // Its statements done, and not recorded: nobody can tell how far they got, so nothing is changed.
    open(&data)
        .execute_batch("DELETE FROM refinery_schema_history WHERE version = 4")
        .unwrap();
    let dump = |data: &Path| -> Vec<String> {
        let connection = open(data);
        let mut rows = connection
            .prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY rowid")
            .unwrap();
        let texts = rows.query_map([], |row| row.get(0)).unwrap();
        texts.collect::<Result<_, _>>().unwrap()
    };
    let before = dump(&data);
    let said = refused_start(&data);
    assert!(
        said.contains("cannot be brought up to date, and nothing was changed"),
        "{said}"
    );
    assert!(said.contains("restore a backup"), "{said}");
    assert_eq!(dump(&data), before);
    let inquiries: i64 = open(&data)
        .query_row("SELECT count(*) FROM inquiries", [], |row| row.get(0))
        .unwrap();
    assert_eq!(inquiries, 1);
}

#[test]
fn two_servers_that_start_at_once_on_nothing_make_one_store() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    // The key and the folder are there; what they race for is the database.
    Server::start(&data).stop();
    for file in [
        "selfsame.sqlite",
        "selfsame.sqlite-wal",
        "selfsame.sqlite-shm",
    ] {
        drop(fs::remove_file(data.join(file)));
    }
    open(&data)
        .execute_batch("PRAGMA user_version = 1")
        .unwrap();
    let create = |name: &'static str| {
        let mut command = program();
        command.args([
            "organisation",
            "create",
            "--name",
            name,
            "--data",
            text(&data),
        ]);
        command
    };
    let children: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| {
            create(name)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    for output in children {
        assert!(output.status.success(), "{output:?}");
    }
    let made: i64 = open(&data)
        .query_row("SELECT count(*) FROM organisations", [], |row| row.get(0))
        .unwrap();
    assert_eq!(made, 4);
}

/// Runs the program as a user who is not root, for whom permissions count. `None` where we are neither.
fn as_plain_user(folder: &Path) -> Command {
    const NOBODY: u32 = 65_534;
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) != 0) {
        return program();
    }
    // The build's folder may be closed to others.
    let binary = folder.join("selfsame");
    if !binary.exists() && fs::hard_link(env!("CARGO_BIN_EXE_selfsame"), &binary).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_selfsame"), &binary).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(binary);
    command.uid(NOBODY).gid(NOBODY);
    command
}

#[test]
fn a_database_or_folder_that_cannot_be_written_is_refused() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for file in files(&data) {
        mode(&data.join(file), 0o666);
    }
    for (of_folder, of_database, wanted) in [
        (0o777, 0o444, "it may only be read"),
        (0o555, 0o444, "cannot be written"),
        (0o555, 0o666, "cannot be written"),
    ] {
        mode(&data, of_folder);
        mode(&database(&data), of_database);
        let before = content(&data);
        let said = refused_start_by(as_plain_user(folder.path()), &data);
        assert!(said.contains(wanted), "{said}");
        assert!(said.contains("must be able to write the file"), "{said}");
        assert!(said.contains(text(&database(&data))), "{said}");
        mode(&data, 0o777);
        assert_eq!(content(&data), before);
        for beside in ["selfsame.sqlite-wal", "selfsame.sqlite-shm"] {
            drop(fs::remove_file(data.join(beside)));
        }
    }
    // A first start where nothing may be made.
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    mode(&closed, 0o555);
    let said = refused_start_by(as_plain_user(folder.path()), &closed);
    assert!(said.contains("cannot be written"), "{said}");
    assert_eq!(files(&closed).len(), 0);
}

#[test]
fn a_request_that_meets_a_damaged_page_is_a_500_and_others_go_on() {
    let folder = TempDir::new().unwrap();
    let data = installed(folder.path());
    // The root of the inquiries' table, and nothing of their indexes or of accounts.
    let page: u32 = open(&data)
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'inquiries'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let inquiry: String = open(&data)
        .query_row("SELECT id FROM inquiries", [], |row| row.get(0))
        .unwrap();
    let file = fs::File::options()
        .write(true)
        .open(database(&data))
        .unwrap();
    file.write_all_at(&[0xAA; 4096], u64::from(page - 1) * 4096)
        .unwrap();
    drop(file);

    let server = Server::start(&data);
    let answer = server.get(&format!("{INQUIRIES}/{inquiry}"));
    assert_eq!(answer.status, 500, "{answer:?}");
    assert_eq!(
        answer.document,
        serde_json::json!({"errors": [{"title": "Internal server error"}]})
    );
    assert!(answer.request_id.starts_with("req_"), "{answer:?}");
    let line = server.logged(&answer.request_id);
    for wanted in [
        text(&database(&data)),
        "is damaged",
        "selfsame check",
        "selfsame restore",
    ] {
        assert!(line.contains(wanted), "{line}");
    }
    // A write meets it too; neither takes others along.
    let refused = server.create_inquiry("somebody").unwrap();
    assert_eq!(refused.status, 500, "{refused:?}");
    assert_eq!(
        server
            .get(&format!("{ACCOUNTS}?filter%5Breference-id%5D=somebody"))
            .status,
        200
    );
    server.create_account("somebody-else", 2);
    assert!(!server.log().contains("panicked"), "{}", server.log());

    let output = crate::program::run(["check", "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("fault: ")
    );
    let said = fail([
        "backup",
        "--data",
        text(&data),
        "--to",
        text(&folder.path().join("b")),
    ]);
    assert!(said.contains("is damaged"), "{said}");
    assert!(!folder.path().join("b").exists());
}

#[test]
fn a_picture_whose_file_is_gone_hinders_neither_reading_nor_redacting() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let account = server.create_account("somebody", 1).id().to_owned();
    fs::remove_dir_all(data.join("blobs")).unwrap();
    let path = format!("{ACCOUNTS}/{account}");
    let shown = server.get(&path);
    assert_eq!(shown.status, 200);
    let photo = &shown.document["data"]["attributes"]["fields"]["selfie_photo"];
    assert_eq!(photo["value"]["filename"], "photo.tiff", "{shown:?}");
    let redacted = server.send("DELETE", &path, None).unwrap();
    assert_eq!(redacted.status, 200, "{redacted:?}");
    let said = succeed(["check", "--data", text(&data)]);
    assert!(said.contains("0 pictures"), "{said}");
}
