//! Writing: each writer takes whatever waits and commits it together. A group that fails is halved until the one that
//! cannot be committed stands alone; nobody else is harmed by it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::Error;

use super::PATIENCE;
use super::error::{failure, is_collision, is_consequence, is_lost, refusal};
use super::group::{Step, steps};
use super::link::Link;
use super::resolve::resolve;
use super::session::Session;
use crate::{Batch, CommitError, StoreError};

/// The longest group; bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;
/// A server that has not answered a transaction by then, beyond its own time-outs, is taken for gone.
const LONGEST: Duration = Duration::from_secs(20);
const MOST_COLLISIONS: u32 = 5;

pub struct Waiting {
    pub batch: Batch,
    pub answer: oneshot::Sender<Result<(), CommitError>>,
    pub since: Instant,
}

impl Waiting {
    pub fn new(batch: Batch, answer: oneshot::Sender<Result<(), CommitError>>) -> Self {
        Self {
            batch,
            answer,
            since: Instant::now(),
        }
    }

    fn tell(self, outcome: Result<(), CommitError>) {
        // A caller that gave up waiting does not undo what is committed.
        drop(self.answer.send(outcome));
    }
}

/// How one attempt at a transaction ended.
pub enum Attempt {
    Committed,
    /// Nothing of it is stored.
    Refused(CommitError),
    /// Nothing of it is stored; it may well succeed when tried again.
    Collided(StoreError),
    /// Nothing was sent: the connection was lost before.
    NotSent,
    /// The connection was lost after the transaction was sent: it may be committed, now or in a moment.
    Unknown(StoreError),
}

pub async fn write_loop(link: Link, waiting: Arc<Mutex<mpsc::UnboundedReceiver<Waiting>>>) {
    loop {
        let mut group = Vec::new();
        let taken = waiting
            .lock()
            .await
            .recv_many(&mut group, LARGEST_GROUP)
            .await;
        if taken == 0 {
            return;
        }
        settle(&link, group).await;
    }
}

async fn settle(link: &Link, group: Vec<Waiting>) {
    let mut left = vec![group];
    let mut collisions = 0;
    while let Some(mut group) = left.pop() {
        let deadline = group
            .iter()
            .map(|waiting| waiting.since)
            .min()
            .unwrap_or_else(Instant::now)
            + PATIENCE;
        let session = match link.session(deadline).await {
            Ok(session) => session,
            Err(error) => {
                for waiting in group {
                    waiting.tell(Err(error.clone().into()));
                }
                continue;
            }
        };
        let batches: Vec<_> = group.iter().map(|waiting| &waiting.batch).collect();
        match attempt(&session, &steps(&batches)).await {
            Attempt::Committed => {
                link.grow(group.len());
                for waiting in group {
                    waiting.tell(Ok(()));
                }
            }
            Attempt::NotSent => {
                link.discard(&session);
                left.push(group);
            }
            Attempt::Unknown(error) => {
                link.discard(&session);
                for waiting in group {
                    let outcome = resolve(link, &waiting.batch, &error).await;
                    waiting.tell(outcome);
                }
            }
            Attempt::Collided(_) if group.len() == 1 && collisions < MOST_COLLISIONS => {
                collisions += 1;
                left.push(group);
            }
            Attempt::Refused(error) if group.len() == 1 => {
                for waiting in group.drain(..) {
                    waiting.tell(Err(clone(&error)));
                }
            }
            Attempt::Collided(error) if group.len() == 1 => {
                for waiting in group.drain(..) {
                    waiting.tell(Err(error.clone().into()));
                }
            }
            Attempt::Refused(_) | Attempt::Collided(_) => {
                let second = group.split_off(group.len() / 2);
                left.push(second);
                left.push(group);
            }
        }
    }
}

fn clone(error: &CommitError) -> CommitError {
    match error {
        CommitError::Conflict => CommitError::Conflict,
        CommitError::Taken(guard) => CommitError::Taken(*guard),
        CommitError::Failed(error) => CommitError::Failed(error.clone()),
    }
}

/// Runs the steps as one transaction, in one round trip.
pub async fn attempt(session: &Session, steps: &[Step<'_>]) -> Attempt {
    let prepared = match prepare(session, steps).await {
        Ok(prepared) => prepared,
        Err(error) if is_lost(&error) => return Attempt::NotSent,
        Err(error) => return Attempt::Refused(CommitError::Failed(failure(&error))),
    };
    let mut statements = Vec::with_capacity(steps.len() + 2);
    statements.push((prepared.begin, vec![]));
    for (step, (statement, columns)) in steps.iter().zip(&prepared.steps) {
        statements.push((statement.clone(), step.parameters(columns)));
    }
    statements.push((prepared.commit, vec![]));
    let Ok(answers) = tokio::time::timeout(LONGEST, session.run(statements)).await else {
        return Attempt::Unknown(StoreError::Unavailable("no answer to a commit".into()));
    };
    metrics::counter!("selfsame_store_commits_total").increment(1);
    let guards = std::iter::once(None)
        .chain(steps.iter().map(|step| step.guard))
        .chain([None]);
    for (answer, guard) in answers.into_iter().zip(guards) {
        match answer {
            Ok(_) => {}
            Err(error) if is_consequence(&error) => {}
            Err(error) if is_lost(&error) => return Attempt::Unknown(failure(&error)),
            Err(error) if is_collision(&error) => return Attempt::Collided(failure(&error)),
            Err(error) => return Attempt::Refused(refusal(&error, guard)),
        }
    }
    Attempt::Committed
}

struct Prepared<'a> {
    begin: tokio_postgres::Statement,
    commit: tokio_postgres::Statement,
    steps: Vec<(tokio_postgres::Statement, Vec<super::value::Column<'a>>)>,
}

async fn prepare<'a>(session: &Session, steps: &[Step<'a>]) -> Result<Prepared<'a>, Error> {
    let begin = session.prepare("BEGIN").await?;
    let commit = session.prepare("COMMIT").await?;
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        prepared.push(step.prepare(session).await?);
    }
    Ok(Prepared {
        begin,
        commit,
        steps: prepared,
    })
}
