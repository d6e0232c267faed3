//! A commit whose answer was lost. Whether it happened is found out by the ids it would have written, never guessed.
//!
//! The batch is run once more with one of its own new rows first, an event if it has any. If that row is there, the
//! first attempt has committed; if a transaction that may still be running holds it, the database makes us wait for its
//! end; and once we have committed it ourselves, the first attempt cannot any more. So it happens exactly once.

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::error::{failure, is_collision, is_consequence, is_lost, refusal};
use super::group::one;
use super::link::Link;
use super::session::Session;
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
    let mut prepared = Vec::with_capacity(steps.len() + 2);
    let begin_and_commit = (
        session.prepare("BEGIN").await,
        session.prepare("COMMIT").await,
    );
    let (Ok(begin), Ok(commit)) = begin_and_commit else {
        return Again::Lost;
    };
    prepared.push((begin, vec![]));
    for step in &steps {
        match step.prepare(session).await {
            Ok((statement, _)) => prepared.push((statement, step.parameters(&[]))),
            Err(error) if is_lost(&error) => return Again::Lost,
            Err(error) => return Again::Settled(Err(failure(&error).into())),
        }
    }
    prepared.push((commit, vec![]));
    let answers = session.run(prepared).await;
    let guards = std::iter::once(None)
        .chain(steps.iter().map(|step| step.guard))
        .chain([None]);
    for (place, (answer, guard)) in answers.into_iter().zip(guards).enumerate() {
        let Err(error) = answer else { continue };
        if is_consequence(&error) {
            continue;
        }
        if is_lost(&error) {
            return Again::Lost;
        }
        let is_there = *tells && place == 1 && error.code() == Some(&SqlState::UNIQUE_VIOLATION);
        if is_there {
            return Again::Settled(Ok(()));
        }
        let in_the_way = is_collision(&error)
            || error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
            || error.code() == Some(&SqlState::QUERY_CANCELED);
        if in_the_way {
            return Again::Later;
        }
        return Again::Settled(Err(refusal(&error, guard)));
    }
    Again::Settled(Ok(()))
}
