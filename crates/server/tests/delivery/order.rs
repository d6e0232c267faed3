//! Strict order per account (W75).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use selfsame_domain::delivery::DeliveryStatus;
use selfsame_service::{Deliverer, FolderBlobs};
use selfsame_testkit::{Delivered, Receiver, Reply};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::world::{World, world};

/// Changes accounts in turn, some events each.
async fn changes(world: &World, accounts: &[String], rounds: usize) {
    for round in 0..rounds {
        for account in accounts {
            let body = json!({"meta": {"tag-name": format!("tag-{round}")}});
            let path = format!("/accounts/{account}/add-tag");
            world.app.sandbox().post(&path, body).await.expect(200);
        }
    }
}

fn by_account(receiver: &Receiver, arrived: impl Fn(usize) -> bool) -> BTreeMap<String, Vec<i64>> {
    let mut numbers: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (place, one) in receiver.all().iter().enumerate() {
        if arrived(place) {
            let number = one.header("selfsame-sequence").parse().expect("a number");
            let account = one.header("selfsame-account-id").to_owned();
            numbers.entry(account).or_default().push(number);
        }
    }
    numbers
}

/// Fails by a fixed pseudo-random sequence, every second time on average.
fn coin(number: usize) -> bool {
    let mut state = (number as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state ^= state >> 31;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (state >> 40) & 1 == 1
}

#[tokio::test]
async fn w75_a_receiver_that_fails_half_of_the_time_gets_each_accounts_events_whole_and_in_order() {
    let world = world().await;
    let outcomes: &'static Mutex<Vec<bool>> = Box::leak(Box::default());
    let receiver = Receiver::start(|number, _| {
        let arrives = coin(number);
        outcomes.lock().unwrap().push(arrives);
        Reply::Status(if arrives { 200 } else { 500 })
    })
    .await;
    let webhook = world
        .webhook(
            &receiver,
            json!({"ordered-per-account": true, "selfsame-headers": true}),
        )
        .await;
    let accounts = world.accounts(6).await;
    changes(&world, &accounts, 4).await;
    let mut events = 0;
    for _ in 0..2000 {
        world.deliver().await;
        let statuses = world.statuses(&webhook).await;
        events = world.app.events().await.len();
        if statuses.len() == events
            && statuses
                .iter()
                .all(|status| *status == DeliveryStatus::Completed)
        {
            break;
        }
        world.app.advance(7200);
    }
    let statuses = world.statuses(&webhook).await;
    assert_eq!(statuses, vec![DeliveryStatus::Completed; events]);
    let told = outcomes.lock().unwrap().clone();
    assert!(told.iter().any(|arrived| !arrived));
    let numbers = by_account(&receiver, |place| told[place]);
    assert_eq!(numbers.len(), 6);
    for (account, numbers) in numbers {
        let whole: Vec<i64> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, whole, "{account}");
    }
}

#[tokio::test]
async fn w75_an_event_that_does_not_arrive_holds_back_its_own_accounts_and_no_others() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world
        .webhook(
            &receiver,
            json!({"ordered-per-account": true, "selfsame-headers": true}),
        )
        .await;
    let accounts = world.accounts(2).await;
    world.deliver().await;
    receiver.take();
    let stuck = accounts[0].clone();
    receiver.answer(move |_, one| {
        Reply::Status(if one.header("selfsame-account-id") == stuck {
            500
        } else {
            200
        })
    });
    changes(&world, &accounts, 3).await;
    world.deliver().await;
    let numbers = by_account(&receiver, |_| true);
    let events_of = |account: &str| numbers.get(account).cloned().unwrap_or_default();
    assert_eq!(events_of(&accounts[0]).len(), 1, "{numbers:?}");
    assert_eq!(events_of(&accounts[1]).len(), 6);
    receiver.answer(|_, _| Reply::Status(200));
    receiver.take();
    world.app.advance(4);
    world.deliver().await;
    let numbers = by_account(&receiver, |_| true);
    assert_eq!(numbers.get(&accounts[0]), Some(&(2..=7).collect()));
    assert!(
        world
            .statuses(&webhook)
            .await
            .iter()
            .all(|status| *status == DeliveryStatus::Completed)
    );
}

#[tokio::test]
async fn w75_it_goes_on_beyond_the_last_retry() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world
        .webhook(&receiver, json!({"ordered-per-account": true}))
        .await;
    world.accounts(1).await;
    for _ in 0..12 {
        world.deliver().await;
        world.app.advance(130_000);
    }
    assert_eq!(world.statuses(&webhook).await, [DeliveryStatus::Pending]);
    receiver.answer(|_, _| Reply::Status(200));
    world.deliver().await;
    assert_eq!(world.statuses(&webhook).await, [DeliveryStatus::Completed]);
}

#[tokio::test]
async fn w75_without_strict_order_what_waited_for_another_event_goes() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world
        .webhook(&receiver, json!({"ordered-per-account": true}))
        .await;
    let accounts = world.accounts(1).await;
    changes(&world, &accounts, 2).await;
    world.deliver().await;
    assert_eq!(receiver.take().len(), 1);
    world
        .change(&webhook, json!({"ordered-per-account": false}))
        .await;
    receiver.answer(|_, _| Reply::Status(200));
    world.app.advance(4);
    world.deliver().await;
    world.deliver().await;
    assert!(
        world
            .statuses(&webhook)
            .await
            .iter()
            .all(|status| *status == DeliveryStatus::Completed)
    );
}

/// A server that delivers, and is told of nothing by the one that is asked: it finds out by itself, as in another process.
struct Other {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Other {
    fn start(world: &World) -> Self {
        let blobs = Arc::new(FolderBlobs::new(&world.app.folder().join("blobs")));
        let other = Deliverer::new(&world.app.process_with(blobs)).expect("a deliverer");
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(async move { other.run(stopped).await });
        Self { stop, running }
    }

    async fn end(self) {
        self.stop.send_replace(true);
        self.running.await.expect("an orderly end");
    }
}

/// Makes accounts until one is told of with this header, for settings are looked at anew after a while (W73); says how
/// many.
async fn accounts_until_header(world: &World, receiver: &Receiver, header: &str) -> usize {
    let before = receiver.all().len();
    let is_there = |one: &Delivered| !one.header(header).is_empty();
    let mut made = 0;
    while !receiver.all().iter().any(is_there) {
        world.accounts(1).await;
        made += 1;
        receiver.wait_for(before + made).await;
    }
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn w75_what_is_pending_when_strict_order_begins_goes_before_what_is_new() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let other = Other::start(&world);
    let accounts = world.accounts(1).await;
    while world.statuses(&webhook).await != [DeliveryStatus::Pending] {
        tokio::task::yield_now().await;
    }
    let settings =
        json!({"ordered-per-account": true, "custom-http-headers": {"X-Order": "strict"}});
    world.change(&webhook, settings).await;
    receiver.answer(|_, _| Reply::Status(200));
    let others = accounts_until_header(&world, &receiver, "x-order").await;
    changes(&world, &accounts, 1).await;
    while world.statuses(&webhook).await.len() < others + 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(receiver.all().len(), others + 1);
    world.app.advance(4);
    receiver.wait_for(others + 4).await;
    let numbers = by_account(&receiver, |_| true);
    assert_eq!(numbers.get(&accounts[0]), Some(&vec![1, 1, 2, 3]));
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w86_what_was_queued_goes_before_a_new_event_of_its_account_whichever_server_delivers() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let settings = json!({"ordered-per-account": true, "selfsame-headers": true});
    let webhook = world.webhook(&receiver, settings).await;
    let other = Other::start(&world);
    let accounts = world.accounts(3).await;
    for round in 0..5 {
        // A tag makes two events.
        let last = 1 + 2 * round;
        let written = usize::try_from(3 * last).unwrap();
        world.has_delivered(&webhook, written).await;
        let before = receiver.all().len();
        for account in &accounts {
            let chosen = json!({"account-id": account, "after-sequence": last - 1});
            assert_eq!(world.replay(&webhook, chosen).await, (1, None));
            let body = json!({"meta": {"tag-name": format!("tag-{round}")}});
            let path = format!("/accounts/{account}/add-tag");
            world.app.sandbox().post(&path, body).await.expect(200);
        }
        receiver.wait_for(before + 9).await;
        let told: Vec<Delivered> = receiver.all().split_off(before);
        for account in &accounts {
            let of_account = told
                .iter()
                .filter(|one| one.header("selfsame-account-id") == account);
            let numbers: Vec<i64> = of_account
                .map(|one| one.header("selfsame-sequence").parse().expect("a number"))
                .collect();
            assert_eq!(numbers, [last, last + 1, last + 2], "{account}");
        }
    }
    other.end().await;
}
