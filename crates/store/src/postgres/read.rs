//! Reading: the connection with the least to do takes the queries, without waiting for earlier ones to be answered.

use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio_postgres::Error;

use super::error::{failure, is_lost, is_out_of_time};
use super::session::{Parameters, Session};
use super::{PATIENCE, Postgres, Reader, value};
use crate::engine::Turn;
use crate::{Query, Row, StoreError};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const END: &str = "COMMIT";

impl Postgres {
    /// Several queries see one snapshot. A lost connection is no matter here: the queries are asked again.
    pub async fn read(&self, queries: Vec<Query>, turn: Turn) -> Result<Vec<Vec<Row>>, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        let is_long = queries.iter().any(|query| query.is_long);
        let readers = if is_long {
            &self.searchers
        } else if turn == Turn::Behind {
            &self.behind
        } else {
            &self.readers
        };
        loop {
            let reader = readers
                .iter()
                .min_by_key(|reader| reader.running.load(Ordering::Relaxed))
                .ok_or(StoreError::Closed)?;
            let running = Running::begin(reader);
            let session = reader.link.session(deadline).await?;
            let rows = run(&session, &queries).await;
            drop(running);
            match rows {
                Ok(rows) => {
                    return rows
                        .iter()
                        .map(|rows| rows.iter().map(value::row).collect())
                        .collect();
                }
                Err(error) if is_lost(&error) && Instant::now() < deadline => {
                    reader.link.discard(&session);
                }
                Err(error) if is_long && is_out_of_time(&error) => return Err(StoreError::TooLong),
                Err(error) => return Err(failure(&error)),
            }
        }
    }
}

/// Counts one read of a connection, until dropped: a caller may give up at any moment.
struct Running<'a>(&'a Reader);

impl<'a> Running<'a> {
    fn begin(reader: &'a Reader) -> Self {
        reader.running.fetch_add(1, Ordering::Relaxed);
        Self(reader)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn run(session: &Session, queries: &[Query]) -> Result<Vec<Vec<tokio_postgres::Row>>, Error> {
    let several = queries.len() > 1;
    let mut statements = Vec::with_capacity(queries.len() + 2);
    if several {
        statements.push((session.prepare(BEGIN).await?, vec![]));
    }
    for query in queries {
        let parameters: Parameters<'_> = query.values.iter().map(|value| value as _).collect();
        statements.push((session.prepare(&query.sql).await?, parameters));
    }
    if several {
        statements.push((session.prepare(END).await?, vec![]));
    }
    let mut answers = session.run(statements).await;
    if several {
        // An error of a query is the one to tell, not that of the COMMIT after it.
        answers.remove(0)?;
        let end = answers.pop();
        let rows = answers.into_iter().collect::<Result<_, _>>()?;
        end.transpose()?;
        return Ok(rows);
    }
    answers.into_iter().collect()
}
