//! A file on its way in: never whole in memory, durable before anything names it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_domain::Refusal;
use selfsame_domain::id::{EnvironmentId, FileId, Id};
use selfsame_store::Batch;
use sha2::{Digest as _, Sha256};

use super::read::POINTER;
use crate::blob::BlobWriter;
use crate::deletion::LONGEST_REQUEST_SECONDS;
use crate::{Failure, Service};

/// So much is gathered before it is written.
const PIECE: usize = 262_144;

/// A file that is being received.
pub struct Receiving {
    environment: EnvironmentId,
    key: String,
    limit: u64,
    received: u64,
    hash: Sha256,
    gathered: Vec<u8>,
    writer: Option<Box<dyn BlobWriter>>,
}

/// A file that was received and is durable. Unless a row names it, it is deleted within a day; [`Service::drop_upload`]
/// does so at once.
#[derive(Debug)]
pub struct Upload {
    environment: EnvironmentId,
    key: String,
    sha256: Vec<u8>,
    may_be_named: AtomicBool,
}

impl Service {
    /// M4: for a file of at most so many bytes as the operator allows.
    pub async fn receive_import(&self, environment: &EnvironmentId) -> Result<Receiving, Failure> {
        let now = self.now();
        let id = FileId::mint(&mut self.entropy(), now);
        let key = format!("{environment}/{id}");
        let mut batch = Batch::new();
        batch.announce_blob(environment, &key, now.plus_seconds(LONGEST_REQUEST_SECONDS));
        self.commit_unconditionally(batch).await?;
        let (blobs, own) = (Arc::clone(&self.inner.blobs), key.clone());
        let writer = blocking(move || Ok(blobs.write(&own)?)).await?;
        Ok(Receiving {
            environment: environment.clone(),
            key,
            limit: self.options().imports.max_bytes,
            received: 0,
            hash: Sha256::new(),
            gathered: Vec::new(),
            writer: Some(writer),
        })
    }

    /// A file that came in base64.
    pub async fn receive_base64_import(
        &self,
        environment: &EnvironmentId,
        text: &str,
    ) -> Result<Upload, Failure> {
        let bytes = STANDARD.decode(text.trim_ascii()).map_err(|_| {
            Refusal::unprocessable("data.attributes.file.data must be base64", POINTER)
        })?;
        let mut receiving = self.receive_import(environment).await?;
        receiving.take(&bytes).await?;
        receiving.finish().await
    }

    /// Deletes a file that no row came to name.
    pub async fn drop_upload(&self, upload: &Upload) {
        if !upload.may_be_named.load(Ordering::Relaxed) {
            self.delete_blobs(&upload.environment, vec![upload.key.clone()])
                .await;
        }
    }
}

impl Receiving {
    /// The next bytes; 413 where they are too many.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.received += bytes.len() as u64;
        if self.received > self.limit {
            let details = format!("The file is larger than {} bytes", self.limit);
            return Err(Refusal::too_large(details).into());
        }
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Failure> {
        let Some(mut writer) = self.writer.take() else {
            return Ok(());
        };
        let piece = std::mem::take(&mut self.gathered);
        let mut hash = std::mem::take(&mut self.hash);
        let (writer, hash) = blocking(move || {
            hash.update(&piece);
            writer.write(&piece)?;
            Ok((writer, hash))
        })
        .await?;
        (self.writer, self.hash) = (Some(writer), hash);
        Ok(())
    }

    /// Returns once the file is durable.
    pub async fn finish(mut self) -> Result<Upload, Failure> {
        self.write().await?;
        if let Some(writer) = self.writer.take() {
            blocking(move || Ok(writer.finish()?)).await?;
        }
        Ok(Upload {
            environment: self.environment,
            key: self.key,
            sha256: self.hash.finalize().to_vec(),
            may_be_named: AtomicBool::new(false),
        })
    }
}

impl Upload {
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Of the contents: two requests that send the same file are the same request.
    pub fn sha256(&self) -> &[u8] {
        &self.sha256
    }

    pub(super) fn may_be_named(&self, may_be: bool) {
        self.may_be_named.store(may_be, Ordering::Relaxed);
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::Internal(format!("a file was left half done: {error}")))?
}
