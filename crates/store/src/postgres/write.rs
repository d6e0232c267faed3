//! Writing: each writer takes whatever waits and commits it together. A group that fails is halved until the one that
//! cannot be committed stands alone; nobody else is harmed by it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::PATIENCE;
use super::error::{is_collision, refusal};
use super::group::steps;
use super::link::Link;
use super::resolve::resolve;
use super::transaction::{self, Outcome};
use crate::{Batch, CommitError};

/// The longest group; bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;
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
        let outcome = {
            let batches: Vec<_> = group.iter().map(|waiting| &waiting.batch).collect();
            transaction::run(&session, &steps(&batches)).await
        };
        match outcome {
            Outcome::Committed => {
                link.grow(group.len());
                for waiting in group {
                    waiting.tell(Ok(()));
                }
            }
            Outcome::NotSent => {
                link.discard(&session);
                left.push(group);
            }
            Outcome::Unknown(error) => {
                link.discard(&session);
                for waiting in group {
                    let outcome = resolve(link, &waiting.batch, &error).await;
                    waiting.tell(outcome);
                }
            }
            Outcome::Refused(_) if group.len() > 1 => {
                let second = group.split_off(group.len() / 2);
                left.push(second);
                left.push(group);
            }
            Outcome::Refused(refused)
                if is_collision(&refused.error) && collisions < MOST_COLLISIONS =>
            {
                collisions += 1;
                left.push(group);
            }
            Outcome::Refused(refused) => {
                for waiting in group {
                    waiting.tell(Err(refusal(&refused.error, refused.guard)));
                }
            }
        }
    }
}
