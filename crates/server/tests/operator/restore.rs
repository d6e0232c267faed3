//! Restoring: all of it or nothing, and nothing that was altered.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use crate::backup::files;
use crate::program::{Server, fail, program, succeed, text, wait_for};

/// A backup with one picture, without the master key, and that key.
fn backed_up(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, backup) = (folder.join("data"), folder.join("backup"));
    let server = Server::start(&data);
    server.create_account("somebody", 1);
    server.create_inquiry("somebody").unwrap();
    succeed(["backup", "--data", text(&data), "--to", text(&backup)]);
    server.stop();
    (backup, data.join("master.key"))
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), target).unwrap();
    }
}

#[test]
fn a_backup_that_is_not_whole_is_refused_with_the_file_and_restores_nothing() {
    let folder = TempDir::new().unwrap();
    let (backup, key) = backed_up(folder.path());
    let target = folder.path().join("target");
    let restore = |from: &Path| {
        fail([
            "restore",
            "--from",
            text(from),
            "--data",
            text(&target),
            "--master-key",
            text(&key),
        ])
    };
    let mut number = 0;
    let mut check = |file: &Path, alter: &dyn Fn(&Path), wanted: &str| {
        number += 1;
        let bad = folder.path().join(format!("bad-{number}"));
        copy(&backup, &bad);
        alter(&bad.join(file));
        for said in [restore(&bad), fail(["backup", "--verify", text(&bad)])] {
            assert!(said.contains(wanted), "{}: {said}", file.display());
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(said.contains(name), "{name}: {said}");
        }
        assert!(!target.exists());
        assert!(!folder.path().join("target.partial").exists());
    };
    for file in files(&backup) {
        let in_manifest =
            !file.starts_with("manifest.json") && file != Path::new("manifest.json.sha256");
        check(
            &file,
            &|path| fs::remove_file(path).unwrap(),
            if in_manifest {
                "is missing"
            } else {
                "no whole backup"
            },
        );
        let flip = |at: fn(usize) -> usize| {
            move |path: &Path| {
                let mut bytes = fs::read(path).unwrap();
                let place = at(bytes.len());
                bytes[place] ^= 1;
                fs::write(path, bytes).unwrap();
            }
        };
        check(&file, &flip(|_| 0), "was altered");
        check(&file, &flip(|length| length / 2), "was altered");
        check(&file, &flip(|length| length - 1), "was altered");
        let cut = |path: &Path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        };
        check(
            &file,
            &cut,
            if in_manifest {
                "bytes instead of"
            } else {
                "was altered"
            },
        );
    }
    // The same, untouched, is restored.
    succeed([
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&target),
        "--master-key",
        text(&key),
    ]);
    Server::start(&target).stop();
}

#[test]
fn the_master_key_must_be_the_one_and_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let (backup, key) = backed_up(folder.path());
    let target = folder.path().join("target");
    let restore = ["restore", "--from", text(&backup), "--data", text(&target)];
    let said = fail(restore);
    assert!(said.contains("give the key with --master-key"), "{said}");

    let wrong = folder.path().join("wrong.key");
    fs::write(&wrong, [7; 32]).unwrap();
    let said = fail(restore.into_iter().chain(["--master-key", text(&wrong)]));
    assert!(said.contains("is not the one that sealed"), "{said}");
    fs::write(&wrong, [7; 31]).unwrap();
    let said = fail(restore.into_iter().chain(["--master-key", text(&wrong)]));
    assert!(said.contains("32 bytes"), "{said}");
    assert!(!target.exists());

    succeed(restore.into_iter().chain(["--master-key", text(&key)]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&target), 0o700);
    for file in files(&target) {
        assert_eq!(mode(&target.join(&file)), 0o600, "{}", file.display());
    }
    let server = Server::start(&target);
    assert_eq!(server.get("/api/v1/accounts").status, 200);
}

#[test]
fn a_configuration_says_where_things_go_and_a_key_that_lies_there_is_kept() {
    let folder = TempDir::new().unwrap();
    let (backup, key) = backed_up(folder.path());
    let config = folder.path().join("selfsame.toml");
    fs::write(
        &config,
        "data = \"var/data\"\nmaster-key-file = \"keys/master.key\"\n",
    )
    .unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let placed = folder.path().join("keys/master.key");
    fs::write(&placed, [7; 32]).unwrap();
    let restore = [
        "restore",
        "--from",
        text(&backup),
        "--config",
        text(&config),
    ];
    let said = fail(restore.into_iter().chain(["--master-key", text(&key)]));
    assert!(said.contains("is not the one that sealed"), "{said}");
    assert_eq!(
        fs::read(&placed).unwrap(),
        [7; 32],
        "a key is never written over"
    );
    fs::copy(&key, &placed).unwrap();
    succeed(restore);
    assert!(folder.path().join("var/data/selfsame.sqlite").exists());
    assert!(!folder.path().join("var/data/master.key").exists());
    let listed = succeed([
        "key",
        "create",
        "--config",
        text(&config),
        "--environment",
        "sandbox",
        "--name",
        "n",
    ]);
    assert!(!listed.is_empty());
}

#[test]
fn a_target_with_anything_in_it_is_refused() {
    let folder = TempDir::new().unwrap();
    let (backup, key) = backed_up(folder.path());
    let target = folder.path().join("target");
    let restore = [
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&target),
        "--master-key",
        text(&key),
    ];
    fs::create_dir(&target).unwrap();
    fs::write(target.join("selfsame.sqlite"), "precious").unwrap();
    let said = fail(restore);
    assert!(
        said.contains("is not empty (it holds selfsame.sqlite)"),
        "{said}"
    );
    assert_eq!(
        fs::read(target.join("selfsame.sqlite")).unwrap(),
        b"precious"
    );
    fs::remove_file(target.join("selfsame.sqlite")).unwrap();
    succeed(restore);
    assert!(fail(restore).contains("is not empty"));
}

#[test]
fn a_killed_restore_leaves_nothing_that_looks_whole_and_is_cleared_away_by_the_next() {
    let folder = TempDir::new().unwrap();
    let (backup, key) = backed_up(folder.path());
    let target = folder.path().join("target");
    let partial = folder.path().join("target.partial");
    let arguments = [
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&target),
        "--master-key",
        text(&key),
    ];
    for step in ["", "blobs", "selfsame.sqlite", "master.key"] {
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The process may be through before it is caught; then all of it is there.
        wait_for("the step", || {
            let ended = child.try_wait().unwrap().is_some();
            (partial.join(step).exists() || ended).then_some(())
        });
        child.kill().unwrap();
        child.wait().unwrap();
        if !target.exists() {
            succeed(arguments);
        }
        assert!(!partial.exists(), "{step}");
        let said = succeed(["check", "--data", text(&target)]);
        assert!(said.starts_with("sound: "), "{step}: {said}");
        fs::remove_dir_all(&target).unwrap();
    }
}

#[test]
fn a_backup_of_a_newer_schema_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_, _) = backed_up(folder.path());
    let data = folder.path().join("data");
    let database = rusqlite::Connection::open(data.join("selfsame.sqlite")).unwrap();
    let add = "INSERT INTO refinery_schema_history SELECT 1000, 'later', applied_on, checksum \
               FROM refinery_schema_history LIMIT 1";
    assert_eq!(database.execute(add, []).unwrap(), 1);
    drop(database);
    let newer = folder.path().join("newer");
    succeed([
        "backup",
        "--data",
        text(&data),
        "--to",
        text(&newer),
        "--with-master-key",
    ]);
    let target = folder.path().join("target");
    let said = fail(["restore", "--from", text(&newer), "--data", text(&target)]);
    assert!(
        said.contains("has schema 1000") && said.contains("or a newer one"),
        "{said}"
    );
    assert!(!target.exists());
}

#[test]
fn a_check_names_what_is_wrong_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    server.create_account("a", 1);
    server.create_account("b", 2);
    let said = succeed(["check", "--data", text(&data)]);
    assert!(
        said.starts_with("sound: ") && said.contains("2 pictures"),
        "{said}"
    );

    let pictures = files(&data.join("blobs"));
    let litter = data.join("blobs/env_1/docf_1");
    fs::create_dir_all(litter.parent().unwrap()).unwrap();
    fs::write(&litter, "x").unwrap();
    let said = succeed(["check", "--data", text(&data)]);
    assert!(!said.contains("unknown"), "it may get its row yet: {said}");
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    fs::File::options()
        .write(true)
        .open(&litter)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let said = succeed(["check", "--data", text(&data)]);
    assert!(said.contains("unknown: blobs/env_1/docf_1"), "{said}");
    assert!(litter.exists());

    // What the server will delete by itself is no news.
    let database = rusqlite::Connection::open(data.join("selfsame.sqlite")).unwrap();
    let listed = format!(
        "INSERT INTO blobs_to_delete VALUES ('env_1', 'env_1/docf_1', {})",
        i64::MAX
    );
    database.execute_batch(&listed).unwrap();
    let said = succeed(["check", "--data", text(&data)]);
    assert!(!said.contains("unknown"), "{said}");
    drop(database);

    fs::remove_file(data.join("blobs").join(&pictures[1])).unwrap();
    let output = crate::program::run(["check", "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let wanted = format!("fault: the picture blobs/{} is missing", text(&pictures[1]));
    assert!(said.contains(&wanted), "{said}");

    // A row that belongs to nothing, which only somebody with another program can write.
    let database = rusqlite::Connection::open(data.join("selfsame.sqlite")).unwrap();
    database
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO tags VALUES ('org_none', 'tag_1', 'n', 1, 1)",
        )
        .unwrap();
    let output = crate::program::run(["check", "--data", text(&data)]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("a row of tags belongs to a row of organisations that is not there"),
        "{said}"
    );
    let said = fail([
        "backup",
        "--data",
        text(&data),
        "--to",
        text(&folder.path().join("b")),
    ]);
    assert!(said.contains("is damaged"), "{said}");
    assert!(!folder.path().join("b").exists() && !folder.path().join("b.partial").exists());
    assert_eq!(server.get("/api/v1/accounts").status, 200);
}
