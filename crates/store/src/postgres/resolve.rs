//! A commit whose answer was lost. Whether it happened is found out by the ids it would have written, never guessed.
//!
//! The batch is run once more with one of its own new rows first, an event if it has any. If that row is there, the
//! first attempt has committed; if a transaction that may still be running holds it, the database makes us wait for its
//! end; and once we have committed it ourselves, the first attempt cannot any more. So it happens exactly once.

use std::time::{Duration, Instant};

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::error::{is_collision, refusal};
use super::group::one;
use super::link::Link;
use super::session::Session;
use super::transaction::{self, Outcome};
use crate::batch::{Action, Expect, Statement};
use crate::{Batch, CommitError, StoreError};

/// Beyond this the caller is told that the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn resolve(link: &Link, batch: &Batch, lost: &StoreError) -> Result<(), CommitError> {
    let deadline = Instant::now() + PATIENCE;
    let Some(order) = order(batch) else {
        return Err(unknown(lost));
    };
    while let Ok(session) = link.session(deadline).await {
        match again(&session, &order).await {
            Again::Settled(outcome) => {
                tracing::warn!(
                    committed = outcome.is_ok(),
                    "a commit whose answer was lost is settled"
                );
                return outcome;
            }
            Again::Later => {}
            Again::Lost => link.discard(&session),
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    Err(unknown(lost))
}

fn unknown(lost: &StoreError) -> CommitError {
    let reason =
        format!("the connection was lost during a commit, whose outcome is unknown: {lost}");
    StoreError::Unavailable(reason).into()
}

/// The batch's statements, the telling one first. `None`: it has none, and doing it twice is not doing it once.
fn order(batch: &Batch) -> Option<(Vec<&Statement>, bool)> {
    let is_own = |statement: &&Statement| {
        statement.guard.is_none() && matches!(statement.action, Action::Insert(_))
    };
    let is_event = |statement: &&Statement| matches!(statement.action, Action::Insert(insert) if insert.table == "events");
    let statements = &batch.statements;
    if let Some(place) = statements.iter().position(|statement| is_event(&statement)) {
        // Events refer to nothing, so theirs may come before what they tell of.
        let rest = statements.iter().enumerate().filter(|(at, _)| *at != place);
        let order = std::iter::once(&statements[place]).chain(rest.map(|(_, statement)| statement));
        return Some((order.collect(), true));
    }
    let all: Vec<_> = statements.iter().collect();
    let first_is_own = statements.first().is_some_and(|first| is_own(&first));
    let repeatable = statements.iter().all(|statement| {
        statement.guard.is_some() || matches!(statement.action, Action::Text(_, Expect::Any))
    });
    (first_is_own || repeatable).then_some((all, first_is_own))
}

enum Again {
    Settled(Result<(), CommitError>),
    /// Something stands in the way that will go away.
    Later,
    Lost,
}

async fn again(session: &Session, (statements, tells): &(Vec<&Statement>, bool)) -> Again {
    let steps: Vec<_> = statements.iter().map(|statement| one(statement)).collect();
    match transaction::run(session, &steps).await {
        Outcome::Committed => Again::Settled(Ok(())),
        Outcome::NotSent | Outcome::Unknown(_) => Again::Lost,
        Outcome::Refused(refused)
            if *tells && refused.place == Some(0) && is_own_key(&refused.error) =>
        {
            Again::Settled(Ok(()))
        }
        Outcome::Refused(refused) if is_in_the_way(&refused.error) => Again::Later,
        Outcome::Refused(refused) => Again::Settled(Err(refusal(&refused.error, refused.guard))),
    }
}

/// The row is there under its own id, and not merely another with a value that must be unique.
fn is_own_key(error: &Error) -> bool {
    let constraint = error.as_db_error().and_then(DbError::constraint);
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
        && constraint.is_some_and(|name| name.ends_with("_pkey"))
}

fn is_in_the_way(error: &Error) -> bool {
    is_collision(error)
        || error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
        || error.code() == Some(&SqlState::QUERY_CANCELED)
}
