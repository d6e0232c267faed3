//! API keys: made, and recognised.

use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, Id};
use selfsame_domain::permission::{self, Permission};
use selfsame_store::{ApiKeyRow, ApiKeySettings, Batch};

use crate::{Failure, Service, sha256};

/// C12–C22: what a valid key says of its caller.
#[derive(Debug, Clone)]
pub struct AuthenticatedKey {
    pub environment: Environment,
    pub id: ApiKeyId,
    pub permissions: Vec<Permission>,
    pub settings: ApiKeySettings,
}

/// A key that has just been made; the only time its value is at hand.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: ApiKeyId,
    pub value: String,
}

const SECRET_LENGTH: usize = 43;

impl Service {
    /// `None`: unknown, expired or malformed; all look the same to the caller.
    pub async fn authenticate(&self, value: &str) -> Result<Option<AuthenticatedKey>, Failure> {
        let looks_like_one = value.len() <= 128
            && ["persona_sandbox_", "persona_production_"]
                .iter()
                .any(|prefix| value.starts_with(prefix));
        if !looks_like_one {
            return Ok(None);
        }
        let Some(row) = self
            .store()
            .find_api_key(sha256(&[value.as_bytes()]))
            .await?
        else {
            return Ok(None);
        };
        if row.expires_at.is_some_and(|at| at <= self.now()) {
            return Ok(None);
        }
        let Some(environment) = self.find_environment(&row.environment_id).await? else {
            return Ok(None);
        };
        Ok(Some(AuthenticatedKey {
            environment,
            id: row.id,
            permissions: row
                .settings
                .permissions
                .iter()
                .filter_map(|name| Permission::parse(name))
                .collect(),
            settings: row.settings,
        }))
    }

    /// Makes a key with the default permissions, or those given.
    pub async fn create_key(
        &self,
        environment: &Environment,
        name: &str,
        permissions: Option<Vec<Permission>>,
    ) -> Result<NewKey, Failure> {
        let (row, key) = self.new_key(environment, name, permissions);
        let mut batch = Batch::new();
        batch.insert_api_key(&row);
        self.commit_unconditionally(batch).await?;
        Ok(key)
    }

    /// The value of an environment's oldest live key, unsealed; for a developer's own server.
    pub async fn reveal_first_key(
        &self,
        environment: &Environment,
    ) -> Result<Option<String>, Failure> {
        let now = self.now();
        let keys = self.store().list_api_keys(&environment.id).await?;
        let Some(key) = keys
            .into_iter()
            .find(|key| key.expires_at.is_none_or(|at| at > now))
        else {
            return Ok(None);
        };
        let value = self
            .sealer()
            .open(&key.value_sealed)
            .and_then(|value| String::from_utf8(value).ok());
        let value = value.ok_or_else(|| {
            Failure::Internal("an API key does not open with this master key".into())
        })?;
        Ok(Some(value))
    }

    pub(crate) fn new_key(
        &self,
        environment: &Environment,
        name: &str,
        permissions: Option<Vec<Permission>>,
    ) -> (ApiKeyRow, NewKey) {
        let now = self.now();
        let mut entropy = self.entropy();
        let value = format!(
            "persona_{}_{}",
            environment.kind.as_str(),
            entropy.base58(SECRET_LENGTH)
        );
        let permissions = permissions.unwrap_or_else(permission::defaults);
        let row = ApiKeyRow {
            environment_id: environment.id.clone(),
            id: ApiKeyId::mint(&mut entropy, now),
            value_hash: sha256(&[value.as_bytes()]),
            value_sealed: self.sealer().seal(value.as_bytes(), &mut entropy),
            settings: ApiKeySettings {
                name: name.to_owned(),
                note: None,
                permissions: permissions
                    .iter()
                    .map(|permission| permission.as_str().to_owned())
                    .collect(),
                api_version: selfsame_wire::ApiVersion::DEFAULT.as_str().to_owned(),
                inflection: "kebab".to_owned(),
                ip_address_allowlist: vec!["*".to_owned()],
                attributes_blocklist: Vec::new(),
                file_access_token_expires_in: 21_600,
            },
            created_at: now,
            expires_at: None,
        };
        let key = NewKey {
            id: row.id.clone(),
            value,
        };
        (row, key)
    }

    /// For writes that nothing can stand in the way of.
    pub(crate) async fn commit_unconditionally(&self, batch: Batch) -> Result<(), Failure> {
        use selfsame_store::CommitError;
        match self.store().commit(batch).await {
            Ok(()) => Ok(()),
            Err(CommitError::Failed(error)) => Err(error.into()),
            Err(other) => Err(Failure::Internal(other.to_string())),
        }
    }
}
