//! How a use case ends when it does not succeed, and the receipt that makes a request safe to repeat.

use selfsame_domain::{Refusal, Refusals};
use selfsame_store::{StoreError, StoredAnswer};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request cannot be done; nothing was changed.
    #[error("{0}")]
    Refused(Refusals),
    /// The same idempotency key was answered by another request in the meantime; its answer stands.
    #[error("the idempotency key has an answer already")]
    AnsweredMeanwhile,
    /// Keys, account types or templates changed under the request before it did anything; it is to begin again.
    #[error("the configuration changed meanwhile")]
    Outdated,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot keep a file")]
    Blob(#[from] crate::BlobError),
    #[error("{0}")]
    Internal(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Refusals> for Failure {
    fn from(refusals: Refusals) -> Self {
        Self::Refused(refusals)
    }
}

/// Renders the answer of an outcome before it is committed, so that the answer is stored in the same
/// transaction (C106–C113). `None` when the request carries no idempotency key.
pub type Receipt<'a, T> = &'a (dyn Fn(&T) -> Option<StoredAnswer> + Send + Sync);

/// For callers whose requests carry no idempotency key.
pub fn no_receipt<T>(_: &T) -> Option<StoredAnswer> {
    None
}
