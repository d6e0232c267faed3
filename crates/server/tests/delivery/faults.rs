//! What goes wrong on the way, and what is told of it.

use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_service::Deliverer;
use selfsame_testkit::{Receiver, Reply};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::world::{World, world};

async fn told(world: &World, deliverer: &Deliverer, url: &str) -> Delivery {
    let webhook = world.webhook_to(url, json!({})).await;
    world.accounts(1).await;
    deliverer.deliver_due().await.expect("a store");
    let [delivery] = world.deliveries(&webhook).await.try_into().unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert!(delivery.due_at.is_some());
    world.switch(&webhook, "archive").await;
    delivery
}

/// A receiver that does this with every connection.
async fn raw<F>(act: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(act(stream));
        }
    });
    format!("http://127.0.0.1:{port}/hook")
}

#[tokio::test]
async fn each_fault_is_a_failed_attempt_that_says_what_it_was() {
    let world = world().await;
    let impatient = world.impatient(300);
    let silent = raw(|mut stream| async move {
        let mut buffer = [0; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    let dripping = raw(|mut stream| async move {
        let mut buffer = vec![0; 65_536];
        let _ = stream.read(&mut buffer).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            .await;
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if stream.write_all(b"x").await.is_err() {
                return;
            }
        }
    })
    .await;
    // What was sent is not read: closing then is a reset.
    let resetting = raw(|mut stream| async move {
        let mut byte = [0; 1];
        let _ = stream.read(&mut byte).await;
    })
    .await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!(
            "http://127.0.0.1:{}/hook",
            listener.local_addr().expect("an address").port()
        )
    };
    for (url, problem) in [
        (silent, "timeout"),
        (dripping, "timeout"),
        (resetting, "reset"),
        (closed, "connect"),
    ] {
        let delivery = told(&world, &impatient, &url).await;
        let attempt = &delivery.attempts[0];
        assert_eq!(attempt.problem.as_deref(), Some(problem), "{attempt:?}");
        assert!(!attempt.head.is_empty());
        assert_eq!(attempt.status, None);
    }
}

#[tokio::test]
async fn a_gigabyte_of_an_answer_counts_by_its_status_and_is_not_read() {
    let world = world().await;
    let url = raw(|mut stream| async move {
        let mut buffer = vec![0; 65_536];
        let _ = stream.read(&mut buffer).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            .await;
        while stream.write_all(&buffer).await.is_ok() {}
    })
    .await;
    let webhook = world.webhook_to(&url, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    assert_eq!(world.statuses(&webhook).await, [DeliveryStatus::Completed]);
}

/// W45: what a look-up finds is checked each time.
#[tokio::test]
async fn an_address_that_may_not_be_called_is_not_called() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let options = selfsame_service::OutboundOptions::default();
    let sender = selfsame_service::Sender::new(&options).expect("a sender");
    let strict = Deliverer::with_sender(&world.app.service, sender);
    let webhook = world
        .webhook_to("https://169.254.169.254/latest", json!({}))
        .await;
    let local = receiver.url().replace("http://", "https://");
    let other = world.webhook_to(&local, json!({})).await;
    world.accounts(1).await;
    strict.deliver_due().await.expect("a store");
    for webhook in [webhook, other] {
        let [delivery] = world.deliveries(&webhook).await.try_into().unwrap();
        assert_eq!(
            delivery.attempts[0].problem.as_deref(),
            Some("refused-address")
        );
    }
    assert!(receiver.all().is_empty());
}

#[tokio::test]
async fn a_slow_receiver_keeps_nobody_elses_events_waiting() {
    let world = world().await;
    let slow = Receiver::start(|_, _| Reply::Hold(200)).await;
    let fast = Receiver::answering(200).await;
    world.webhook(&slow, json!({})).await;
    world.webhook(&fast, json!({})).await;
    world.accounts(40).await;
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let deliverer = world.impatient(60_000);
    let running = tokio::spawn(async move { deliverer.run(stopped).await });
    fast.wait_for(40).await;
    slow.wait_for(32).await;
    assert_eq!(slow.all().len(), 32, "no more than so many at a time");
    slow.release();
    slow.wait_for(33).await;
    running.abort();
}

/// What was sent and not written when a server dies is sent again, and nothing else is.
#[tokio::test]
async fn w77_what_was_under_way_when_a_server_died_is_sent_again_by_the_next() {
    let world = world().await;
    let receiver = Receiver::start(|number, _| {
        if number < 3 {
            Reply::Hold(200)
        } else {
            Reply::Status(200)
        }
    })
    .await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(3).await;
    let dying = tokio::spawn({
        let deliverer = world.deliverer.clone();
        async move { deliverer.deliver_due().await }
    });
    receiver.wait_for(3).await;
    dying.abort();
    drop(dying.await);
    assert!(world.statuses(&webhook).await.is_empty());
    let another = Deliverer::new(&world.app.another_process().await).expect("a deliverer");
    another.deliver_due().await.expect("a store");
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 3]
    );
    let got = receiver.all();
    assert_eq!(got.len(), 6);
    let mut ids: Vec<_> = got
        .iter()
        .map(selfsame_testkit::Delivered::event_id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn an_event_storm_arrives_whole() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn({
        let deliverer = world.deliverer.clone();
        async move { deliverer.run(stopped).await }
    });
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let client = world.app.sandbox();
        writers.spawn(async move {
            for _ in 0..60 {
                client
                    .post("/accounts", json!({"data": {"attributes": {}}}))
                    .await
                    .expect(201);
            }
        });
    }
    writers.join_all().await;
    receiver.wait_for(600).await;
    stop.send_replace(true);
    running.await.expect("an orderly end");
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 600]
    );
    let mut ids: Vec<_> = receiver
        .all()
        .iter()
        .map(selfsame_testkit::Delivered::event_id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), receiver.all().len()), (600, 600));
    let lane = world.lane(&webhook).await.expect("a lane");
    assert_eq!((lane.sequence, lane.worker), (600, None));
}

/// As after a commit whose answer was lost: the row is there, and the lane does not know.
#[tokio::test]
async fn w70_an_outcome_that_the_store_has_already_is_written_over_and_the_lane_goes_on() {
    let world = world().await;
    let receiver = Receiver::start(|number, _| match number {
        0 => Reply::Hold(200),
        _ => Reply::Status(200),
    })
    .await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let deliverer = world.deliverer.clone();
    let running = tokio::spawn(async move { deliverer.run(stopped).await });
    receiver.wait_for(1).await;
    world.write_as_pending(&webhook, 1).await;
    receiver.release();
    world.accounts(1).await;
    receiver.wait_for(2).await;
    while world.statuses(&webhook).await != [DeliveryStatus::Completed; 2] {
        tokio::task::yield_now().await;
    }
    let lane = world.lane(&webhook).await.expect("a lane");
    assert_eq!(lane.sequence, 2);
    stop.send_replace(true);
    running.await.expect("an orderly end");
    assert_eq!(receiver.all().len(), 2);
}
