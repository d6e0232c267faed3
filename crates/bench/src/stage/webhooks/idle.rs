//! D3: how long it takes from the answer of a create until its event is at the receiver, when nothing else happens.

use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use serde_json::Value;

use super::{Engine, LOOK_EVERY, PATIENCE};
use crate::Problem;
use crate::client::{Client, unexpected};
use crate::figures::{new_histogram, record, to_f64};
use crate::goal::{Bound, Goal, Unit};
use crate::part::{Part, What};
use crate::people::People;
use crate::server::Server;
use crate::sink::Sink;

const CREATES: u64 = 200;
const EVERY: Duration = Duration::from_millis(50);

pub async fn measure(
    part: &mut Part,
    engine: Engine,
    server: &Server,
    people: &People,
    sink: &Sink,
) -> Result<(), Problem> {
    sink.begin();
    sink.note_arrivals();
    let mut client = Client::connect(&server.target).await?;
    let mut ticks = tokio::time::interval(EVERY);
    let mut answered = Vec::new();
    for number in 0..CREATES {
        ticks.tick().await;
        // Somebody who is known has one event, that of the inquiry.
        let (path, body, key) = people.create(&people.known.name(number % people.known.count));
        let (status, answer) = client.send(Method::POST, &path, Some((body, &key))).await?;
        let at = Instant::now();
        if status != StatusCode::CREATED {
            return Err(unexpected("create", status, &answer).into());
        }
        let answer: Value = serde_json::from_slice(&answer)?;
        let id = answer["data"]["id"]
            .as_str()
            .ok_or("an answer without id")?;
        answered.push((id.to_owned(), at));
    }
    let begun = Instant::now();
    while sink.deliveries() < CREATES && begun.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let arrivals = sink.take_arrivals();
    let mut waits = new_histogram();
    for (id, answered) in &answered {
        let come = arrivals
            .get(id)
            .ok_or_else(|| format!("the event of {id} was not delivered within {PATIENCE:?}"))?;
        // It may be there before the answer was read.
        record(&mut waits, come.saturating_duration_since(*answered));
    }
    let millis = |quantile| to_f64(waits.value_at_quantile(quantile)) / 1000.0;
    let text = format!(
        "{}: from the answer to the receiver, idle, median",
        engine.name
    );
    let median = What {
        goal: Goal::D3,
        text: &text,
        bound: Some(Bound::at_most(50.0, 15.0)),
    };
    let behind = format!("{CREATES} creates, one every {} ms", EVERY.as_millis());
    part.line(&median, Unit::Millis, &[millis(0.5)], behind);
    let text = format!("{}: the same, p99 (no goal)", engine.name);
    let late = What {
        goal: Goal::D3,
        text: &text,
        bound: None,
    };
    let most = to_f64(waits.max()) / 1000.0;
    part.line(
        &late,
        Unit::Millis,
        &[millis(0.99)],
        format!("at most {most:.1} ms"),
    );
    Ok(())
}
