//! An upload is torn: by its sender, who goes away in the middle, or by the server's sudden end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rand::RngExt;
use rand::rngs::StdRng;
use selfsame_testkit::picture;
use serde_json::{Value, json};

use crate::client::{Client, parsed, text};
use crate::create::Create;
use crate::ground::Ground;
use crate::inside;
use crate::load::moment;
use crate::process::Server;
use crate::run::{On, Run};
use crate::{BOUND, pause};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_upload_is_named_by_no_row_and_its_rest_is_cleared_away_on_sqlite() {
    torn(&Ground::sqlite(), Run::new("upload::", On::Sqlite, 6, 200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_upload_is_named_by_no_row_and_its_rest_is_cleared_away_on_postgres() {
    let run = Run::new("upload::", On::Postgres, 4, 200);
    torn(&Ground::postgres(), run).await;
}

/// Somebody whose flow stands where pictures are taken.
pub struct Visitor {
    pub inquiry: String,
    pub token: String,
    step: String,
}

async fn torn(ground: &Ground, mut run: Run) {
    let mut server = Server::start(ground).await;
    let settings = ground.settings();
    for round in 0..run.rounds {
        let visitor = visitor(&server, &settings, round).await;
        // Several at once: the kill meets each at another point.
        let whole = picture(run.random.random());
        let mut senders: Vec<_> = (0..6)
            .map(|number| {
                let part = ["front", "back"][number % 2];
                begin_upload(&server, &visitor, part, &whole, &mut run.random)
            })
            .collect();
        if run.random.random() {
            moment(&mut run.random);
            server.kill();
            drop(senders);
            server = Server::start(ground).await;
        } else {
            // The senders go away; those that had sent everything may wait for their answer.
            for (stream, is_whole) in senders.drain(..) {
                if is_whole && run.random.random() {
                    answer_of(stream);
                }
            }
        }
        check_files(ground, &visitor, &whole).await;

        // The same part again, whole this time.
        let mut client = server.client(&settings).await;
        for part in ["front", "back"] {
            let path = upload_path(&visitor, part);
            let sent = client.visit(&visitor.token, &path, "image/tiff", whole.clone().into());
            let (status, body) = sent.await.unwrap();
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        }
        let files = check_files(ground, &visitor, &whole).await;
        assert_eq!(files, 2, "one picture a part");
    }
    rest_is_cleared_away(ground, server).await;
}

pub async fn visitor(
    server: &Server,
    settings: &BTreeMap<String, String>,
    round: usize,
) -> Visitor {
    let mut client = server.client(settings).await;
    let name = format!("torn-{round}");
    let create = Create::visit(name.clone(), name, &settings["SELFSAME_TEMPLATE_ID"]);
    let answer = create.send(&mut client).await.unwrap();
    create.check_status(&answer);
    let made = parsed(&answer.1);
    let inquiry = text(&made, "/data/id").to_owned();
    let token = text(&made, "/meta/session-token").to_owned();
    let query = format!("inquiry-id={inquiry}");
    let begin = json!({"surface": "verify", "query": query, "session_token": token});
    let mut state = call(&mut client, &token, "bootstrap", &begin).await;
    for values in [
        json!({}),
        json!({"name-first": "Sam", "name-last": "Smith", "birthdate": "1990-12-10", "email-address": null}),
        json!({"country": "US"}),
        json!({"id_class": "dl"}),
    ] {
        let (step, revision) = (&state["screen"]["step"], &state["screen"]["revision"]);
        let body = json!({
            "step": step, "revision": revision, "key": format!("key {revision}"), "values": values,
        });
        state = call(&mut client, &token, "transition", &body).await;
    }
    assert_eq!(text(&state, "/screen/kind"), "government_id_capture");
    Visitor {
        inquiry,
        token,
        step: text(&state, "/screen/step").to_owned(),
    }
}

async fn call(client: &mut Client, token: &str, name: &str, body: &Value) -> Value {
    let (path, body) = (format!("/flow/v1/{name}"), body.to_string());
    let sent = client.visit(token, &path, "application/json", body.into());
    let (status, body) = sent.await.unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    parsed(&body)
}

pub fn upload_path(visitor: &Visitor, part: &str) -> String {
    let step = &visitor.step;
    format!("/flow/v1/files?step={step}&part={part}&method=upload")
}

/// Sends the head and a drawn share of the picture; half of them all of it. Tells whether it was all.
fn begin_upload(
    server: &Server,
    visitor: &Visitor,
    part: &str,
    whole: &[u8],
    random: &mut StdRng,
) -> (TcpStream, bool) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {}\r\nContent-Type: image/tiff\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        upload_path(visitor, part),
        server.port,
        visitor.token,
        whole.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let is_whole = random.random();
    let sent = if is_whole {
        whole.len()
    } else {
        random.random_range(0..whole.len())
    };
    stream.write_all(&whole[..sent]).unwrap();
    (stream, is_whole)
}

fn answer_of(mut stream: TcpStream) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// Whatever a row names is whole, and is the picture that was sent. Returns how many rows the visitor has.
async fn check_files(ground: &Ground, visitor: &Visitor, whole: &[u8]) -> usize {
    let tables = ground.tables().await;
    inside::check_blobs(ground, &tables).await;
    let expected = selfsame_service::Picture::read(whole).unwrap();
    let id = &visitor.inquiry;
    let sql = format!("SELECT part, byte_size FROM files WHERE inquiry_id = '{id}'");
    let rows = tables.rows(&sql).await;
    for row in &rows {
        assert_eq!(row[1], expected.jpeg.len().to_string(), "{row:?}");
    }
    rows.len()
}

/// What was being written when the server was killed is gone an hour later, and nothing else is.
async fn rest_is_cleared_away(ground: &Ground, mut server: Server) {
    server.kill();
    let folder = fs::read_dir(ground.data().join("blobs")).unwrap();
    let folder = folder.map(|folder| folder.unwrap().path()).next().unwrap();
    let left: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "part"))
        .collect();
    eprintln!("{} uploads were cut while they were written", left.len());
    let (old, new) = (folder.join("docf_old.part"), folder.join("docf_new.part"));
    fs::write(&old, b"half").unwrap();
    fs::write(&new, b"half").unwrap();
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    for path in left.iter().chain([&old]) {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let _server = Server::start(ground).await;
    let begun = std::time::Instant::now();
    while left.iter().chain([&old]).any(|path| path.exists()) {
        assert!(begun.elapsed() < BOUND, "{left:?} stay");
        pause().await;
    }
    assert!(new.exists(), "another server may be writing it");
    inside::check_blobs(ground, &ground.tables().await).await;
}
