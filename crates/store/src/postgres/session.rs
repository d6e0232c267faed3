//! One connection, its prepared statements, and the pipeline: what is sent together arrives together.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

/// Lists with filters come in many texts; beyond this many the connection forgets them all and begins anew.
const MOST_STATEMENTS: usize = 512;

pub type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

pub struct Session {
    client: Client,
    statements: Mutex<HashMap<String, Statement>>,
    /// Held while statements are handed to the connection, so that nothing comes between those of one transaction.
    order: Mutex<()>,
}

impl Session {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            statements: Mutex::default(),
            order: Mutex::default(),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
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
