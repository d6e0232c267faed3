//! Letting go of deliveries that are old (W79, W90).

use selfsame_store::{Ask, Batch};

use crate::{Failure, Service};

const KEPT_SECONDS: i64 = 30 * 86_400;
const MOST_AT_ONCE: u32 = 500;

impl Service {
    /// Those of every webhook, archived ones too, a few at a time. No delivery is older than its event, so only those of
    /// events that are old are looked at.
    pub(crate) async fn prune_deliveries(&self) -> Result<(), Failure> {
        let old = self.now().plus_seconds(-KEPT_SECONDS);
        for (environment, webhook) in self.store().ask(Ask::every_webhook()).await? {
            let ask = Ask::first_sequence_since(&environment, old);
            let end = self.store().ask(ask).await?.unwrap_or(i64::MAX);
            let mut begin = 0;
            while let Some(last) = self
                .store()
                .oldest_deliveries(&environment, &webhook, old, &(begin..end), MOST_AT_ONCE)
                .await?
            {
                let mut batch = Batch::new();
                batch.prune_deliveries(&environment, &webhook, &(begin..last + 1), old);
                self.commit_unconditionally(batch).await?;
                begin = last + 1;
            }
        }
        Ok(())
    }
}
