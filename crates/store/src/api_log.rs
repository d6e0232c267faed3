//! API logs: many small rows, written side by side and let go of by age. They lie in the order of their age, and one is
//! found by its id through the time that is in it.

use selfsame_domain::Timestamp;
use selfsame_domain::api_log::ApiLog;
use selfsame_domain::id::{EnvironmentId, Id as _, RequestId, minted_between};

use crate::row::{id, packed_json};
use crate::sql::{Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError};

pub(crate) static INSERT: Insert = Insert::ordered(
    "api_logs",
    &["environment_id", "created_at", "id", "entry"],
    2,
);
const SELECT: &str = "SELECT environment_id, created_at, id, entry FROM api_logs";

fn api_log(row: &mut Row) -> Result<ApiLog, StoreError> {
    Ok(ApiLog {
        environment_id: row.id()?,
        created_at: row.time()?,
        id: row.id()?,
        entry: row.packed_json()?,
    })
}

impl Ask<Option<ApiLog>> {
    pub fn api_log(environment: &EnvironmentId, request: &RequestId) -> Self {
        let never = (Timestamp::from_millis(0), Timestamp::from_millis(0));
        let (first, last) = minted_between(request.as_str()).unwrap_or(never);
        let sql = format!(
            "{SELECT} WHERE environment_id = $1 AND created_at BETWEEN $2 AND $3 AND id = $4"
        );
        let values = vec![id(environment), first.into(), last.into(), id(request)];
        Ask::find(Query::new(sql, values), api_log)
    }
}

impl Ask<Page<ApiLog>> {
    pub fn api_logs(environment: &EnvironmentId, slice: &Slice, size: u32) -> Self {
        let conditions = Conditions::new("environment_id", id(environment));
        let (sql, values) = conditions.page(SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), api_log, slice, size)
    }
}

impl Store {
    pub async fn api_log_cursor(
        &self,
        environment: &EnvironmentId,
        request: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let request = RequestId::from_trusted(request.to_owned());
        let found = self.ask(Ask::api_log(environment, &request)).await?;
        Ok(found.map(|log| Cursor {
            created_at: log.created_at.millis(),
            ordinal: 0,
            id: log.id.to_string(),
        }))
    }

    /// The age of the youngest among the so many oldest logs of the environment that are older than this; `None`: there
    /// are none.
    pub async fn oldest_api_logs(
        &self,
        environment: &EnvironmentId,
        older_than: Timestamp,
        most: u32,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(created_at) FROM (SELECT created_at FROM api_logs WHERE environment_id = $1 \
                   AND created_at < $2 ORDER BY created_at LIMIT $3) oldest";
        let values = vec![id(environment), older_than.into(), i64::from(most).into()];
        let found = self
            .find(Query::new(sql, values), Row::optional_time)
            .await?;
        Ok(found.flatten())
    }
}

impl Batch {
    pub fn insert_api_log(&mut self, log: &ApiLog) {
        self.insert(
            &INSERT,
            vec![
                id(&log.environment_id),
                log.created_at.into(),
                id(&log.id),
                packed_json(&log.entry),
            ],
        );
    }

    /// Those of this moment and all before it.
    pub fn prune_api_logs(&mut self, environment: &EnvironmentId, up_to: Timestamp) {
        self.push(
            "DELETE FROM api_logs WHERE environment_id = $1 AND created_at <= $2",
            vec![id(environment), up_to.into()],
        );
    }
}
