//! The number that tells servers whether what they keep in memory is still so.

use selfsame_domain::id::EnvironmentId;

use crate::row::id;
use crate::{Ask, Batch, Query, Row, Store, StoreError};

impl Store {
    /// Grows with every change of keys, environments, account types, templates and webhooks, by whatever process.
    pub async fn configuration_version(&self) -> Result<i64, StoreError> {
        self.ask(Ask::configuration_version()).await
    }
}

impl Ask<i64> {
    pub fn configuration_version() -> Self {
        let sql = "SELECT version FROM configuration WHERE id = 1";
        Ask::find(Query::new(sql, vec![]), Row::integer).try_map(|found| found.ok_or_else(missing))
    }
}

/// What a request with an idempotency key wants to know before it does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub configuration_version: i64,
    /// The key has its first answer.
    pub is_answered: bool,
}

impl Standing {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            configuration_version: row.integer()?,
            is_answered: row.boolean()?,
        })
    }
}

impl Ask<Standing> {
    pub fn standing(environment: &EnvironmentId, key: &str) -> Self {
        let sql = standing(1);
        Ask::find(
            Query::new(sql, vec![id(environment), key.into()]),
            Standing::read,
        )
        .try_map(|found| found.ok_or_else(missing))
    }
}

/// `first`: the number of the first of its two values.
fn standing(first: usize) -> String {
    let second = first + 1;
    format!(
        "SELECT version, EXISTS (SELECT 1 FROM idempotency_keys WHERE environment_id = ${first} AND key = ${second}) \
         AS is_answered FROM configuration WHERE id = 1"
    )
}

impl<T: 'static> Ask<T> {
    /// Joined with [`Ask::configuration_version`], in one statement where that can be. `None`: nothing was found, and
    /// so there was no row to tell the version with.
    pub fn with_configuration_version(self) -> Ask<(Option<i64>, T)> {
        let wrap = |sql: &str, _| {
            let sql = format!(
                "SELECT (SELECT version FROM configuration WHERE id = 1), q.* FROM ({sql}) q"
            );
            (sql, Vec::new())
        };
        match self.wrapped(wrap, |row| Ok((row.integer()?, true))) {
            Ok(ask) => ask,
            Err(ask) => Ask::configuration_version()
                .and(ask)
                .map(|(version, found)| (Some(version), found)),
        }
    }

    /// Joined with [`Ask::standing`], in one statement where that can be. The order of rows is not kept.
    pub fn with_standing(self, environment: &EnvironmentId, key: &str) -> Ask<(Standing, T)> {
        let wrap = |sql: &str, values: usize| {
            let standing = standing(values + 1);
            let sql = format!(
                "SELECT s.version, s.is_answered, q.* FROM ({standing}) s \
                 LEFT JOIN (SELECT 1 AS is_there, r.* FROM ({sql}) r) q ON TRUE"
            );
            (sql, vec![id(environment), key.into()])
        };
        let front = |row: &mut Row| {
            let standing = Standing::read(row)?;
            Ok((standing, row.optional_integer()?.is_some()))
        };
        match self.wrapped(wrap, front) {
            Ok(ask) => ask.try_map(|(told, found)| Ok((told.ok_or_else(missing)?, found))),
            Err(ask) => Ask::standing(environment, key).and(ask),
        }
    }
}

fn missing() -> StoreError {
    StoreError::Corrupt("the configuration's version is missing".into())
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
