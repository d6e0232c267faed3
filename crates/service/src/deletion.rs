//! Keeping pictures, and letting go of them for good: whatever a sudden end leaves behind, no picture stays that no row
//! names.
//!
//! The store has a list of the pictures that no row names. A new one is put on it before its bytes are written, and
//! taken from it by the change that names it; one that is let go of is put on it by the change that does so. Usually the
//! list is empty a moment later; what a crash or a failing disk left on it the sweep brings forward.

use std::sync::Arc;

use selfsame_domain::id::EnvironmentId;
use selfsame_store::Batch;

use crate::{BlobError, Failure, Service};

/// No request takes this long, in whichever process: a picture that no row names by then was cut short.
pub(crate) const LONGEST_REQUEST_SECONDS: i64 = 86_400;
/// Between two attempts at a picture that cannot be deleted, and so between two words about it.
const RETRY_SECONDS: i64 = 600;
const MOST_AT_ONCE: u32 = 500;

impl Service {
    /// Returns once the bytes are durable. The batch with the row that names them must say so, with
    /// [`Batch::name_blob`]; if none does within a day, they are deleted.
    pub(crate) async fn put_blob(
        &self,
        environment: &EnvironmentId,
        key: String,
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        let mut batch = Batch::new();
        let due_at = self.now().plus_seconds(LONGEST_REQUEST_SECONDS);
        batch.announce_blob(environment, &key, due_at);
        self.commit_unconditionally(batch).await?;
        let blobs = Arc::clone(&self.inner.blobs);
        tokio::task::spawn_blocking(move || blobs.put(&key, &bytes))
            .await
            .map_err(|error| {
                Failure::Internal(format!("keeping a picture was interrupted: {error}"))
            })??;
        Ok(())
    }

    /// Deletes pictures that no row names, now that this is committed. What does not succeed the sweep tries again.
    pub(crate) async fn delete_blobs(&self, environment: &EnvironmentId, keys: Vec<String>) {
        if keys.is_empty() {
            return;
        }
        let listed: Vec<_> = keys
            .into_iter()
            .map(|key| (environment.clone(), key))
            .collect();
        if let Err(error) = self.delete_listed(listed).await {
            tracing::warn!(%error, "pictures that were let go of are left to the sweep");
        }
    }

    /// Brings forward what is due on the list. Two processes may do so at once: deleting twice is deleting once.
    pub(crate) async fn sweep_blobs(&self) -> Result<(), Failure> {
        loop {
            let listed = self
                .store()
                .list_blobs_to_delete(self.now(), MOST_AT_ONCE)
                .await?;
            let is_all = listed.len() < MOST_AT_ONCE as usize;
            if !listed.is_empty() {
                self.delete_listed(listed).await?;
            }
            if is_all {
                return Ok(());
            }
        }
    }

    /// Each picture is gone from the list once it is durably gone; one that cannot be deleted has to wait.
    async fn delete_listed(&self, listed: Vec<(EnvironmentId, String)>) -> Result<(), Failure> {
        let blobs = Arc::clone(&self.inner.blobs);
        let keys: Vec<String> = listed.iter().map(|(_, key)| key.clone()).collect();
        let failed = tokio::task::spawn_blocking(move || blobs.delete(&keys))
            .await
            .map_err(|error| {
                Failure::Internal(format!("deleting pictures was interrupted: {error}"))
            })?;
        tell(&failed);
        let later = self.now().plus_seconds(RETRY_SECONDS);
        let mut batch = Batch::new();
        for (environment, key) in &listed {
            if failed.iter().any(|(stays, _)| stays == key) {
                batch.postpone_blob(environment, key, later);
            } else {
                batch.forget_blob(environment, key);
            }
        }
        self.commit_unconditionally(batch).await
    }
}

/// One line, however many they are.
fn tell(failed: &[(String, BlobError)]) {
    if let Some((_, error)) = failed.first() {
        tracing::error!(
            pictures = failed.len(),
            %error,
            "pictures that were let go of cannot be deleted; trying again in ten minutes"
        );
    }
}
