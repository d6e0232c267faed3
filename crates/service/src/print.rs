//! What goes onto paper beside the document (B289): photos.

use std::sync::Arc;

use selfsame_domain::id::InquiryId;
use selfsame_domain::verification::UploadedFile;

use crate::{Caller, Failure, Service};

impl Service {
    /// The photos of an inquiry that became part of a document or verification, oldest first.
    pub async fn photos_of_inquiry(
        &self,
        caller: &Caller,
        inquiry: &InquiryId,
    ) -> Result<Vec<UploadedFile>, Failure> {
        let environment = &caller.environment.id;
        let files = self.store().list_files(environment, inquiry).await?;
        let submitted = files.into_iter().filter(|file| file.owner_id.is_some());
        Ok(submitted.collect())
    }

    /// The bytes of a photo, as they were kept.
    pub async fn read_photo(&self, file: &UploadedFile) -> Result<Vec<u8>, Failure> {
        let blobs = Arc::clone(&self.inner.blobs);
        let key = file.blob_key.clone();
        let read = tokio::task::spawn_blocking(move || blobs.get(&key)).await;
        Ok(read.map_err(|error| Failure::Internal(error.to_string()))??)
    }
}
