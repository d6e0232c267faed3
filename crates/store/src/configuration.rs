//! The number that tells servers whether what they keep in memory is still so.

use crate::{Batch, Query, Row, Store, StoreError};

impl Store {
    /// Grows with every change of keys, environments, account types and templates, by whatever process.
    pub async fn configuration_version(&self) -> Result<i64, StoreError> {
        let found = self.find(configuration_version(), Row::integer).await?;
        found.ok_or_else(|| StoreError::Corrupt("the configuration's version is missing".into()))
    }
}

pub(crate) fn configuration_version() -> Query {
    Query::new("SELECT version FROM configuration WHERE id = 1", vec![])
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
