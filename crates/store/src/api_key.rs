//! API keys: found by the hash of their value, which itself is sealed.

use selfsame_domain::Timestamp;
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, EnvironmentId};
use serde::{Deserialize, Serialize};

use crate::organisation::environment;
use crate::row::{id, json};
use crate::sql::Insert;
use crate::{Ask, Batch, Query, Row, Store, StoreError};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeySettings {
    pub name: String,
    pub note: Option<String>,
    pub permissions: Vec<String>,
    pub api_version: String,
    pub inflection: String,
    pub ip_address_allowlist: Vec<String>,
    pub attributes_blocklist: Vec<String>,
    pub file_access_token_expires_in: i64,
}

#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    pub environment_id: EnvironmentId,
    pub id: ApiKeyId,
    pub value_hash: Vec<u8>,
    pub value_sealed: Vec<u8>,
    pub settings: ApiKeySettings,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// A key as requests meet it, with the environment it opens.
#[derive(Debug, Clone)]
pub struct KnownKey {
    pub environment: Environment,
    pub id: ApiKeyId,
    pub settings: ApiKeySettings,
    pub expires_at: Option<Timestamp>,
}

const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "value_hash",
    "value_sealed",
    "settings",
    "created_at",
    "expires_at",
];

pub(crate) static INSERT: Insert = Insert::new("api_keys", COLUMNS);

fn api_key(row: &mut Row) -> Result<ApiKeyRow, StoreError> {
    Ok(ApiKeyRow {
        environment_id: row.id()?,
        id: row.id()?,
        value_hash: row.blob()?,
        value_sealed: row.blob()?,
        settings: row.json()?,
        created_at: row.time()?,
        expires_at: row.optional_time()?,
    })
}

fn known_key(row: &mut Row) -> Result<KnownKey, StoreError> {
    Ok(KnownKey {
        environment: environment(row)?,
        id: row.id()?,
        settings: row.json()?,
        expires_at: row.optional_time()?,
    })
}

impl Ask<Option<KnownKey>> {
    pub fn api_key(value_hash: Vec<u8>) -> Self {
        let sql = "SELECT e.id, e.organisation_id, e.kind, k.id, k.settings, k.expires_at FROM api_keys k \
                   JOIN environments e ON e.id = k.environment_id WHERE k.value_hash = $1";
        Ask::find(Query::new(sql, vec![value_hash.into()]), known_key)
    }
}

impl Store {
    pub async fn list_api_keys(
        &self,
        environment_id: &EnvironmentId,
    ) -> Result<Vec<ApiKeyRow>, StoreError> {
        let sql = format!(
            "SELECT {} FROM api_keys WHERE environment_id = $1 ORDER BY created_at, id",
            COLUMNS.join(", ")
        );
        self.all(Query::new(sql, vec![id(environment_id)]), api_key)
            .await
    }
}

impl Batch {
    /// Writes what a key may do and how long it lives.
    pub fn update_api_key(&mut self, key: &ApiKeyRow) {
        self.configures = true;
        self.push_one(
            "UPDATE api_keys SET settings = $3, expires_at = $4 WHERE environment_id = $1 AND id = $2",
            vec![
                id(&key.environment_id),
                id(&key.id),
                json(&key.settings),
                key.expires_at.into(),
            ],
        );
    }

    pub fn insert_api_key(&mut self, key: &ApiKeyRow) {
        self.configures = true;
        self.insert(
            &INSERT,
            vec![
                id(&key.environment_id),
                id(&key.id),
                key.value_hash.clone().into(),
                key.value_sealed.clone().into(),
                json(&key.settings),
                key.created_at.into(),
                key.expires_at.into(),
            ],
        );
    }
}
