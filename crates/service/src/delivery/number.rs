//! Giving events their numbers as soon as they are committed.

use std::time::Duration;

use selfsame_store::{Ask, CommitError};
use tokio::sync::watch;

use super::Deliverer;
use crate::Failure;

/// Events that another process left behind are found so.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two rounds: those that come meanwhile share a commit.
const PAUSE: Duration = Duration::from_millis(4);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) async fn run(deliverer: Deliverer, mut stopped: watch::Receiver<bool>) {
    let store = deliverer.inner.service.store().clone();
    while !*stopped.borrow() {
        if let Err(error) = all(&deliverer).await {
            tracing::warn!(%error, "events could not be numbered; trying again");
            tokio::select! {
                _ = stopped.changed() => {}
                () = tokio::time::sleep(AFTER_FAILURE) => {}
            }
            continue;
        }
        tokio::select! {
            _ = stopped.changed() => {}
            () = store.something_happened() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// All that wait.
pub(super) async fn all(deliverer: &Deliverer) -> Result<(), Failure> {
    loop {
        match deliverer.inner.service.store().number_events().await {
            Ok(numbered) if numbered.count == 0 => return Ok(()),
            Ok(numbered) => tell(deliverer, numbered.last),
            // Somebody else is at it, and takes ours along.
            Err(CommitError::Conflict) => {}
            Err(CommitError::Failed(error)) => return Err(error.into()),
            Err(other) => return Err(Failure::Internal(other.to_string())),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What other servers have numbered.
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
