//! The server is told to stop.

use std::io::{Read as _, Write as _};
use std::time::Instant;

use rand::RngExt;
use serde_json::json;
use tokio::net::TcpStream;

use crate::create::ACCOUNTS;
use crate::ground::Ground;
use crate::load::Running;
use crate::process::Server;
use crate::run::{On, Run};
use crate::world::World;
use crate::{BOUND, pause};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing_and_ends_with_0_on_sqlite() {
    let run = Run::new("stopping::", On::Sqlite, 2, 20);
    stopped(&Ground::sqlite(), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing_and_ends_with_0_on_postgres() {
    let run = Run::new("stopping::", On::Postgres, 2, 20);
    stopped(&Ground::postgres(), run).await;
}

async fn stopped(ground: &Ground, mut run: Run) {
    let mut world = World::default();
    for (round, signal) in (0..run.rounds).zip(["TERM", "INT"].iter().cycle()) {
        let mut server = Server::start(ground).await;
        let settings = ground.settings();
        let mut load = Running::begin(&[server.port], &settings, round, &mut run.random).await;
        load.answered(run.random.random_range(20..=250)).await;
        server.signal(signal);
        let status = server.ended().await;
        let told = load.end().await;
        assert!(status.success(), "{status}: {}", server.log());
        let server = Server::start(ground).await;
        let mut client = server.client(&settings).await;
        world.check(ground, &mut client, told).await;
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_at_the_signal_is_finished() {
    for signal in ["TERM", "INT"] {
        let ground = Ground::sqlite();
        let mut server = Server::start(&ground).await;
        let settings = ground.settings();
        // A connection that waits for nothing must not hold the server up.
        let mut idle = server.client(&settings).await;
        idle.get("/api/v1/accounts").await;

        let body = json!({"data": {"attributes": {"reference-id": "under-way"}}}).to_string();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        let head = format!(
            "POST {ACCOUNTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Idempotency-Key: under-way\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\n\r\n",
            settings["SELFSAME_SANDBOX_API_KEY"],
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // The server says this once the request is on its way and its body is wanted.
        let mut continues = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut continues).unwrap();
        assert!(continues.starts_with(b"HTTP/1.1 100 "));

        server.signal(signal);
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", server.port)).await.is_ok() {
            assert!(begun.elapsed() < BOUND, "{signal}: still takes connections");
            pause().await;
        }
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 201 "), "{signal}: {answer}");
        let status = server.ended().await;
        assert!(status.success(), "{signal}: {status}: {}", server.log());

        let server = Server::start(&ground).await;
        let mut client = server.client(&settings).await;
        let path = format!("{ACCOUNTS}?filter%5Breference-id%5D=UNDER-WAY");
        assert_eq!(client.list(&path).await.len(), 1, "{signal}");
    }
}
