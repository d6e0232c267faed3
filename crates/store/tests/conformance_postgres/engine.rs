//! PostgreSQL.

use selfsame_cluster::Database;
use selfsame_store::Store;

/// Where one test keeps its store.
pub struct Place(Database);

impl Place {
    pub fn new() -> Self {
        Self(Database::create().expect("a database"))
    }

    pub async fn open(&self) -> Store {
        Store::open_postgres(&self.0.url()).await.expect("a store")
    }
}
