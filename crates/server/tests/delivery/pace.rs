//! Backlogs that give way to requests (W94).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use selfsame_service::{Deliverer, FolderBlobs, ProcessorMeter, ProcessorTime};
use selfsame_testkit::Receiver;
use serde_json::json;
use tokio::sync::watch;

use super::world::world;

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

#[tokio::test(flavor = "multi_thread")]
async fn w94_while_a_backlog_rests_as_many_go_out_as_come_in() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let waiting = world.accounts(200).await;
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
    let mut came = 0;
    while receiver.all().len() < 5 {
        world.accounts(1).await;
        came += 1;
    }
    stop.send_replace(true);
    running.await.expect("an orderly end");
    let all = receiver.all();
    let told = all.iter().map(|one| one.header("selfsame-account-id"));
    let told: BTreeSet<_> = told.collect();
    let everybody = waiting.iter().take(told.len()).map(String::as_str);
    assert_eq!(told, everybody.collect(), "the oldest come first");
    assert!(told.len() <= came, "{} of {came}", told.len());
}
