//! Inquiry sessions and one-time links.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::id::{DeviceId, EnvironmentId, InquiryId, SessionId};
use selfsame_domain::session::{OneTimeLink, Session, SessionStatus};

use crate::row::{id, json, maybe_id};
use crate::sql::{Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Guard, Query, Row, Store, StoreError, Value, sql};

/// With the place among the inquiry's sessions, which is not read back.
const WITH_SLOT: &[&str] = &[
    "environment_id",
    "id",
    "inquiry_id",
    "device_id",
    "status",
    "created_at",
    "started_at",
    "expired_at",
    "expires_at",
    "device",
    "version",
    "slot",
];
const COLUMNS: &[&str] = WITH_SLOT.split_at(WITH_SLOT.len() - 1).0;

static UPDATE: LazyLock<String> =
    LazyLock::new(|| sql::update_versioned("inquiry_sessions", COLUMNS));
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM inquiry_sessions", COLUMNS.join(", ")));
pub(crate) static INSERT: Insert = Insert::new("inquiry_sessions", WITH_SLOT);

fn session(row: &mut Row) -> Result<Session, StoreError> {
    Ok(Session {
        environment_id: row.id()?,
        id: row.id()?,
        inquiry_id: row.id()?,
        device_id: row.optional_id()?,
        status: {
            let status = row.text()?;
            SessionStatus::parse(&status)
                .ok_or_else(|| StoreError::Corrupt(format!("session status {status}")))?
        },
        created_at: row.time()?,
        started_at: row.optional_time()?,
        expired_at: row.optional_time()?,
        expires_at: row.time()?,
        device: row.json()?,
        version: row.integer()?,
    })
}

fn values(session: &Session) -> Vec<Value> {
    vec![
        id(&session.environment_id),
        id(&session.id),
        id(&session.inquiry_id),
        maybe_id(session.device_id.as_ref()),
        session.status.as_str().into(),
        session.created_at.into(),
        session.started_at.into(),
        session.expired_at.into(),
        session.expires_at.into(),
        json(&session.device),
        session.version.into(),
    ]
}

const LINK_COLUMNS: &[&str] = &[
    "environment_id",
    "code_hash",
    "session_id",
    "inquiry_id",
    "code_sealed",
    "created_at",
    "expires_at",
    "redeemed_at",
];

pub(crate) static INSERT_LINK: Insert = Insert::new("one_time_links", LINK_COLUMNS);

fn link(row: &mut Row) -> Result<OneTimeLink, StoreError> {
    Ok(OneTimeLink {
        environment_id: row.id()?,
        code_hash: row.blob()?,
        session_id: row.id()?,
        inquiry_id: row.id()?,
        code_sealed: row.blob()?,
        created_at: row.time()?,
        expires_at: row.time()?,
        redeemed_at: row.optional_time()?,
    })
}

#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    pub inquiry_ids: Option<Vec<String>>,
}

impl Store {
    pub async fn find_session(
        &self,
        environment: &EnvironmentId,
        session_id: &SessionId,
    ) -> Result<Option<Session>, StoreError> {
        self.ask(Ask::session(environment, session_id)).await
    }

    /// For a token, whose environment is only known from its session.
    pub async fn find_session_anywhere(
        &self,
        session_id: &SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let sql = format!("{} WHERE id = $1", *SELECT);
        self.find(Query::new(sql, vec![id(session_id)]), session)
            .await
    }

    pub async fn session_cursor(
        &self,
        environment: &EnvironmentId,
        session_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql =
            "SELECT created_at, id FROM inquiry_sessions WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), session_id.into()]),
            sql::cursor,
        )
        .await
    }

    pub async fn list_sessions(
        &self,
        environment: &EnvironmentId,
        filter: &SessionFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<Session>, StoreError> {
        self.ask(Ask::sessions(environment, filter, slice, size))
            .await
    }

    /// Unused and unexpired links of an inquiry, newest first (B129).
    pub async fn list_unused_links(
        &self,
        environment: &EnvironmentId,
        inquiry_id: &InquiryId,
        now: Timestamp,
    ) -> Result<Vec<OneTimeLink>, StoreError> {
        let sql = format!(
            "SELECT {} FROM one_time_links WHERE environment_id = $1 AND inquiry_id = $2 \
             AND redeemed_at IS NULL AND expires_at > $3 ORDER BY created_at DESC",
            LINK_COLUMNS.join(", ")
        );
        self.all(
            Query::new(sql, vec![id(environment), id(inquiry_id), now.into()]),
            link,
        )
        .await
    }

    pub async fn find_link(&self, code_hash: Vec<u8>) -> Result<Option<OneTimeLink>, StoreError> {
        let sql = format!(
            "SELECT {} FROM one_time_links WHERE code_hash = $1",
            LINK_COLUMNS.join(", ")
        );
        self.find(Query::new(sql, vec![code_hash.into()]), link)
            .await
    }
}

impl Ask<Option<Session>> {
    pub fn session(environment: &EnvironmentId, session_id: &SessionId) -> Self {
        let sql = format!("{} WHERE environment_id = $1 AND id = $2", *SELECT);
        let values = vec![id(environment), id(session_id)];
        Ask::find(Query::new(sql, values), session)
    }
}

impl Ask<bool> {
    /// Whether a session of this environment was opened on that device.
    pub fn knows_device(environment: &EnvironmentId, device: &DeviceId) -> Self {
        let sql = "SELECT 1 FROM inquiry_sessions WHERE environment_id = $1 AND device_id = $2 \
                   AND device_id IS NOT NULL LIMIT 1";
        let query = Query::new(sql, vec![id(environment), id(device)]);
        Ask::find(query, Row::integer).map(|found: Option<i64>| found.is_some())
    }
}

impl Ask<Vec<Session>> {
    /// All of an inquiry, oldest first.
    pub fn sessions_of_inquiry(environment: &EnvironmentId, inquiry_id: &InquiryId) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND inquiry_id = $2 ORDER BY created_at, id",
            *SELECT
        );
        let values = vec![id(environment), id(inquiry_id)];
        Ask::all(Query::new(sql, values), session)
    }
}

impl Ask<Page<Session>> {
    pub fn sessions(
        environment: &EnvironmentId,
        filter: &SessionFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        if let Some(ids) = &filter.inquiry_ids {
            conditions.and_in("inquiry_id", ids.iter().cloned().map(Value::from));
        }
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), session, slice, size)
    }
}

impl Batch {
    /// `slot`: how many sessions the inquiry had, plus one.
    pub fn insert_session(&mut self, session: &Session, slot: usize) {
        let mut row = values(session);
        row.push(i64::try_from(slot).unwrap_or(i64::MAX).into());
        self.insert_guarded(&INSERT, row, Guard::SessionSlot);
    }

    pub fn update_session(&mut self, session: &Session) {
        self.push_one(UPDATE.as_str(), values(session));
    }

    pub fn insert_link(&mut self, link: &OneTimeLink) {
        self.insert(
            &INSERT_LINK,
            vec![
                id(&link.environment_id),
                link.code_hash.clone().into(),
                id(&link.session_id),
                id(&link.inquiry_id),
                link.code_sealed.clone().into(),
                link.created_at.into(),
                link.expires_at.into(),
                link.redeemed_at.into(),
            ],
        );
    }

    /// B141: the first redemption wins; a second at the same moment finds it used.
    pub fn redeem_link(&mut self, link: &OneTimeLink, now: Timestamp) {
        self.push_one(
            "UPDATE one_time_links SET redeemed_at = $3 \
             WHERE environment_id = $1 AND code_hash = $2 AND redeemed_at IS NULL",
            vec![
                id(&link.environment_id),
                link.code_hash.clone().into(),
                now.into(),
            ],
        );
    }

    /// B125: with the inquiry, its unused links die.
    pub fn expire_links(
        &mut self,
        environment: &EnvironmentId,
        inquiry_id: &InquiryId,
        now: Timestamp,
    ) {
        self.push(
            "UPDATE one_time_links SET expires_at = $3 \
             WHERE environment_id = $1 AND inquiry_id = $2 AND expires_at > $3",
            vec![id(environment), id(inquiry_id), now.into()],
        );
    }
}
