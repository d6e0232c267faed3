//! Steps as one transaction, in one round trip.

use std::time::Duration;

use tokio_postgres::{Error, Statement};

use super::error::{failure, is_consequence, is_lost};
use super::group::Step;
use super::session::Session;
use super::value::Column;
use crate::StoreError;
use crate::batch::Guard;

/// A server that has not answered a transaction by then, beyond its own time-outs, is taken for gone.
const LONGEST: Duration = Duration::from_secs(20);

/// How a transaction ended.
pub enum Outcome {
    Committed,
    /// Nothing of it is stored.
    Refused(Refused),
    /// Nothing was sent: the connection was lost before.
    NotSent,
    /// The connection was lost after the transaction was sent: it may be committed, now or in a moment.
    Unknown(StoreError),
}

/// The first step that failed; the others only followed.
pub struct Refused {
    /// Among the steps; `None` for `BEGIN` and `COMMIT`.
    pub place: Option<usize>,
    pub guard: Option<Guard>,
    pub error: Error,
}

pub async fn run(session: &Session, steps: &[Step<'_>]) -> Outcome {
    let prepared = match prepare(session, steps).await {
        Ok(prepared) => prepared,
        Err(refused) if is_lost(&refused.error) => return Outcome::NotSent,
        Err(refused) => return Outcome::Refused(refused),
    };
    let mut statements = Vec::with_capacity(steps.len() + 2);
    statements.push((prepared.begin, vec![]));
    for (step, (statement, columns)) in steps.iter().zip(&prepared.steps) {
        statements.push((statement.clone(), step.parameters(columns)));
    }
    statements.push((prepared.commit, vec![]));
    let Ok(answers) = tokio::time::timeout(LONGEST, session.run(statements)).await else {
        return Outcome::Unknown(StoreError::Unavailable("no answer to a commit".into()));
    };
    let told = answers.into_iter().enumerate().find_map(|(at, answer)| {
        let error = answer.err().filter(|error| !is_consequence(error))?;
        Some(refused(steps, at.checked_sub(1), error))
    });
    match told {
        None => {
            metrics::counter!("selfsame_store_commits_total").increment(1);
            Outcome::Committed
        }
        Some(refused) if is_lost(&refused.error) => Outcome::Unknown(failure(&refused.error)),
        Some(refused) => Outcome::Refused(refused),
    }
}

fn refused(steps: &[Step<'_>], place: Option<usize>, error: Error) -> Refused {
    let place = place.filter(|place| *place < steps.len());
    Refused {
        place,
        guard: place.and_then(|place| steps[place].guard),
        error,
    }
}

struct Prepared<'a> {
    begin: Statement,
    commit: Statement,
    steps: Vec<(Statement, Vec<Column<'a>>)>,
}

async fn prepare<'a>(session: &Session, steps: &[Step<'a>]) -> Result<Prepared<'a>, Refused> {
    let own = |error| refused(steps, None, error);
    let begin = session.prepare("BEGIN").await.map_err(own)?;
    let commit = session.prepare("COMMIT").await.map_err(own)?;
    let mut prepared = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let made = step.prepare(session).await;
        prepared.push(made.map_err(|error| refused(steps, Some(place), error))?);
    }
    Ok(Prepared {
        begin,
        commit,
        steps: prepared,
    })
}
