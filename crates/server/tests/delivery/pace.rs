//! Backlogs that give way to requests (W94).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use selfsame_service::{Deliverer, FolderBlobs, ProcessorMeter, ProcessorTime};
use selfsame_testkit::{Delivered, Receiver};
use serde_json::json;
use tokio::sync::watch;

use super::world::{World, world};

/// With each look an hour was run, and an hour waited, and others have run for a week.
#[derive(Debug, Default)]
struct Scarce(Mutex<ProcessorTime>);

impl ProcessorMeter for Scarce {
    fn read(&self) -> Option<ProcessorTime> {
        let mut had = self.0.lock().expect("nobody failed");
        had.ran += Duration::from_hours(1);
        had.waited += Duration::from_hours(1);
        had.whole += Duration::from_hours(168);
        Some(*had)
    }
}

/// Delivers where processors are always scarce, for as long as this takes.
async fn beside_deliveries(world: &World, work: impl AsyncFnOnce()) {
    // What has no number yet would come later, and pass for new.
    while world
        .app
        .store()
        .number_events()
        .await
        .expect("numbers")
        .count
        > 0
    {}
    let blobs = Arc::new(FolderBlobs::new(&world.app.folder().join("blobs")));
    let service = world.app.process_with(blobs);
    let busy = Deliverer::that_gives_way(&service, Arc::new(Scarce::default()));
    let busy = busy.expect("a deliverer");
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(async move { busy.run(stopped).await });
    work().await;
    stop.send_replace(true);
    running.await.expect("an orderly end");
}

/// The accounts of all that was received.
fn told(all: &[Delivered]) -> BTreeSet<&str> {
    let told = all.iter().map(|one| one.header("selfsame-account-id"));
    told.collect()
}

fn first(accounts: &[String], count: usize) -> BTreeSet<&str> {
    accounts.iter().take(count).map(String::as_str).collect()
}

/// With a backlog of an event of each account that waits, while `make` makes one more at a time.
async fn as_many_go_out_as_come_in(
    world: &World,
    receiver: &Receiver,
    waiting: &[String],
    make: impl AsyncFn(),
) {
    let mut came = 0;
    beside_deliveries(world, async || {
        while receiver.all().len() < 5 {
            make().await;
            came += 1;
        }
    })
    .await;
    let all = receiver.all();
    let told = told(&all);
    assert_eq!(told, first(waiting, told.len()), "the oldest come first");
    assert!(told.len() <= came, "{} of {came}", told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn w94_while_a_backlog_rests_as_many_go_out_as_come_in() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let waiting = world.accounts(200).await;
    as_many_go_out_as_come_in(&world, &receiver, &waiting, async || {
        world.accounts(1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w94_a_webhook_of_few_events_is_not_told_more_because_others_come() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let few = json!({"selfsame-headers": true, "enabled-events": ["account.tag-added"]});
    world.webhook(&receiver, few).await;
    let tagged = async || {
        let account = world.accounts(4).await.remove(0);
        let path = format!("/accounts/{account}/add-tag");
        let body = json!({"meta": {"tag-name": "seen"}});
        world.app.sandbox().post(&path, body).await.expect(200);
        account
    };
    let mut waiting = Vec::new();
    for _ in 0..50 {
        waiting.push(tagged().await);
    }
    as_many_go_out_as_come_in(&world, &receiver, &waiting, async || {
        tagged().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w94_what_is_sent_again_waits_for_the_end_of_a_rest_and_what_is_new_does_not() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    world.accounts(50).await;
    world.deliver().await;
    receiver.take();
    let (queued, _) = world.replay(&webhook, json!({"after-sequence": 0})).await;
    assert_eq!(queued, 50);
    let mut came = Vec::new();
    beside_deliveries(&world, async || {
        while receiver.all().len() < 5 {
            came.extend(world.accounts(1).await);
        }
    })
    .await;
    let all = receiver.all();
    let told = told(&all);
    assert_eq!(told, first(&came, told.len()));
}
