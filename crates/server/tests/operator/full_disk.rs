//! A disk that is full: writes are refused, reads go on, and writes go on by themselves once there is room.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::program::{ACCOUNTS, INQUIRIES, Server, program, succeed, text, wait_for};

/// A file system of 16 MB for one process, which ends with it; needs a kernel that lets us have a name space.
fn on_a_small_disk(mount: &Path) -> Option<Command> {
    let may = Command::new("unshare").args(["-Urm", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let script = format!(
        "mount -t tmpfs -o size=16m tmpfs '{}' && exec '{}' \"$@\"",
        text(mount),
        text(Path::new(program().get_program()))
    );
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", &script, "selfsame"]);
    Some(command)
}

/// Elsewhere: no file of the process may grow beyond 2 MB, which the database's log does soon.
fn with_a_limit() -> Command {
    let mut command = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -S -f 4096; exec \"$0\" \"$@\"";
    command.args(["-c", script, text(Path::new(program().get_program()))]);
    command
}

#[test]
fn a_full_disk_refuses_writes_cleanly_and_writing_goes_on_once_there_is_room() {
    let folder = TempDir::new().unwrap();
    let mount = folder.path().join("disk");
    fs::create_dir(&mount).unwrap();
    let data = mount.join("data");
    let small = on_a_small_disk(&mount);
    let is_disk = small.is_some();
    let server = Server::start_by(small.unwrap_or_else(with_a_limit), &data);
    let pid = server.child.id();
    // The disk as the server sees it.
    let seen: PathBuf = if is_disk {
        format!("/proc/{pid}/root{}", text(&data)).into()
    } else {
        data.clone()
    };
    let ballast = seen.join("ballast");
    let fill = || {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&ballast)
            .unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    };
    let person = server.create_account("somebody", 1).id().to_owned();
    let mut made = Vec::new();
    let (mut refused, mut number) = (Vec::new(), 0);
    // The log of the database has room it does not use yet, so some creates still find some.
    wait_for("the end of the room", || {
        if is_disk {
            fill();
        }
        number += 1;
        let reference = format!("person-{number}");
        let answer = server.create_inquiry(&reference).unwrap();
        match answer.status {
            201 => made.push(answer.id().to_owned()),
            503 => refused.push((reference, answer)),
            _ => panic!("{answer:?}"),
        }
        (refused.len() == 20).then_some(())
    });
    for (_, answer) in &refused {
        assert_eq!(
            answer.document,
            serde_json::json!({"errors": [{"title": "Service unavailable"}]})
        );
    }
    if is_disk {
        let line = server.logged(&refused[0].1.request_id);
        assert!(
            line.contains("no space left for the database") && line.contains("make room"),
            "{line}"
        );
        // A picture that finds no room leaves nothing of itself.
        let photo = server.change_photo(&person, 2).unwrap();
        assert!((500..=503).contains(&photo.status), "{photo:?}");
        assert_eq!(crate::backup::files(&seen.join("blobs")).len(), 1);
    }
    for id in &made {
        assert_eq!(server.get(&format!("{INQUIRIES}/{id}")).status, 200);
    }
    assert_eq!(server.get(&format!("{ACCOUNTS}/{person}")).status, 200);

    if is_disk {
        fs::remove_file(&ballast).unwrap();
    } else {
        let lifted = Command::new("prlimit")
            .args(["--pid", &pid.to_string(), "--fsize=unlimited"])
            .status();
        assert!(lifted.unwrap().success());
    }
    for (reference, _) in &refused {
        let path = format!("{ACCOUNTS}?filter%5Breference-id%5D={reference}");
        let found = server.get(&path);
        assert_eq!(
            found.document["data"],
            serde_json::json!([]),
            "something of {reference} is there"
        );
        let answer = server.create_inquiry(reference).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        made.push(answer.id().to_owned());
    }
    assert_eq!(server.change_photo(&person, 3).unwrap().status, 200);
    for id in &made {
        assert_eq!(server.get(&format!("{INQUIRIES}/{id}")).status, 200);
    }
    // A command of its own, on the disk as the server sees it.
    let beside = |arguments: &[&str]| {
        let mut command = if is_disk {
            let mut command = Command::new("nsenter");
            command.args(["-t", &pid.to_string(), "-U", "-m", "--preserve-credentials"]);
            command.arg(program().get_program());
            command
        } else {
            program()
        };
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    beside(&["check", "--data", text(&data)]);
    assert!(!server.log().contains("panicked"), "{}", server.log());
    // And it is all there for the next server.
    let copy = folder.path().join("copy");
    let (backup, key) = (folder.path().join("backup"), seen.join("master.key"));
    beside(&["backup", "--data", text(&data), "--to", text(&backup)]);
    succeed([
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&copy),
        "--master-key",
        text(&key),
    ]);
    server.kill();
    let server = Server::start(&copy);
    for id in &made {
        assert_eq!(server.get(&format!("{INQUIRIES}/{id}")).status, 200);
    }
}
