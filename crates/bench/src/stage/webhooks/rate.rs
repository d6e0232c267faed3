//! D1: a backlog with all that is written down about it, against the same client without a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hdrhistogram::Histogram;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use selfsame_service::{OutboundOptions, Outgoing, Sender};
use selfsame_wire::signature;
use tokio::task::JoinSet;

use super::{AT, Engine, Ground, rounds, wait_until_written};
use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::books::Books;
use crate::figures::{Cell, Sample, new_histogram, record, to_f64};
use crate::goal::{Bound, Goal};
use crate::load::Window;
use crate::part::{Part, What};
use crate::rows::now;
use crate::sink::Sink;

const DATABASE: &str = "deliver";
const DELIVER: Cell = Cell::new("deliver", AT);
const BARE: Cell = Cell::new("sign_and_send", AT);
const EVENTS: u64 = 20_000;
const QUICK_EVENTS: u64 = 5_000;
const SECRET: &str = "wbhsec_00000000-0000-4000-8000-000000000000";

pub async fn measure(bench: &Bench, part: &mut Part, engine: Engine) -> Result<(), Problem> {
    let ground = match Ground::new(bench, engine, DATABASE).await {
        Ok(ground) => ground,
        Err(why) => {
            part.skip(Goal::D1, format!("{}: {why}", engine.name));
            return Ok(());
        }
    };
    let sink = Sink::start()?;
    let events = if bench.options.quick {
        QUICK_EVENTS
    } else {
        EVENTS
    };
    let (_, books) = ground.fill(&sink, events).await?;
    // One that is not counted: whence the bodies are.
    deliver(&ground, &sink, &books).await?;
    let bodies = Arc::new(sink.bodies());
    let sizes = bodies.iter().map(Bytes::len).sum::<usize>();
    let mut cells = [BARE, DELIVER];
    let mut measured = Vec::new();
    let mut connections = (0, 0);
    for number in 1..=rounds(bench) {
        say(&format!("  round {number}"));
        let mut recorder = Recorder::default();
        for cell in cells {
            let sample = if cell == BARE {
                sink.begin();
                let sample = sign_and_send(&sink, &bodies, &bench.window()).await?;
                connections.0 = sink.connections() * 1000 / sink.deliveries().max(1);
                sample
            } else {
                let sample = deliver(&ground, &sink, &books).await?;
                connections.1 = sink.connections() * 1000 / sink.deliveries().max(1);
                sample
            };
            if sample.errors > 0 {
                let error = format!("{}: {} failed", cell.name, sample.errors);
                part.errors.push(error);
            }
            recorder.add(cell, sample);
        }
        measured.push(recorder.round);
        cells.reverse();
    }
    ground.end(bench, books, DATABASE).await?;
    let (must, aim) = engine.rate;
    let text = format!("{}: deliveries ÷ sign and send at 32", engine.name);
    let what = What {
        goal: Goal::D1,
        text: &text,
        bound: Some(Bound::at_least(must, aim)),
    };
    part.ratio(&what, &measured, DELIVER, BARE);
    let title = format!(
        "Deliveries, {}: bodies of {} bytes; of 1,000 so many on a new connection: {} sent, {} delivered",
        engine.name,
        sizes / bodies.len().max(1),
        connections.0,
        connections.1,
    );
    part.group(&title, measured);
    Ok(())
}

/// The whole backlog, from the first delivery until the last is written down.
async fn deliver(ground: &Ground, sink: &Sink, books: &Books) -> Result<Sample, Problem> {
    books.rewind().await?;
    sink.begin();
    let server = ground.installation.start().await?;
    let meter = server.meter();
    let before = meter.read();
    let last = books.last_number().await?;
    let ended = wait_until_written(sink, books, last, last).await?;
    let begun = sink.first().ok_or("nothing was delivered")?;
    let mut sample = Sample {
        answers: last,
        per_second: to_f64(last) / (ended - begun).as_secs_f64(),
        ..Sample::default()
    };
    if let (Some(before), Some(after)) = (before, meter.read()) {
        after.since(&before, &mut sample);
    }
    server.stop().await?;
    Ok(sample)
}

/// The server's own client and signatures, as many at a time, and nothing to remember.
async fn sign_and_send(
    sink: &Sink,
    bodies: &Arc<Vec<Bytes>>,
    window: &Window,
) -> Result<Sample, Problem> {
    let options = OutboundOptions {
        loopback: true,
        ..OutboundOptions::default()
    };
    let sender = Sender::new(&options)?;
    let turn = Arc::new(AtomicUsize::new(0));
    let warm = Instant::now() + window.warm_up;
    let end = warm + window.length;
    let mut tasks = JoinSet::new();
    for _ in 0..AT {
        let (sender, bodies, turn) = (sender.clone(), Arc::clone(bodies), Arc::clone(&turn));
        let url = sink.url();
        tasks.spawn(async move {
            let (mut histogram, mut errors) = (new_histogram(), 0_u64);
            loop {
                let begun = Instant::now();
                if begun >= end {
                    return (histogram, errors);
                }
                let body = bodies[turn.fetch_add(1, Ordering::Relaxed) % bodies.len()].clone();
                let outgoing = Outgoing {
                    url: url.clone(),
                    headers: headers(&body),
                    body,
                };
                let attempt = sender.send(outgoing).await;
                if !attempt.succeeded() {
                    errors += 1;
                } else if begun >= warm {
                    record(&mut histogram, begun.elapsed());
                }
            }
        });
    }
    let mut histogram: Histogram<u64> = new_histogram();
    let mut errors = 0;
    while let Some(done) = tasks.join_next().await {
        let (own, failed) = done?;
        histogram.add(own)?;
        errors += failed;
    }
    Ok(Sample::new(&histogram, 1, warm.elapsed(), errors))
}

/// Those of a first attempt (W60, W63–W64).
fn headers(body: &[u8]) -> HeaderMap {
    let seconds = now().millis().div_euclid(1000);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (signature::HEADER, signature::sign(&[SECRET], seconds, body)),
        ("persona-webhook-attempts-made", "1".to_owned()),
        ("persona-webhook-attempts-left", "7".to_owned()),
        ("persona-webhook-first-attempted-at", seconds.to_string()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}
