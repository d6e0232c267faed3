//! Letting go of events that are old (E25).

use std::time::Instant;

use selfsame_domain::Timestamp;
use selfsame_domain::id::EnvironmentId;
use selfsame_store::{Ask, Batch};

use crate::{Failure, Service};

const SECONDS_A_DAY: i64 = 86_400;
/// Few enough that a request behind them hardly waits.
const MOST_AT_ONCE: u32 = 200;

impl Service {
    /// Those of every environment, a few at a time. What a lane has still to pass stays, and what a pending delivery needs;
    /// it goes with a later call.
    pub(crate) async fn prune_events(&self) -> Result<(), Failure> {
        let days = i64::from(self.options().event_days);
        let old = self.now().plus_seconds(-days * SECONDS_A_DAY);
        for environment in self.list_environments().await? {
            self.prune_events_of(&environment.id, old).await?;
        }
        Ok(())
    }

    async fn prune_events_of(
        &self,
        environment: &EnvironmentId,
        old: Timestamp,
    ) -> Result<(), Failure> {
        let ask = Ask::first_sequence_since(environment, old).and(Ask::slowest_lane(environment));
        let (young, lane) = self.store().ask(ask).await?;
        // By number as well: of a clock that went wrong there are old events among the young.
        let last = young.map(|first| first - 1).into_iter().chain(lane).min();
        let mut after = None;
        loop {
            let begun = Instant::now();
            let ask = Ask::old_events(environment, old, after.as_ref(), MOST_AT_ONCE);
            let mut found = self.store().ask(ask).await?;
            let Some(furthest) = found.last().cloned() else {
                return Ok(());
            };
            after = Some(furthest);
            found.retain(|event| last.is_none_or(|last| event.sequence <= last));
            if found.is_empty() {
                continue;
            }
            let mut batch = Batch::new();
            batch.prune_events(environment, &found);
            self.commit_unconditionally(batch).await?;
            // Half of the time is for others.
            tokio::time::sleep(begun.elapsed()).await;
        }
    }
}
