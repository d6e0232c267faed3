//! The embedded store.

use selfsame_store::Store;
use tempfile::TempDir;

/// Where one test keeps its store.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    #[allow(
        clippy::unused_async,
        reason = "opening the other engine's store waits"
    )]
    pub async fn open(&self) -> Store {
        Store::open_sqlite(&self.0.path().join("store.db")).expect("a store")
    }
}
