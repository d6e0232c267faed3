//! Letting go of deliveries that are old (W79).

use selfsame_store::{Ask, Batch};

use crate::{Failure, Service};

const KEPT_SECONDS: i64 = 30 * 86_400;
const MOST_AT_ONCE: u32 = 500;

impl Service {
    /// Those of every webhook, archived ones too, a few at a time.
    pub(crate) async fn prune_deliveries(&self) -> Result<(), Failure> {
        let old = self.now().plus_seconds(-KEPT_SECONDS);
        for (environment, webhook) in self.store().ask(Ask::every_webhook()).await? {
            while let Some(up_to) = self
                .store()
                .oldest_deliveries(&environment, &webhook, old, MOST_AT_ONCE)
                .await?
            {
                let mut batch = Batch::new();
                batch.prune_deliveries(&environment, &webhook, up_to, old);
                self.commit_unconditionally(batch).await?;
            }
        }
        Ok(())
    }
}
