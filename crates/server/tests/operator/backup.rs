//! Backups while the server is written to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{ACCOUNTS, INQUIRIES, Server, fail, program, succeed, text, wait_for};

fn manifest(backup: &Path) -> Value {
    serde_json::from_slice(&fs::read(backup.join("manifest.json")).unwrap()).unwrap()
}

/// Every file below a folder, relative to it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_backup_under_load_restores_to_a_server_that_has_everything_acknowledged_before() {
    const WRITERS: usize = 4;
    let folder = TempDir::new().unwrap();
    let (data, backup, restored) = (
        folder.path().join("data"),
        folder.path().join("backup"),
        folder.path().join("restored"),
    );
    let server = Server::start(&data);
    let account = server.create_account("with-a-photo", 1).id().to_owned();
    let stop = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);

    let made: Vec<Vec<(String, Value)>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (server, stop, answered) = (&server, &stop, &answered);
                scope.spawn(move || {
                    let mut made = Vec::new();
                    for turn in 0.. {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        let answer = server
                            .create_inquiry(&format!("person-{writer}-{}", turn % 50))
                            .unwrap();
                        assert_eq!(answer.status, 201, "{answer:?}");
                        made.push((answer.id().to_owned(), answer.document.clone()));
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                    made
                })
            })
            .collect();
        // Photos are replaced all the time: blobs come and go under the backup's hands.
        let (server, stop, account) = (&server, &stop, &account);
        let photographer = scope.spawn(move || {
            for shade in (0..=255).cycle() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let answer = server.change_photo(account, shade).unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        });
        wait_for("load", || {
            (answered.load(Ordering::SeqCst) > 200).then_some(())
        });
        let before = answered.load(Ordering::SeqCst);
        let said = succeed([
            "backup",
            "--data",
            text(&data),
            "--to",
            text(&backup),
            "--with-master-key",
        ]);
        let after = answered.load(Ordering::SeqCst);
        stop.store(true, Ordering::SeqCst);
        assert!(said.starts_with("backed up: "), "{said}");
        assert!(after > before, "the server stood still: {before} answers");
        photographer.join().unwrap();
        let backed_up = manifest(&backup)["rows"]["inquiries"].as_u64().unwrap();
        assert!(
            (before as u64..=(after + WRITERS) as u64).contains(&backed_up),
            "{backed_up} of {before} to {after}"
        );
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    server.kill();

    succeed(["backup", "--verify", text(&backup)]);
    let rows = manifest(&backup)["rows"].clone();
    succeed([
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&restored),
    ]);
    let server = Server::start(&restored);
    let mut found = 0;
    for (id, document) in made.iter().flatten() {
        let shown = server.get(&format!("{INQUIRIES}/{id}"));
        if shown.status == 200 {
            found += 1;
            assert_eq!(
                shown.document["data"]["attributes"]["reference-id"],
                document["data"]["attributes"]["reference-id"]
            );
        } else {
            assert_eq!(shown.status, 404, "{shown:?}");
        }
    }
    // What is not there was acknowledged later: the counts agree, and each person's inquiries are a beginning.
    assert_eq!(found, rows["inquiries"].as_u64().unwrap());
    for made in &made {
        let known: Vec<bool> = made
            .iter()
            .map(|(id, _)| server.get(&format!("{INQUIRIES}/{id}")).status == 200)
            .collect();
        let first_unknown = known.iter().position(|known| !known).unwrap_or(known.len());
        assert!(known[first_unknown..].iter().all(|known| !known), "a gap");
    }
    // The photo is the one the account names, and it can be changed on.
    let shown = server.get(&format!("{ACCOUNTS}/{account}"));
    assert_eq!(shown.status, 200);
    assert_eq!(files(&restored.join("blobs")).len(), 1);
    assert_eq!(server.change_photo(&account, 9).unwrap().status, 200);
    assert_eq!(server.create_inquiry("person-0-0").unwrap().status, 201);
}

#[test]
fn a_backup_is_for_its_owner_only_and_holds_the_master_key_only_when_asked() {
    let folder = TempDir::new().unwrap();
    let (data, backup) = (
        folder.path().join("data"),
        folder.path().join("deep/backup"),
    );
    let server = Server::start(&data);
    server.create_account("a", 1);
    succeed(["backup", "--data", text(&data), "--to", text(&backup)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&backup), 0o700);
    let found = files(&backup);
    assert_eq!(
        found.len(),
        4,
        "database, photo, manifest and its hash: {found:?}"
    );
    for file in found {
        assert_eq!(mode(&backup.join(&file)), 0o600, "{}", file.display());
        assert_ne!(file.file_name().unwrap(), "master.key");
    }
    let key = fs::read(data.join("master.key")).unwrap();
    for file in files(&backup) {
        let bytes = fs::read(backup.join(&file)).unwrap();
        assert!(
            !bytes.windows(32).any(|window| window == key),
            "{}",
            file.display()
        );
    }
    let with = folder.path().join("with");
    succeed([
        "backup",
        "--data",
        text(&data),
        "--to",
        text(&with),
        "--with-master-key",
    ]);
    assert_eq!(fs::read(with.join("master.key")).unwrap(), key);
    assert_eq!(mode(&with.join("master.key")), 0o600);
}

#[test]
fn what_was_redacted_is_not_in_a_backup() {
    const NAME: &str = "Rumpelstilzchen-of-the-forest";
    let folder = TempDir::new().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let server = Server::start(&data);
    let mut accounts = Vec::new();
    for number in 0..20 {
        let body = serde_json::json!({"data": {"attributes": {"reference-id": format!("u-{number}"),
            "fields": {"phone_number": format!("{NAME}-{number}")}}}});
        accounts.push(
            server
                .send("POST", ACCOUNTS, Some(&body))
                .unwrap()
                .id()
                .to_owned(),
        );
    }
    let holds = |backup: &Path| {
        let bytes = fs::read(backup.join("selfsame.sqlite")).unwrap();
        bytes
            .windows(NAME.len())
            .any(|window| window == NAME.as_bytes())
    };
    let before = folder.path().join("before");
    succeed(["backup", "--data", text(&data), "--to", text(&before)]);
    assert!(holds(&before), "the test looks in the right place");
    for account in accounts {
        let answer = server
            .send("DELETE", &format!("{ACCOUNTS}/{account}"), None)
            .unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    succeed(["backup", "--data", text(&data), "--to", text(&backup)]);
    assert!(!holds(&backup));
}

#[test]
fn a_killed_backup_leaves_nothing_that_looks_whole_and_is_cleared_away_by_the_next() {
    let folder = TempDir::new().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let partial = folder.path().join("backup.partial");
    let server = Server::start(&data);
    for shade in 0..20 {
        server.create_account(&format!("u-{shade}"), shade);
    }
    for step in [
        "",
        "blobs",
        "selfsame.sqlite.pages",
        "selfsame.sqlite",
        "manifest.json",
    ] {
        let mut child = program()
            .args(["backup", "--data", text(&data), "--to", text(&backup)])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The process may be through before it is caught; then there is a whole backup, and no part of one.
        let caught = wait_for("the step", || {
            let ended = child.try_wait().unwrap().is_some();
            let reached = partial.join(step).exists();
            (reached || ended).then_some(reached && !ended)
        });
        child.kill().unwrap();
        child.wait().unwrap();
        if backup.exists() {
            succeed(["backup", "--verify", text(&backup)]);
            assert!(!partial.exists());
            fs::remove_dir_all(&backup).unwrap();
            continue;
        }
        assert!(caught, "{step}");
        let said = fail(["backup", "--verify", text(&partial)]);
        assert!(said.contains("did not finish"), "{step}: {said}");
        succeed(["backup", "--data", text(&data), "--to", text(&backup)]);
        succeed(["backup", "--verify", text(&backup)]);
        assert!(!partial.exists(), "{step}");
        fs::remove_dir_all(&backup).unwrap();
    }
}

#[test]
fn two_backups_to_one_place_do_not_meet_and_nothing_is_written_over() {
    let folder = TempDir::new().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let server = Server::start(&data);
    server.create_account("a", 1);
    let backup_to = |to: &Path| {
        [
            "backup".to_owned(),
            "--data".into(),
            text(&data).into(),
            "--to".into(),
            text(to).into(),
        ]
    };
    let backup_to_backup = backup_to(&backup);
    let arguments = || backup_to_backup.iter().map(String::as_str);
    // A folder that somebody works in, as the program does.
    let partial = folder.path().join("backup.partial");
    fs::create_dir(&partial).unwrap();
    let lock = fs::File::create(partial.join(".unfinished")).unwrap();
    lock.lock().unwrap();
    assert!(fail(arguments()).contains("another process is writing"));
    drop(lock);
    fs::remove_dir_all(&partial).unwrap();
    // One that has nothing to do with backups.
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("thesis.txt"), "years of work").unwrap();
    assert!(fail(arguments()).contains("move it away"));
    assert!(partial.join("thesis.txt").exists());
    fs::remove_dir_all(&partial).unwrap();

    succeed(arguments());
    let said = fail(arguments());
    assert!(said.contains("is not empty"), "{said}");
    succeed(["backup", "--verify", text(&backup)]);
    let nothing = folder.path().join("nothing");
    let said = fail([
        "backup",
        "--data",
        text(&nothing),
        "--to",
        text(&folder.path().join("b2")),
    ]);
    assert!(said.contains("master.key"), "{said}");
    assert!(!folder.path().join("b2.partial").exists());
}

#[test]
fn a_missing_or_altered_picture_is_told_and_the_rest_is_backed_up() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    server.create_account("a", 1);
    server.create_account("b", 2);
    let pictures = files(&data.join("blobs"));
    assert_eq!(pictures.len(), 2);
    fs::remove_file(data.join("blobs").join(&pictures[0])).unwrap();
    let backup = folder.path().join("backup");
    let output = program()
        .args(["backup", "--data", text(&data), "--to", text(&backup)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = format!("the picture blobs/{} is missing", text(&pictures[0]));
    assert!(said.contains(&wanted), "{said}");
    assert_eq!(
        manifest(&backup)["damaged_pictures"],
        serde_json::json!([{"key": text(&pictures[0]), "fault": "missing"}])
    );
    assert_eq!(files(&backup.join("blobs")), [pictures[1].clone()]);
    succeed(["backup", "--verify", text(&backup)]);
}
