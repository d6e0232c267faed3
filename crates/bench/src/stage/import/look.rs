//! How long a read of one account takes while something else goes on: one connection, a read every few milliseconds, so
//! that the looking takes nothing from what is looked at.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::Problem;
use crate::client::{Client, Target, unexpected};
use crate::figures::{Sample, new_histogram, record};

const EVERY: Duration = Duration::from_millis(5);
const ACCOUNTS: usize = 200;

pub struct Looker {
    target: Target,
    accounts: Vec<String>,
}

impl Looker {
    /// Makes the accounts that are read.
    pub async fn new(target: &Target) -> Result<Self, Problem> {
        let mut client = Client::connect(target).await?;
        let path = format!("{}/api/v1/accounts", target.base_path);
        let mut accounts = Vec::new();
        for number in 0..ACCOUNTS {
            let name = format!("looked-at-{number}");
            let body = json!({"data": {"attributes": {"reference-id": name}}}).to_string();
            let (status, answer) = client
                .send(Method::POST, &path, Some((body, &name)))
                .await?;
            if status != StatusCode::CREATED {
                return Err(unexpected("an account", status, &answer).into());
            }
            let made: Value = serde_json::from_slice(&answer)?;
            let id = made["data"]["id"].as_str().ok_or("an account without id")?;
            accounts.push(format!("{path}/{id}"));
        }
        Ok(Self {
            target: target.clone(),
            accounts,
        })
    }

    /// Reads until `work` is done; what came of it goes with the waits.
    pub async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<(T, Sample), Problem> {
        let mut client = Client::connect(&self.target).await?;
        let (mut histogram, begun) = (new_histogram(), Instant::now());
        let done = {
            let looking = self.look(&mut client, &mut histogram);
            tokio::pin!(looking, work);
            tokio::select! {
                done = &mut work => done,
                problem = &mut looking => return Err(problem),
            }
        };
        let sample = Sample::new(&histogram, 1, begun.elapsed(), 0);
        Ok((done, sample))
    }

    /// For ever, or until a read fails.
    async fn look(&self, client: &mut Client, histogram: &mut Histogram<u64>) -> Problem {
        let mut turn = tokio::time::interval(EVERY);
        // A read that is late delays the next one and is not made up for.
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut places = (0..self.accounts.len()).cycle();
        loop {
            turn.tick().await;
            let account = &self.accounts[places.next().unwrap_or_default()];
            let asked = Instant::now();
            match client.send(Method::GET, account, None).await {
                Ok((StatusCode::OK, _)) => record(histogram, asked.elapsed()),
                Ok((status, answer)) => return unexpected("an account", status, &answer).into(),
                Err(problem) => return problem,
            }
        }
    }
}
