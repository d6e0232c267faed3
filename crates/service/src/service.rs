//! The service: the store, the blobs, the clock and the randomness, and nothing that remembers a request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use selfsame_domain::Timestamp;
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{Entropy, EnvironmentId, OrganisationId, TemplateVersionId};
use selfsame_domain::template::TemplateVersion;
use selfsame_store::{Store, StoreError};

use crate::{Blobs, Clock, Failure, Sealer};

#[derive(Debug, Clone)]
pub struct Options {
    /// What generated links begin with, without a slash at the end: `https://verify.example.com/base`.
    pub public_url: String,
    /// R45.
    pub keep_reference_id_on_redaction: bool,
    /// P9: list and read templates with a sandbox key.
    pub templates_readable_in_sandbox: bool,
}

#[derive(Debug, Clone)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub store: Store,
    pub blobs: Arc<dyn Blobs>,
    pub clock: Clock,
    pub sealer: Sealer,
    pub options: Options,
    entropy: Mutex<Entropy>,
    /// Published versions never change, so they are read once.
    versions: Mutex<HashMap<TemplateVersionId, Arc<TemplateVersion>>>,
    token_keys: Mutex<HashMap<EnvironmentId, Arc<Vec<u8>>>>,
}

const MOST_CACHED_VERSIONS: usize = 256;

impl Service {
    pub fn new(
        store: Store,
        blobs: Arc<dyn Blobs>,
        clock: Clock,
        sealer: Sealer,
        entropy: Entropy,
        options: Options,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                blobs,
                clock,
                sealer,
                options,
                entropy: Mutex::new(entropy),
                versions: Mutex::default(),
                token_keys: Mutex::default(),
            }),
        }
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    /// A source of randomness of one's own.
    pub fn entropy(&self) -> Entropy {
        self.inner
            .entropy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fork()
    }

    pub(crate) async fn version(
        &self,
        organisation: &OrganisationId,
        id: &TemplateVersionId,
    ) -> Result<Option<Arc<TemplateVersion>>, StoreError> {
        let cached = self
            .inner
            .versions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        if let Some(version) = cached.filter(|version| version.organisation_id == *organisation) {
            return Ok(Some(version));
        }
        let Some(version) = self.store().find_template_version(organisation, id).await? else {
            return Ok(None);
        };
        let version = Arc::new(version);
        if version.published {
            let mut versions = self
                .inner
                .versions
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if versions.len() >= MOST_CACHED_VERSIONS {
                versions.clear();
            }
            versions.insert(id.clone(), Arc::clone(&version));
        }
        Ok(Some(version))
    }

    /// A version that an inquiry names is there: the schema's foreign keys say so.
    pub(crate) async fn known_version(
        &self,
        organisation: &OrganisationId,
        id: &TemplateVersionId,
    ) -> Result<Arc<TemplateVersion>, Failure> {
        self.version(organisation, id).await?.ok_or_else(|| {
            Failure::Internal(format!("template version {id} of an inquiry is missing"))
        })
    }

    /// The key that signs this environment's session tokens (B422).
    pub(crate) async fn token_key(
        &self,
        environment: &EnvironmentId,
    ) -> Result<Option<Arc<Vec<u8>>>, Failure> {
        let cached = self
            .inner
            .token_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(environment)
            .cloned();
        if cached.is_some() {
            return Ok(cached);
        }
        let Some(row) = self.store().find_environment(environment).await? else {
            return Ok(None);
        };
        let key = self
            .inner
            .sealer
            .open(&row.token_key_sealed)
            .ok_or_else(|| {
                Failure::Internal(format!(
                    "the token key of {environment} does not open with this master key"
                ))
            })?;
        let key = Arc::new(key);
        let mut keys = self
            .inner
            .token_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        keys.insert(environment.clone(), Arc::clone(&key));
        Ok(Some(key))
    }

    pub async fn find_environment(
        &self,
        id: &EnvironmentId,
    ) -> Result<Option<Environment>, Failure> {
        Ok(self
            .store()
            .find_environment(id)
            .await?
            .map(|row| row.environment))
    }

    /// Every environment, oldest first.
    pub async fn list_environments(&self) -> Result<Vec<Environment>, Failure> {
        let rows = self.store().list_environments().await?;
        Ok(rows.into_iter().map(|row| row.environment).collect())
    }
}
