//! First answers of requests that carry an `Idempotency-Key`.

use selfsame_domain::Timestamp;
use selfsame_domain::id::EnvironmentId;

use crate::row::id;
use crate::sql::Insert;
use crate::{Ask, Batch, Guard, Query, Row, Store, StoreError};

pub(crate) static INSERT: Insert = Insert::new(
    "idempotency_keys",
    &[
        "environment_id",
        "key",
        "fingerprint",
        "status",
        "body",
        "created_at",
    ],
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    pub environment_id: EnvironmentId,
    pub key: String,
    /// Of method, path, query and body; a reuse with other parameters is an error.
    pub fingerprint: Vec<u8>,
    pub status: u16,
    pub body: Vec<u8>,
    pub created_at: Timestamp,
}

impl Store {
    pub async fn find_answer(
        &self,
        environment: &EnvironmentId,
        key: &str,
    ) -> Result<Option<StoredAnswer>, StoreError> {
        self.ask(Ask::answer(environment, key)).await
    }

    /// The age of the youngest among the so many oldest answers that are older than this; `None`: there are none.
    pub async fn oldest_answers(
        &self,
        older_than: Timestamp,
        most: u32,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(created_at) FROM (SELECT created_at FROM idempotency_keys WHERE created_at < $1 \
                   ORDER BY created_at LIMIT $2) oldest";
        let values = vec![older_than.into(), i64::from(most).into()];
        let found = self
            .find(Query::new(sql, values), Row::optional_time)
            .await?;
        Ok(found.flatten())
    }
}

impl Ask<Option<StoredAnswer>> {
    pub fn answer(environment: &EnvironmentId, key: &str) -> Self {
        let sql = "SELECT environment_id, key, fingerprint, status, body, created_at FROM idempotency_keys \
                   WHERE environment_id = $1 AND key = $2";
        Ask::find(Query::new(sql, vec![id(environment), key.into()]), answer)
    }
}

fn answer(row: &mut Row) -> Result<StoredAnswer, StoreError> {
    Ok(StoredAnswer {
        environment_id: row.id()?,
        key: row.text()?,
        fingerprint: row.blob()?,
        status: u16::try_from(row.integer()?).unwrap_or(500),
        body: row.blob()?,
        created_at: row.time()?,
    })
}

impl Batch {
    pub fn insert_answer(&mut self, answer: &StoredAnswer) {
        self.insert_guarded(
            &INSERT,
            vec![
                id(&answer.environment_id),
                answer.key.clone().into(),
                answer.fingerprint.clone().into(),
                i64::from(answer.status).into(),
                answer.body.clone().into(),
                answer.created_at.into(),
            ],
            Guard::Idempotency,
        );
    }

    /// Answers live at least 24 hours; then they may go, those of this moment and all before it.
    pub fn prune_answers(&mut self, up_to: Timestamp) {
        self.push(
            "DELETE FROM idempotency_keys WHERE created_at <= $1",
            vec![up_to.into()],
        );
    }
}
