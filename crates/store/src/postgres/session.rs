//! One connection, its prepared statements, and the pipeline: what is sent together arrives together.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

/// Lists with filters come in many texts; beyond this many the connection forgets them all and begins anew.
const MOST_STATEMENTS: usize = 512;

pub type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

/// Counts commits, to tell when plans made on small tables should be made again.
#[derive(Debug, Default)]
pub struct Growth(AtomicU64);

impl Growth {
    /// Whether these began another stage: one of those that count is told so.
    pub fn count(&self, commits: usize) -> bool {
        let before = self.0.fetch_add(commits as u64, Ordering::Relaxed);
        stage(before) != stage(before.saturating_add(commits as u64))
    }

    fn stage(&self) -> u32 {
        stage(self.0.load(Ordering::Relaxed))
    }
}

/// Steps up after 64 commits, and whenever there are eight times as many.
fn stage(commits: u64) -> u32 {
    (u64::BITS - commits.leading_zeros()).saturating_sub(4) / 3
}

pub struct Session {
    client: Client,
    growth: Arc<Growth>,
    /// The stage of growth at which this connection's plans were made.
    planned: AtomicU32,
    statements: Mutex<HashMap<String, Statement>>,
    /// Held while statements are handed to the connection, so that nothing comes between those of one transaction.
    order: Mutex<()>,
}

impl Session {
    pub fn new(client: Client, growth: Arc<Growth>) -> Self {
        Self {
            client,
            planned: AtomicU32::new(growth.stage()),
            growth,
            statements: Mutex::default(),
            order: Mutex::default(),
        }
    }

    /// On an empty table all indexes cost the same, and PostgreSQL would keep the wrong one until it next looks at the
    /// table's statistics, a minute or more.
    async fn plan_again_if_grown(&self) -> Result<(), Error> {
        let stage = self.growth.stage();
        if self.planned.swap(stage, Ordering::Relaxed) == stage {
            return Ok(());
        }
        self.client.batch_execute("DISCARD PLANS").await
    }

    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        self.plan_again_if_grown().await?;
        let known = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(sql)
            .cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= MOST_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends all statements in this order, in one go, and waits for all answers.
    pub async fn run(
        &self,
        statements: Vec<(Statement, Parameters<'_>)>,
    ) -> Vec<Result<Vec<Row>, Error>> {
        let mut running: Vec<Pin<Box<MaybeDone<BoxFuture<'_, _>>>>> = statements
            .into_iter()
            .map(|(statement, parameters)| {
                let answer = async move { self.client.query(&statement, &parameters).await };
                Box::pin(maybe_done(answer.boxed()))
            })
            .collect();
        // The client hands a statement to the connection when it is polled for the first time.
        poll_fn(|context| {
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            for answer in &mut running {
                let _ = answer.as_mut().poll(context);
            }
            Poll::Ready(())
        })
        .await;
        let mut answers = Vec::with_capacity(running.len());
        for mut answer in running {
            answer.as_mut().await;
            answers.extend(answer.as_mut().take_output());
        }
        metrics::counter!("selfsame_store_round_trips_total").increment(1);
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::{Growth, stage};

    #[test]
    fn plans_are_made_again_ever_more_rarely() {
        let commits = [0, 10, 63, 64, 511, 512, 4095, 4096, 1_000_000];
        assert_eq!(commits.map(stage), [0, 0, 0, 1, 1, 2, 2, 3, 5]);
    }

    #[test]
    fn a_stage_begins_once() {
        let growth = Growth::default();
        let begun: Vec<_> = (0..520).filter(|_| growth.count(1)).collect();
        assert_eq!(begun, [63, 511]);
        assert!(growth.count(1_000_000));
    }
}
