//! D2: whether deliveries keep up with half of the creates that are possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use tokio::task::JoinSet;

use super::{AT, Engine, Live, rounds, wait_until_written};
use crate::Problem;
use crate::bench::{Bench, say};
use crate::client::{Client, unexpected};
use crate::figures::{median, slope, to_f64};
use crate::goal::{Bound, Goal, Unit};
use crate::part::{Part, What};
use crate::people::People;

/// Before it nothing is looked at: the backlog finds its level.
const WARM_UP: Duration = Duration::from_secs(1);
/// How many cells' length a window has.
const CELLS: u32 = 4;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What was made so far.
#[derive(Default)]
struct Made {
    turns: AtomicU64,
    creates: AtomicU64,
    events: AtomicU64,
}

/// When each create is due, whoever makes it.
#[derive(Clone, Copy)]
struct Schedule {
    /// No other window has it: it stands in the names of those who are new.
    first: u64,
    begun: Instant,
    end: Instant,
    every: Duration,
}

pub async fn measure(
    bench: &Bench,
    part: &mut Part,
    engine: Engine,
    live: &Live<'_>,
    most: f64,
) -> Result<(), Problem> {
    let mut growth = Vec::new();
    let mut behind = String::new();
    for _ in 0..rounds(bench) {
        let window;
        (window, behind) = one_window(bench, part, live, most).await?;
        growth.push(window);
        say(&format!("  at half of {most:.0} creates: {behind}"));
    }
    let text = format!(
        "{}: growth of the backlog at half of the creates ÷ events",
        engine.name
    );
    let what = What {
        goal: Goal::D2,
        text: &text,
        bound: Some(Bound::at_most(0.05, 0.02)),
    };
    // Around 0 a spread in percent says nothing.
    let lowest = growth.iter().copied().fold(f64::MAX, f64::min);
    let highest = growth.iter().copied().fold(f64::MIN, f64::max);
    let behind = format!("{lowest:.3} to {highest:.3}; the last window: {behind}");
    part.line(&what, Unit::Ratio, &[median(growth)], behind);
    Ok(())
}

/// Gives the growth in events for each event that was made, and what stands behind it.
async fn one_window(
    bench: &Bench,
    part: &mut Part,
    live: &Live<'_>,
    most: f64,
) -> Result<(f64, String), Problem> {
    let length = bench.window().length * CELLS;
    let first = live.books.last_number().await?;
    live.sink.begin();
    let made = Arc::new(Made::default());
    let mut clients = Vec::with_capacity(AT);
    for _ in 0..AT {
        clients.push(Client::connect(&live.server.target).await?);
    }
    let begun = Instant::now();
    let schedule = Schedule {
        first,
        begun,
        end: begun + WARM_UP + length,
        every: Duration::from_secs_f64(2.0 / most.max(1.0)),
    };
    let mut tasks = JoinSet::new();
    for client in clients {
        let (people, made) = (Arc::clone(live.people), Arc::clone(&made));
        tasks.spawn(create(client, people, made, schedule));
    }
    let counts = || {
        let events = made.events.load(Ordering::Relaxed);
        (to_f64(events), to_f64(live.sink.deliveries()))
    };
    tokio::time::sleep_until((begun + WARM_UP).into()).await;
    let before = counts();
    let creates = made.creates.load(Ordering::Relaxed);
    let mut backlog = Vec::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    while Instant::now() < schedule.end {
        look.tick().await;
        let (events, deliveries) = counts();
        backlog.push((begun.elapsed().as_secs_f64(), events - deliveries));
    }
    let after = counts();
    let creates = made.creates.load(Ordering::Relaxed) - creates;
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let events = made.events.load(Ordering::Relaxed);
    wait_until_written(live.sink, live.books, events, first + events).await?;
    let written = live.books.last_number().await? - first;
    let deliveries = live.sink.deliveries();
    if (written, deliveries) != (events, events) {
        part.errors.push(format!(
            "D2: {events} events were made, {written} have a number, and {deliveries} deliveries came"
        ));
    }
    let seconds = length.as_secs_f64();
    let made = (after.0 - before.0) / seconds;
    let (early, late) = backlog.split_at(backlog.len() / 2);
    let behind = format!(
        "{:.0} creates and {made:.0} events a second, {:.0} delivered; waiting in the first half {:.0}, in the second {:.0}",
        to_f64(creates) / seconds,
        (after.1 - before.1) / seconds,
        mean(early),
        mean(late),
    );
    Ok((slope(&backlog) / made.max(f64::MIN_POSITIVE), behind))
}

fn mean(points: &[(f64, f64)]) -> f64 {
    let sum: f64 = points.iter().map(|(_, waiting)| waiting).sum();
    sum / to_f64(points.len() as u64).max(1.0)
}

/// One connection's share: whoever is free makes the next one when its time has come.
async fn create(
    mut client: Client,
    people: Arc<People>,
    made: Arc<Made>,
    schedule: Schedule,
) -> Result<(), Problem> {
    loop {
        let turn = made.turns.fetch_add(1, Ordering::Relaxed);
        let due = schedule.begun + schedule.every.mul_f64(to_f64(turn));
        if due >= schedule.end || Instant::now() >= schedule.end {
            return Ok(());
        }
        tokio::time::sleep_until(due.into()).await;
        // Somebody new has an event of their own beside the inquiry's.
        let (reference, events) = if turn.is_multiple_of(2) {
            (people.known.name(turn % people.known.count), 1)
        } else {
            let first = schedule.first;
            (format!("bench-{}-paced-{first}-{turn}", people.run), 2)
        };
        let (path, body, key) = people.create(&reference);
        let (status, answer) = client.send(Method::POST, &path, Some((body, &key))).await?;
        if status != StatusCode::CREATED {
            return Err(unexpected("create", status, &answer).into());
        }
        made.creates.fetch_add(1, Ordering::Relaxed);
        made.events.fetch_add(events, Ordering::Relaxed);
    }
}
