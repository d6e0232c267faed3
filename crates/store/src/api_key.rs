//! API keys: found by the hash of their value, which itself is sealed.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::api_key::{ApiKey, ApiKeySettings};
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, EnvironmentId};

use crate::organisation::environment;
use crate::row::{id, json};
use crate::sql::{self, Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError};

#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    pub key: ApiKey,
    pub value_hash: Vec<u8>,
    /// Empty: there is no copy to show.
    pub value_sealed: Vec<u8>,
}

/// A key as requests meet it, with the environment it opens.
#[derive(Debug, Clone)]
pub struct KnownKey {
    pub environment: Environment,
    pub id: ApiKeyId,
    pub settings: ApiKeySettings,
    pub expires_at: Option<Timestamp>,
}

/// With what the value is found by and shown from, which lists do not read.
const WITH_VALUE: &[&str] = &[
    "environment_id",
    "id",
    "name",
    "settings",
    "created_at",
    "expires_at",
    "last_used_at",
    "version",
    "value_hash",
    "value_sealed",
];
const COLUMNS: &[&str] = WITH_VALUE.split_at(WITH_VALUE.len() - 2).0;

static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM api_keys", COLUMNS.join(", ")));
static SELECT_WITH_VALUE: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM api_keys", WITH_VALUE.join(", ")));
pub(crate) static INSERT: Insert = Insert::new("api_keys", WITH_VALUE);

fn settings(row: &mut Row) -> Result<ApiKeySettings, StoreError> {
    let name = row.text()?;
    let settings: ApiKeySettings = row.json()?;
    Ok(ApiKeySettings { name, ..settings })
}

fn api_key(row: &mut Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        environment_id: row.id()?,
        id: row.id()?,
        settings: settings(row)?,
        created_at: row.time()?,
        expires_at: row.optional_time()?,
        last_used_at: row.optional_time()?,
        version: row.integer()?,
    })
}

fn api_key_row(row: &mut Row) -> Result<ApiKeyRow, StoreError> {
    Ok(ApiKeyRow {
        key: api_key(row)?,
        value_hash: row.blob()?,
        value_sealed: row.blob()?,
    })
}

fn known_key(row: &mut Row) -> Result<KnownKey, StoreError> {
    Ok(KnownKey {
        environment: environment(row)?,
        id: row.id()?,
        settings: settings(row)?,
        expires_at: row.optional_time()?,
    })
}

#[derive(Debug, Clone, Default)]
pub struct ApiKeyFilter {
    /// The whole name, letter by letter.
    pub name: Option<String>,
}

impl Ask<Option<KnownKey>> {
    pub fn api_key(value_hash: Vec<u8>) -> Self {
        let sql = "SELECT e.id, e.organisation_id, e.kind, k.id, k.name, k.settings, k.expires_at \
                   FROM api_keys k JOIN environments e ON e.id = k.environment_id WHERE k.value_hash = $1";
        Ask::find(Query::new(sql, vec![value_hash.into()]), known_key)
    }
}

impl Ask<Option<ApiKeyRow>> {
    pub fn api_key_row(environment: &EnvironmentId, key: &ApiKeyId) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND id = $2",
            *SELECT_WITH_VALUE
        );
        Ask::find(Query::new(sql, vec![id(environment), id(key)]), api_key_row)
    }
}

impl Ask<Page<ApiKey>> {
    pub fn api_keys(
        environment: &EnvironmentId,
        filter: &ApiKeyFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        if let Some(name) = &filter.name {
            conditions.and("name = ?", name.as_str());
        }
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), api_key, slice, size)
    }
}

impl Store {
    /// Every key of the environment, oldest first.
    pub async fn list_api_keys(
        &self,
        environment: &EnvironmentId,
    ) -> Result<Vec<ApiKeyRow>, StoreError> {
        let sql = format!(
            "{} WHERE environment_id = $1 ORDER BY created_at, id",
            *SELECT_WITH_VALUE
        );
        self.all(Query::new(sql, vec![id(environment)]), api_key_row)
            .await
    }

    pub async fn api_key_cursor(
        &self,
        environment: &EnvironmentId,
        key: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM api_keys WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), key.into()]),
            sql::cursor,
        )
        .await
    }
}

impl Batch {
    pub fn insert_api_key(&mut self, row: &ApiKeyRow) {
        self.configures = true;
        let key = &row.key;
        self.insert(
            &INSERT,
            vec![
                id(&key.environment_id),
                id(&key.id),
                key.settings.name.as_str().into(),
                json(&key.settings),
                key.created_at.into(),
                key.expires_at.into(),
                key.last_used_at.into(),
                key.version.into(),
                row.value_hash.clone().into(),
                row.value_sealed.clone().into(),
            ],
        );
    }

    /// Writes what a key may do and how long it lives, if it is still what it was when read.
    pub fn update_api_key(&mut self, key: &ApiKey) {
        self.configures = true;
        self.push_one(
            "UPDATE api_keys SET name = $3, settings = $4, expires_at = $5, version = $6 + 1 \
             WHERE environment_id = $1 AND id = $2 AND version = $6",
            vec![
                id(&key.environment_id),
                id(&key.id),
                key.settings.name.as_str().into(),
                json(&key.settings),
                key.expires_at.into(),
                key.version.into(),
            ],
        );
    }

    /// K16: nothing that servers keep in memory changes with it, and an earlier time never replaces a later one.
    pub fn note_key_use(&mut self, environment: &EnvironmentId, key: &ApiKeyId, at: Timestamp) {
        self.push(
            "UPDATE api_keys SET last_used_at = $3 WHERE environment_id = $1 AND id = $2 \
             AND (last_used_at IS NULL OR last_used_at < $3)",
            vec![id(environment), id(key), at.into()],
        );
    }
}
