//! API logs: many in a row, and let go of by age. Rows lie in the order of the age of their youngest log, and a log is
//! found by its id through the time that is in it.

mod page;
mod segment;

use selfsame_domain::Timestamp;
use selfsame_domain::api_log::ApiLog;
use selfsame_domain::id::{EnvironmentId, Id as _, RequestId, minted_between};

use crate::row::id;
use crate::sql::{Cursor, Insert};
use crate::{Ask, Batch, Query, Row, Store, StoreError};

pub use page::ApiLogPage;
pub use segment::{ApiLogSegment, StoredSegment};

pub(crate) static INSERT: Insert = Insert::ordered(
    "api_log_segments",
    &[
        "environment_id",
        "last_at",
        "last_id",
        "first_at",
        "entries",
    ],
    2,
);
const SELECT: &str = "SELECT last_at, last_id, entries FROM api_log_segments";

impl Ask<Option<ApiLog>> {
    /// `since`: older ones are as good as gone (L3).
    pub fn api_log(environment: &EnvironmentId, request: &RequestId, since: Timestamp) -> Self {
        let never = (Timestamp::from_millis(0), Timestamp::from_millis(0));
        let (first, last) = minted_between(request.as_str()).unwrap_or(never);
        let sql = format!(
            "{SELECT} WHERE environment_id = $1 AND last_at BETWEEN $2 AND $3 AND first_at <= $4"
        );
        let reach = last.millis() + segment::LONGEST_MILLIS;
        let values = vec![id(environment), first.into(), reach.into(), last.into()];
        let (environment, request) = (environment.clone(), request.clone());
        Ask::all(Query::new(sql, values), segment::stored).try_map(move |segments| {
            segments
                .into_iter()
                .flat_map(|segment| segment.logs)
                .find(|log| log.id == request && log.created_at >= since)
                .map(|log| log.read(&environment))
                .transpose()
        })
    }
}

impl Store {
    pub async fn api_log_cursor(
        &self,
        environment: &EnvironmentId,
        request: &str,
        since: Timestamp,
    ) -> Result<Option<Cursor>, StoreError> {
        let request = RequestId::from_trusted(request.to_owned());
        let found = self.ask(Ask::api_log(environment, &request, since)).await?;
        Ok(found.map(|log| Cursor {
            created_at: log.created_at.millis(),
            ordinal: 0,
            id: log.id.to_string(),
        }))
    }

    /// Of the segments of the environment that hold nothing younger, so many of the oldest: when the youngest log in them
    /// was made. `None`: there are none.
    pub async fn oldest_api_logs(
        &self,
        environment: &EnvironmentId,
        older_than: Timestamp,
        most: u32,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(last_at) FROM (SELECT last_at FROM api_log_segments WHERE environment_id = $1 \
                   AND last_at < $2 ORDER BY last_at LIMIT $3) oldest";
        let values = vec![id(environment), older_than.into(), i64::from(most).into()];
        let found = self
            .find(Query::new(sql, values), Row::optional_time)
            .await?;
        Ok(found.flatten())
    }
}

impl Batch {
    pub fn insert_api_logs(&mut self, segment: ApiLogSegment) {
        self.insert(
            &INSERT,
            vec![
                id(&segment.environment_id),
                segment.last_at.into(),
                id(&segment.last_id),
                segment.first_at.into(),
                segment.entries.into(),
            ],
        );
    }

    /// Segments that hold nothing younger than this moment.
    pub fn prune_api_logs(&mut self, environment: &EnvironmentId, up_to: Timestamp) {
        self.push(
            "DELETE FROM api_log_segments WHERE environment_id = $1 AND last_at <= $2",
            vec![id(environment), up_to.into()],
        );
    }
}
