//! The disk runs full under load: writes are refused, reads go on, and with new room everything goes on.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use hyper::Method;
use rand::RngExt;

use crate::client::parsed;
use crate::create::ACCOUNTS;
use crate::ground::Ground;
use crate::load::Running;
use crate::process::{Server, free_port};
use crate::run::{On, Run};
use crate::world::{World, check_alive};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_loses_nothing_on_sqlite() {
    let mut run = Run::new("disk_full::", On::Sqlite, 4, 100);
    for round in 0..run.rounds {
        let ground = Ground::sqlite();
        let room = if round % 2 == 0 {
            Room::limited_files(&ground)
        } else {
            Room::small_disk(&ground)
        };
        full(&ground, &room, round, &mut run).await;
    }
}

async fn full(ground: &Ground, room: &Room, round: usize, run: &mut Run) {
    let port = free_port();
    let mut server = Server::start_as(ground, port, Room::command(ground, port)).await;
    let settings = ground.settings();
    let mut world = World::default();
    let mut load = Running::begin(&[port], &settings, round, &mut run.random).await;
    load.answered(run.random.random_range(20..=150)).await;

    room.take(&server, run.random.random_range(8_192..65_536));
    load.failed(run.random.random_range(1..=30)).await;
    let mut client = server.client(&settings).await;
    let (status, body) = client
        .send(Method::GET, ACCOUNTS, None, None)
        .await
        .unwrap();
    assert_eq!(status, 200, "reads go on: {}", parsed(&body));
    let dies = run.random.random::<bool>();
    if dies {
        server.kill();
        room.give_back(None);
    } else {
        room.give_back(Some(&server));
        // Whoever writes now is heard again.
        load.answered(100).await;
    }
    let told = load.end().await;
    eprintln!(
        "round {round}, {room}: {} creates answered, {} not, {} failures, {} cut",
        told.made.len(),
        told.unanswered.len(),
        told.failures,
        told.cut
    );
    if dies {
        server = Server::start_as(ground, port, Room::command(ground, port)).await;
    } else {
        assert_eq!(told.cut, 0, "{}", server.log());
    }
    let mut client = server.client(&settings).await;
    world.check(ground, &mut client, told).await;
    check_alive(&mut client, "afterwards", &settings["SELFSAME_TEMPLATE_ID"]).await;
}

/// A bound on what the server can write, which the proof sets and lifts.
enum Room {
    /// No file may grow beyond a size. Any user can do this.
    LimitedFiles,
    /// A small file system of its own, which something else fills. Needs the right to mount.
    SmallDisk(PathBuf),
}

impl std::fmt::Display for Room {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::LimitedFiles => "limited files",
            Self::SmallDisk(_) => "small disk",
        })
    }
}

impl Room {
    fn limited_files(_: &Ground) -> Self {
        Self::LimitedFiles
    }

    /// Falls back on limited files where this user may not mount.
    fn small_disk(ground: &Ground) -> Self {
        let place = ground.data();
        fs::create_dir(&place).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m,mode=700", "torture"])
            .arg(&place)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Self::SmallDisk(place),
            _ => {
                fs::remove_dir(&place).unwrap();
                eprintln!("this user may not mount: limited files instead of a small disk");
                Self::LimitedFiles
            }
        }
    }

    /// The server, in a process that lives on when a file reaches its limit.
    fn command(ground: &Ground, port: u16) -> Command {
        let server = ground.command(port);
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(server.get_program())
            .args(server.get_args());
        command
    }

    /// From now on there is no room; `bytes` is where files end that have a limit.
    fn take(&self, server: &Server, bytes: u64) {
        match self {
            Self::LimitedFiles => limit(server, &bytes.to_string()),
            Self::SmallDisk(place) => {
                let mut filler = File::create(place.join("filler")).unwrap();
                while filler.write_all(&[0; 4096]).is_ok() {}
            }
        }
    }

    fn give_back(&self, server: Option<&Server>) {
        match (self, server) {
            (Self::LimitedFiles, Some(server)) => limit(server, "unlimited"),
            (Self::LimitedFiles, None) => {}
            (Self::SmallDisk(place), _) => fs::remove_file(place.join("filler")).unwrap(),
        }
    }
}

/// Sets the soft limit only: it can be lifted again.
fn limit(server: &Server, bytes: &str) {
    let set = Command::new("prlimit")
        .args([
            &format!("--pid={}", server.id()),
            &format!("--fsize={bytes}:"),
        ])
        .output()
        .unwrap();
    assert!(set.status.success(), "{set:?}");
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Self::SmallDisk(place) = self {
            drop(Command::new("umount").args(["-l"]).arg(place).output());
        }
    }
}
