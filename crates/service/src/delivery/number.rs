//! Giving events their numbers as soon as they are committed, where their own commit did not (E23).

use std::time::Duration;

use selfsame_store::{Ask, CommitError};
use tokio::sync::watch;

use super::Deliverer;
use crate::Failure;

/// Events that another process left behind are found so.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two rounds: those that come meanwhile share a commit, and a round costs about the same for one and for a hundred.
const PAUSE: Duration = Duration::from_millis(15);
/// Whoever else is at it is done by then.
const AFTER_CONFLICT: Duration = Duration::from_millis(4);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) async fn run(deliverer: Deliverer, mut stopped: watch::Receiver<bool>) {
    let store = deliverer.inner.service.store().clone();
    while !*stopped.borrow() {
        let pause = match all(&deliverer).await {
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "events could not be numbered; trying again");
                AFTER_FAILURE
            }
        };
        let next = async {
            tokio::time::sleep(pause).await;
            tokio::select! {
                () = store.something_happened() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        };
        tokio::select! {
            _ = stopped.changed() => {}
            () = next => {}
        }
    }
}

/// All that wait.
pub(super) async fn all(deliverer: &Deliverer) -> Result<(), Failure> {
    if !deliverer.inner.service.store().is_shared() {
        return look(deliverer).await;
    }
    loop {
        match deliverer.inner.service.store().number_events().await {
            Ok(numbered) => {
                tell(deliverer, numbered.last);
                if !numbered.has_more {
                    return Ok(());
                }
            }
            // It takes ours along, and we may have to take what it did not see.
            Err(CommitError::Conflict) => tokio::time::sleep(AFTER_CONFLICT).await,
            Err(CommitError::Failed(error)) => return Err(error.into()),
            Err(other) => return Err(Failure::Internal(other.to_string())),
        }
    }
}

/// What was numbered, wherever it was.
pub(super) async fn look(deliverer: &Deliverer) -> Result<(), Failure> {
    let counters = deliverer.inner.service.store().ask(Ask::counters()).await?;
    tell(deliverer, counters);
    Ok(())
}

fn tell(deliverer: &Deliverer, counters: Vec<(selfsame_domain::id::EnvironmentId, i64)>) {
    deliverer.inner.numbers.send_if_modified(|numbers| {
        let mut grown = false;
        for (environment, last) in counters {
            let known = numbers.entry(environment).or_default();
            grown |= *known < last;
            *known = last.max(*known);
        }
        grown
    });
}
