//! The sweep: brings what is due although nobody asks (B178), deletes what was let go of, writes when keys were last used
//! (K16), and lets old answers go.

use std::sync::Arc;

use selfsame_store::Batch;

use crate::{Actor, Caller, Failure, Service};

const MOST_AT_ONCE: u32 = 100;
const MOST_PRUNED_AT_ONCE: u32 = 500;
/// Answers of idempotent requests live this long (C112).
const ANSWER_SECONDS: i64 = 86_400;

impl Service {
    /// One pass; returns how many inquiries it brought forward. Two processes may sweep at once: whoever comes
    /// second finds nothing to do.
    pub async fn sweep(&self) -> Result<usize, Failure> {
        let due = self
            .store()
            .list_due_inquiries(self.now(), MOST_AT_ONCE)
            .await?;
        let mut done = 0;
        for (environment_id, inquiry_id) in due {
            let Some(environment) = self.find_environment(&environment_id).await? else {
                continue;
            };
            let caller = Caller::new(environment, Actor::System);
            match self.settle_inquiry(&caller, &inquiry_id).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::error!(%error, inquiry = %inquiry_id, "the sweep could not bring an inquiry forward");
                }
            }
        }
        self.sweep_blobs().await?;
        self.write_key_uses().await;
        Ok(done)
    }

    /// Lets go of old answers, deliveries, API logs and events, a few at a time, so that nobody waits for it.
    pub async fn prune(&self) -> Result<(), Failure> {
        let old = self.now().plus_seconds(-ANSWER_SECONDS);
        while let Some(up_to) = self
            .store()
            .oldest_answers(old, MOST_PRUNED_AT_ONCE)
            .await?
        {
            let mut batch = Batch::new();
            batch.prune_answers(up_to);
            self.commit_unconditionally(batch).await?;
        }
        self.prune_deliveries().await?;
        self.prune_api_logs().await?;
        self.prune_events().await
    }

    /// Lets go of pictures whose upload was cut short while they were written.
    pub async fn tidy_blobs(&self) -> Result<(), Failure> {
        let blobs = Arc::clone(&self.inner.blobs);
        let gone = tokio::task::spawn_blocking(move || blobs.tidy())
            .await
            .map_err(|error| Failure::Internal(format!("tidying was interrupted: {error}")))??;
        if gone > 0 {
            tracing::info!(gone, "pictures whose upload was cut short are gone");
        }
        Ok(())
    }
}
