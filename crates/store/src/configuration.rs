//! The number that tells servers whether what they keep in memory is still so.

use crate::{Ask, Batch, Query, Row, Store, StoreError};

impl Store {
    /// Grows with every change of keys, environments, account types and templates, by whatever process.
    pub async fn configuration_version(&self) -> Result<i64, StoreError> {
        self.ask(Ask::configuration_version()).await
    }
}

impl Ask<i64> {
    pub fn configuration_version() -> Self {
        let sql = "SELECT version FROM configuration WHERE id = 1";
        Ask::find(Query::new(sql, vec![]), Row::integer).try_map(|found| {
            found
                .ok_or_else(|| StoreError::Corrupt("the configuration's version is missing".into()))
        })
    }
}

impl Batch {
    /// Called once, last: a row that everybody counts up is held for as short as can be.
    pub(crate) fn count_configuration(&mut self) {
        if std::mem::take(&mut self.configures) {
            self.push_one(
                "UPDATE configuration SET version = version + 1 WHERE id = 1",
                vec![],
            );
        }
    }
}
