//! The server is killed while somebody is redacted: of a person whose data are gone no picture stays.

use std::time::Instant;

use hyper::Method;
use rand::RngExt;
use selfsame_testkit::picture;

use crate::create::INQUIRIES;
use crate::ground::Ground;
use crate::load::moment;
use crate::process::Server;
use crate::run::{On, Run};
use crate::upload::{upload_path, visitor};
use crate::{BOUND, inside, pause};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_redacted_person_no_picture_stays_whenever_the_server_ends_on_sqlite() {
    let run = Run::new("redacted::", On::Sqlite, 6, 200);
    redacted(&Ground::sqlite(), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_redacted_person_no_picture_stays_whenever_the_server_ends_on_postgres() {
    let run = Run::new("redacted::", On::Postgres, 4, 200);
    redacted(&Ground::postgres(), run).await;
}

async fn redacted(ground: &Ground, mut run: Run) {
    let mut server = Server::start(ground).await;
    let settings = ground.settings();
    for round in 0..run.rounds {
        let visitor = visitor(&server, &settings, round).await;
        let mut client = server.client(&settings).await;
        for part in ["front", "back"] {
            let whole = picture(run.random.random());
            let path = upload_path(&visitor, part);
            let sent = client.visit(&visitor.token, &path, "image/tiff", whole.into());
            assert_eq!(sent.await.unwrap().0, 200);
        }
        let path = format!("{INQUIRIES}/{}", visitor.inquiry);
        let redaction = async move { client.send(Method::DELETE, &path, None, None).await };
        let redaction = tokio::spawn(redaction);
        for _ in 0..run.random.random_range(0..12) {
            moment(&mut run.random);
        }
        server.kill();
        let answer = redaction.await.unwrap();
        ground.quiet().await;
        let tables = ground.tables().await;
        let named = tables.count("SELECT count(*) FROM files").await;
        let left = inside::blob_files(&ground.data().join("blobs")).len();
        eprintln!(
            "round {round}: {named} pictures are named, {left} lie there, answered: {}",
            answer.is_ok()
        );
        inside::check_blobs(ground, &tables).await;
        server = Server::start(ground).await;
        if named > 0 {
            assert!(answer.is_err(), "an answered redaction is undone");
            let mut client = server.client(&settings).await;
            let path = format!("{INQUIRIES}/{}", visitor.inquiry);
            let (status, _) = client
                .send(Method::DELETE, &path, None, None)
                .await
                .unwrap();
            assert_eq!(status, 200);
        }
        let begun = Instant::now();
        while !inside::blob_files(&ground.data().join("blobs")).is_empty()
            || tables.count("SELECT count(*) FROM blobs_to_delete").await > 0
        {
            assert!(
                begun.elapsed() < BOUND,
                "pictures of a redacted person stay"
            );
            pause().await;
        }
    }
}
