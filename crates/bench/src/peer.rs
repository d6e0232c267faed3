//! What one would write instead: the same create in Node, from `bench/peers`.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Problem;
use crate::client::Target;
use crate::people::Names;
use crate::process::{self, Meter, find_program, repository};
use crate::rows::Rows;
use crate::schema;
use crate::server::{free_port, temporary_folder};
use selfsame_domain::id::{Entropy, Id};

const LONGEST_START: Duration = Duration::from_secs(20);

/// Node and the peers' folder, with what they need installed.
#[derive(Clone)]
pub struct Node {
    program: PathBuf,
    peers: PathBuf,
}

impl Node {
    /// Installs what `package-lock.json` names where it is not there yet. The text says why there is no peer.
    pub fn find() -> Result<Self, String> {
        let program = find_program("node").ok_or("Node is not installed")?;
        let peers = repository().join("bench/peers");
        if !peers.join("node_modules/better-sqlite3/build").is_dir() {
            let npm = find_program("npm").ok_or("npm is not installed")?;
            let said = Command::new(npm)
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&peers)
                .stdin(Stdio::null())
                .output()
                .map_err(|error| format!("npm does not start: {error}"))?;
            if !said.status.success() {
                let problem = String::from_utf8_lossy(&said.stderr);
                let last = problem.lines().last().unwrap_or_default();
                return Err(format!(
                    "npm ci in bench/peers ended with {}: {last}",
                    said.status
                ));
            }
        }
        Ok(Self { program, peers })
    }
}

/// Where a peer keeps its data.
pub enum Place {
    /// A file of its own.
    Sqlite,
    /// An empty database.
    Postgres(String),
}

pub struct Peer {
    address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Peer {
    /// It begins with the people a create will meet. `answer`: one of the real server, for the shape and size of the
    /// peer's own.
    pub async fn start(
        node: &Node,
        place: Place,
        people: &Names,
        answer: &Bytes,
        below: &Path,
    ) -> Result<Self, Problem> {
        let folder = temporary_folder(below)?;
        let port = free_port()?;
        let rows = Rows::decided(&mut Entropy::seeded(1))?;
        let (script, schema, database) = match place {
            Place::Sqlite => {
                let file = folder.path().join("peer.sqlite");
                let file = file.to_string_lossy().into_owned();
                ("fastify-sqlite.js", schema::SQLITE.concat(), file)
            }
            Place::Postgres(url) => ("fastify-pg.js", schema::POSTGRES.concat(), url),
        };
        let document: Value = serde_json::from_slice(answer)?;
        let settings = json!({
            "port": port,
            "database": database,
            "schema": schema,
            "people": {"prefix": people.prefix, "count": people.count},
            "document": document["data"],
            "organisation": rows.organisation.as_str(),
            "environment": rows.environment.as_str(),
            "accountType": rows.account_type.as_str(),
            "template": rows.template.as_str(),
            "version": rows.version.as_str(),
            "accountFields": rows.account_fields,
            "accountPayload": rows.account_payload,
            "detail": serde_json::from_str::<Value>(&rows.detail)?,
        });
        let file = folder.path().join("settings.json");
        fs::write(&file, settings.to_string())?;
        let log = File::create(folder.path().join("peer.log"))?;
        let child = Command::new(&node.program)
            .arg(node.peers.join(script))
            .arg(&file)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut peer = Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            child,
            folder,
        };
        peer.wait_until_ready().await?;
        Ok(peer)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Problem> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_START {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the peer ended with {status}: {}", self.log()).into());
            }
            if tokio::net::TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!(
            "the peer is not ready after {LONGEST_START:?}: {}",
            self.log()
        )
        .into())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("peer.log")).unwrap_or_default()
    }

    pub fn target(&self, like: &Target) -> Target {
        like.moved_to(self.address)
    }

    pub fn meter(&self) -> Meter {
        Meter::of(self.child.id())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        process::end(&mut self.child, "TERM", Duration::from_secs(5));
    }
}
