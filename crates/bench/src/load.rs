//! The load generator: one connection and one request at a time per task.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use hyper::{Method, StatusCode};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::task::JoinSet;

use crate::Problem;
use crate::client::{Client, Target, unexpected};
use crate::figures::{Sample, new_histogram, record};
use crate::people::{Ask, People, Workload};
use crate::process::Meter;

/// How long one cell runs.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Before it, nothing is counted.
    pub warm_up: Duration,
    pub length: Duration,
    /// After this many counted answers the cell ends early.
    pub most: u64,
}

/// What the tasks of one cell share.
struct Shared {
    warm: Instant,
    end: Instant,
    left: AtomicU64,
    first_error: Mutex<Option<String>>,
}

struct Outcome {
    histogram: Histogram<u64>,
    errors: u64,
    last: Instant,
}

/// One cell's figures and, if there was one, the text of the first bad answer.
pub struct Measured {
    pub sample: Sample,
    pub error: Option<String>,
}

/// Puts one cell's load on `target` and measures it.
pub async fn run(
    target: &Target,
    people: &Arc<People>,
    workload: Workload,
    connections: usize,
    window: &Window,
    meter: Option<Meter>,
) -> Result<Measured, Problem> {
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        clients.push(Client::connect(target).await?);
    }
    let warm = Instant::now() + window.warm_up;
    let shared = Arc::new(Shared {
        warm,
        end: warm + window.length,
        left: AtomicU64::new(window.most),
        first_error: Mutex::default(),
    });
    let mut tasks = JoinSet::new();
    for (seed, client) in (0_u64..).zip(clients) {
        let (people, shared) = (Arc::clone(people), Arc::clone(&shared));
        tasks.spawn(async move { ask_on(client, &people, workload, &shared, seed).await });
    }

    tokio::time::sleep_until(warm.into()).await;
    let before = meter.and_then(Meter::read);
    let mut histogram = new_histogram();
    let (mut errors, mut last) = (0, warm);
    while let Some(done) = tasks.join_next().await {
        let outcome = done??;
        histogram.add(outcome.histogram)?;
        errors += outcome.errors;
        last = last.max(outcome.last);
    }
    let elapsed = last
        .saturating_duration_since(warm)
        .max(Duration::from_nanos(1));
    let mut sample = Sample::new(&histogram, 1, elapsed, errors);
    if let (Some(before), Some(after)) = (before, meter.and_then(Meter::read)) {
        after.since(&before, &mut sample);
    }
    let first_error = shared
        .first_error
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    Ok(Measured {
        sample,
        error: first_error.map(|error| format!("{errors} bad answers, the first: {error}")),
    })
}

async fn ask_on(
    mut client: Client,
    people: &People,
    workload: Workload,
    shared: &Shared,
    seed: u64,
) -> Result<Outcome, Problem> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut outcome = Outcome {
        histogram: new_histogram(),
        errors: 0,
        last: shared.warm,
    };
    for turn in seed.. {
        let ask = people.ask(workload, turn, &mut random);
        let begun = Instant::now();
        if begun >= shared.end {
            break;
        }
        let (wanted, (status, body)) = match ask {
            Ask::Read(path) => (StatusCode::OK, client.send(Method::GET, &path, None).await?),
            Ask::Create { path, body, key } => (
                StatusCode::CREATED,
                client.send(Method::POST, &path, Some((body, &key))).await?,
            ),
        };
        let now = Instant::now();
        if status != wanted {
            outcome.errors += 1;
            shared
                .first_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| unexpected(&format!("{workload:?}"), status, &body));
        } else if begun >= shared.warm {
            record(&mut outcome.histogram, now - begun);
            outcome.last = now;
            if shared.left.fetch_sub(1, Ordering::Relaxed) <= 1 {
                break;
            }
        }
    }
    Ok(outcome)
}
