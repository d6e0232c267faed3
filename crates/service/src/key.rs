//! API keys, recognised.

use std::sync::Arc;

use selfsame_domain::Timestamp;
use selfsame_domain::address::AddressEntry;
use selfsame_domain::api_key::{ApiKeySettings, is_live};
use selfsame_domain::environment::Environment;
use selfsame_domain::id::ApiKeyId;
use selfsame_domain::permission::Permission;
use selfsame_store::{Ask, Batch, KnownKey};
use selfsame_wire::Blocklist;

use crate::key_use::KeyUse;
use crate::{Failure, Grounds, Service, sha256};

/// C12–C33: what a valid key says of its caller.
#[derive(Debug, Clone)]
pub struct AuthenticatedKey {
    pub environment: Environment,
    pub id: ApiKeyId,
    pub permissions: Vec<Permission>,
    pub addresses: Vec<AddressEntry>,
    pub blocklist: Arc<Blocklist>,
    pub settings: ApiKeySettings,
    pub(crate) last_use: Arc<KeyUse>,
    expires_at: Option<Timestamp>,
}

impl AuthenticatedKey {
    fn new(known: KnownKey, last_use: Arc<KeyUse>) -> Self {
        let settings = known.settings;
        let permissions = settings.permissions.iter();
        let addresses = settings.ip_address_allowlist.iter();
        Self {
            permissions: permissions
                .filter_map(|name| Permission::parse(name))
                .collect(),
            addresses: addresses
                .filter_map(|entry| AddressEntry::parse(entry))
                .collect(),
            blocklist: Arc::new(Blocklist::new(&settings.attributes_blocklist)),
            environment: known.environment,
            id: known.id,
            settings,
            last_use,
            expires_at: known.expires_at,
        }
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
        if let Some(key) = known.filter(|key| is_live(key.expires_at, self.now())) {
            return Ok(Some((key, grounds)));
        }
        let ask = Ask::configuration_version().and(Ask::api_key(hash.clone()));
        let (version, found) = self.store().ask(ask).await?;
        let Some(known) = found else {
            return Ok(None);
        };
        if !is_live(known.expires_at, self.now()) {
            return Ok(None);
        }
        let last_use = self.key_use(&known.environment.id, &known.id);
        let key = Arc::new(AuthenticatedKey::new(known, last_use));
        let grounds = self.grounds_at(version);
        grounds.configuration().keys.put(hash, Arc::clone(&key));
        Ok(Some((key, grounds)))
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
