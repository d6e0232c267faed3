//! User audit logs: written with the change they tell of, never changed.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::id::{EnvironmentId, UserAuditLogId};
use selfsame_domain::user_audit_log::UserAuditLog;

use crate::row::{id, json};
use crate::sql::{self, Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError};

const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "user_id",
    "session_id",
    "created_at",
    "entry",
];

pub(crate) static INSERT: Insert = Insert::new("user_audit_logs", COLUMNS);
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM user_audit_logs", COLUMNS.join(", ")));

fn user_audit_log(row: &mut Row) -> Result<UserAuditLog, StoreError> {
    Ok(UserAuditLog {
        environment_id: row.id()?,
        id: row.id()?,
        user_id: row.id()?,
        session_id: row.id()?,
        created_at: row.time()?,
        entry: row.json()?,
    })
}

impl Ask<Option<UserAuditLog>> {
    pub fn user_audit_log(environment: &EnvironmentId, log: &UserAuditLogId) -> Self {
        let sql = format!("{} WHERE environment_id = $1 AND id = $2", *SELECT);
        Ask::find(
            Query::new(sql, vec![id(environment), id(log)]),
            user_audit_log,
        )
    }
}

impl Ask<Page<UserAuditLog>> {
    /// Those that are no older than that.
    pub fn user_audit_logs(
        environment: &EnvironmentId,
        since: Timestamp,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("created_at >= ?", since);
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), user_audit_log, slice, size)
    }
}

impl Store {
    pub async fn user_audit_log_cursor(
        &self,
        environment: &EnvironmentId,
        log: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql =
            "SELECT created_at, id FROM user_audit_logs WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), log.into()]),
            sql::cursor,
        )
        .await
    }
}

impl Batch {
    pub fn insert_user_audit_log(&mut self, log: &UserAuditLog) {
        self.insert(
            &INSERT,
            vec![
                id(&log.environment_id),
                id(&log.id),
                id(&log.user_id),
                id(&log.session_id),
                log.created_at.into(),
                json(&log.entry),
            ],
        );
    }
}
