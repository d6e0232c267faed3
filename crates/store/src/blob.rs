//! Pictures that no row names and that are to be deleted, each with the moment from which on it may be.
//!
//! A key is random and is given once. From before its bytes are written until they are gone it is either here or named
//! by one row; it changes sides in the transaction of the row.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::id::EnvironmentId;

use crate::row::id;
use crate::sql::Insert;
use crate::{Batch, Query, Store, StoreError};

pub(crate) static INSERT: Insert =
    Insert::new("blobs_to_delete", &["environment_id", "blob_key", "due_at"]);
static PUT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} ON CONFLICT (environment_id, blob_key) DO UPDATE SET due_at = excluded.due_at",
        INSERT.one()
    )
});
const DELETE: &str = "DELETE FROM blobs_to_delete WHERE environment_id = $1 AND blob_key = $2";

impl Store {
    /// Of any environment, those whose time has come, longest due first.
    pub async fn list_blobs_to_delete(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(EnvironmentId, String)>, StoreError> {
        let sql = "SELECT environment_id, blob_key FROM blobs_to_delete WHERE due_at <= $1 \
                   ORDER BY due_at, environment_id, blob_key LIMIT $2";
        let query = Query::new(sql, vec![now.into(), i64::from(limit).into()]);
        self.all(query, |row| Ok((row.id()?, row.text()?))).await
    }
}

impl Batch {
    /// Before its bytes are written: unless a row names it until then, it is deleted.
    pub fn announce_blob(&mut self, environment: &EnvironmentId, key: &str, due_at: Timestamp) {
        self.insert(&INSERT, vec![id(environment), key.into(), due_at.into()]);
    }

    /// A row of this batch names it. One that was not announced, or was deleted meanwhile, is a conflict.
    pub fn name_blob(&mut self, environment: &EnvironmentId, key: &str) {
        self.push_one(DELETE, vec![id(environment), key.into()]);
    }

    /// No row names it after this batch; it may be deleted from that moment on.
    pub fn let_go_of_blob(&mut self, environment: &EnvironmentId, key: &str, due_at: Timestamp) {
        let values = vec![id(environment), key.into(), due_at.into()];
        self.push(PUT.as_str(), values);
    }

    /// It is gone.
    pub fn forget_blob(&mut self, environment: &EnvironmentId, key: &str) {
        self.push(DELETE, vec![id(environment), key.into()]);
    }

    /// It could not be deleted and is tried again then; nothing where another process has deleted it.
    pub fn postpone_blob(&mut self, environment: &EnvironmentId, key: &str, due_at: Timestamp) {
        self.push(
            "UPDATE blobs_to_delete SET due_at = $3 WHERE environment_id = $1 AND blob_key = $2",
            vec![id(environment), key.into(), due_at.into()],
        );
    }
}
