//! API keys: made, and recognised.

use std::sync::Arc;

use selfsame_domain::Timestamp;
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, Id};
use selfsame_domain::permission::{self, Permission};
use selfsame_store::{ApiKeyRow, ApiKeySettings, Ask, Batch};

use crate::{Failure, Grounds, Service, sha256};

/// C12–C22: what a valid key says of its caller.
#[derive(Debug, Clone)]
pub struct AuthenticatedKey {
    pub environment: Environment,
    pub id: ApiKeyId,
    pub permissions: Vec<Permission>,
    pub settings: ApiKeySettings,
    expires_at: Option<Timestamp>,
}

/// A key that has just been made; the only time its value is at hand.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: ApiKeyId,
    pub value: String,
}

const SECRET_LENGTH: usize = 43;

impl AuthenticatedKey {
    fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }
}

impl Service {
    /// `None`: unknown, expired or malformed; all look the same to the caller.
    ///
    /// What is known from earlier requests is taken as it is: it holds once the grounds are confirmed.
    pub async fn authenticate(
        &self,
        value: &str,
    ) -> Result<Option<(Arc<AuthenticatedKey>, Grounds)>, Failure> {
        let looks_like_one = value.len() <= 128
            && ["persona_sandbox_", "persona_production_"]
                .iter()
                .any(|prefix| value.starts_with(prefix));
        if !looks_like_one {
            return Ok(None);
        }
        let hash = sha256(&[value.as_bytes()]);
        let grounds = self.grounds();
        let known = grounds.configuration().keys.get(&hash);
        if let Some(key) = known.filter(|key| key.is_live(self.now())) {
            return Ok(Some((key, grounds)));
        }
        let ask = Ask::configuration_version().and(Ask::api_key(hash.clone()));
        let (version, found) = self.store().ask(ask).await?;
        let Some(known) = found else {
            return Ok(None);
        };
        let key = Arc::new(AuthenticatedKey {
            permissions: known
                .settings
                .permissions
                .iter()
                .filter_map(|name| Permission::parse(name))
                .collect(),
            environment: known.environment,
            id: known.id,
            settings: known.settings,
            expires_at: known.expires_at,
        });
        if !key.is_live(self.now()) {
            return Ok(None);
        }
        let grounds = self.grounds_at(version);
        grounds.configuration().keys.put(hash, Arc::clone(&key));
        Ok(Some((key, grounds)))
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
