//! Mixed load from several connections, each of which changes only what it has made itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::BOUND;
use crate::client::Client;
use crate::told::Told;
use crate::worker::Worker;

const CONNECTIONS: usize = 12;

/// What the connections share.
pub struct Load {
    pub template: String,
    /// Unique to the round.
    pub name: String,
    /// Reference IDs that everybody fights for.
    shared: Vec<String>,
    answers: AtomicUsize,
    answered: Notify,
    failures: AtomicUsize,
    failed: Notify,
    stop: AtomicBool,
}

impl Load {
    pub fn answered(&self) {
        self.answers.fetch_add(1, Ordering::SeqCst);
        self.answered.notify_one();
    }

    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::SeqCst);
        self.failed.notify_one();
    }

    pub fn is_over(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub fn shared_reference(&self, random: &mut StdRng) -> String {
        let reference = &self.shared[random.random_range(0..self.shared.len())];
        mixed_case(reference, random)
    }
}

fn mixed_case(text: &str, random: &mut StdRng) -> String {
    let flip = |letter: char| {
        if random.random() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    text.chars().map(flip).collect()
}

/// A load under way.
pub struct Running {
    load: Arc<Load>,
    workers: JoinSet<Told>,
}

impl Running {
    /// Begins to ask the servers at these ports.
    pub async fn begin(
        ports: &[u16],
        settings: &BTreeMap<String, String>,
        round: usize,
        random: &mut StdRng,
    ) -> Self {
        // Some outlive a round, but not all of a long run: their lists are read after each.
        let shared = (0..3)
            .map(|number| format!("person-{}-{number}", round / 10))
            .chain((0..3).map(|number| format!("person-of-round-{round}-{number}")));
        let load = Arc::new(Load {
            template: settings["SELFSAME_TEMPLATE_ID"].clone(),
            name: format!("round-{round}"),
            shared: shared.collect(),
            answers: AtomicUsize::new(0),
            answered: Notify::new(),
            failures: AtomicUsize::new(0),
            failed: Notify::new(),
            stop: AtomicBool::new(false),
        });
        let mut workers = JoinSet::new();
        for (number, port) in (0..CONNECTIONS).zip(ports.iter().cycle()) {
            let key = &settings["SELFSAME_SANDBOX_API_KEY"];
            let client = Client::connect(*port, key).await.unwrap();
            let worker = Worker::new(Arc::clone(&load), client, number, random);
            workers.spawn(worker.work());
        }
        Self { load, workers }
    }

    /// Waits until so many more requests were answered. No connection may end before.
    pub async fn answered(&mut self, more: usize) {
        let load = Arc::clone(&self.load);
        self.counted(&load.answers, &load.answered, more).await;
    }

    /// Waits until so many more requests were answered with a failure of the server.
    pub async fn failed(&mut self, more: usize) {
        let load = Arc::clone(&self.load);
        self.counted(&load.failures, &load.failed, more).await;
    }

    async fn counted(&mut self, counter: &AtomicUsize, counts: &Notify, more: usize) {
        let so_far = || counter.load(Ordering::SeqCst);
        let (before, begun) = (so_far(), Instant::now());
        while so_far() < before + more {
            tokio::select! {
                () = counts.notified() => {}
                Some(early) = self.workers.join_next() => {
                    panic!("a connection ended before the server did: {:?}", early.unwrap().unanswered);
                }
                () = tokio::time::sleep(BOUND.saturating_sub(begun.elapsed())) => {
                    panic!("{} of {more} answers came", so_far() - before)
                }
            }
        }
    }

    /// Lets every connection finish what it is at, and tells what was answered.
    pub async fn end(mut self) -> Told {
        self.load.stop.store(true, Ordering::SeqCst);
        let mut told = Told::default();
        while let Some(done) = self.workers.join_next().await {
            told.absorb(done.unwrap());
        }
        told
    }
}

/// Waits a drawn moment, finer than any timer.
pub fn moment(random: &mut StdRng) {
    let begun = Instant::now();
    let wait = Duration::from_micros(random.random_range(0..3000));
    while begun.elapsed() < wait {
        std::hint::spin_loop();
    }
}
