//! What a server keeps in memory of the store: API keys, account types, templates, and the keys that sign tokens.
//!
//! It is exact. The store counts every change of these, by whatever process; a request asks for the number in a read
//! it makes anyway, and goes by what is kept only if the number is still the one it was kept under. To keep one more
//! kind: a shelf here, filled through [`Service::kept`], and its writes must count as configuration in the store.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use selfsame_domain::account::AccountType;
use selfsame_domain::id::{EnvironmentId, OrganisationId, TemplateId, TemplateVersionId};
use selfsame_domain::template::{Template, TemplateVersion};
use selfsame_store::{Ask, Standing, StoreError, StoredAnswer};

use crate::shared::Shared;
use crate::{AuthenticatedKey, Caller, Failure, Service};

const MOST_KEYS: usize = 8192;
const MOST_ORGANISATIONS: usize = 512;
const MOST_TEMPLATES: usize = 1024;
const MOST_VERSIONS: usize = 256;
const MOST_ENVIRONMENTS: usize = 8192;

/// A bounded map. A full one is emptied: what is in use comes back with its next request.
#[derive(Debug)]
pub(crate) struct Shelf<K, V> {
    most: usize,
    items: RwLock<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash, V> Shelf<K, V> {
    fn new(most: usize) -> Self {
        Self {
            most,
            items: RwLock::default(),
        }
    }

    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let items = self.items.read().unwrap_or_else(PoisonError::into_inner);
        items.get(key).cloned()
    }

    pub fn put(&self, key: K, value: Arc<V>) {
        let mut items = self.items.write().unwrap_or_else(PoisonError::into_inner);
        if items.len() >= self.most {
            items.clear();
        }
        items.insert(key, value);
    }
}

/// What has been read of one version of the configuration so far.
#[derive(Debug)]
pub(crate) struct Configuration {
    version: i64,
    /// By the hash of their value.
    pub keys: Shelf<Vec<u8>, AuthenticatedKey>,
    pub account_types: Shelf<OrganisationId, Vec<Arc<AccountType>>>,
    pub templates: Shelf<(OrganisationId, TemplateId), Template>,
}

impl Configuration {
    fn new(version: i64) -> Self {
        Self {
            version,
            keys: Shelf::new(MOST_KEYS),
            account_types: Shelf::new(MOST_ORGANISATIONS),
            templates: Shelf::new(MOST_TEMPLATES),
        }
    }
}

/// The configuration one request goes by, and whether the store was seen to have it still since the request began.
#[derive(Debug, Clone)]
pub struct Grounds(Arc<GroundsInner>);

#[derive(Debug)]
struct GroundsInner {
    configuration: Arc<Configuration>,
    /// The environment and idempotency key that may have no answer yet.
    unanswered: Option<(EnvironmentId, String)>,
    confirmed: AtomicBool,
}

impl Grounds {
    fn new(configuration: Arc<Configuration>, confirmed: bool) -> Self {
        Self(Arc::new(GroundsInner {
            configuration,
            unanswered: None,
            confirmed: AtomicBool::new(confirmed),
        }))
    }

    /// The same configuration for a request that may only go on while its idempotency key has no answer. Whatever it
    /// asks first finds that out as well: [`Failure::AnsweredMeanwhile`].
    #[must_use]
    pub fn unanswered(&self, environment: EnvironmentId, key: String) -> Self {
        Self(Arc::new(GroundsInner {
            configuration: Arc::clone(&self.0.configuration),
            unanswered: Some((environment, key)),
            confirmed: AtomicBool::new(false),
        }))
    }

    fn confirm(&self) {
        self.0.confirmed.store(true, Ordering::Relaxed);
    }

    /// The store was seen to have this configuration still, since the request began.
    pub fn is_confirmed(&self) -> bool {
        self.0.confirmed.load(Ordering::Relaxed)
    }

    pub(crate) fn configuration(&self) -> &Configuration {
        &self.0.configuration
    }
}

#[derive(Debug)]
pub(crate) struct Memory {
    current: RwLock<Arc<Configuration>>,
    /// The version, for those who read nothing else.
    version: Arc<Shared<i64>>,
    /// Published versions never change.
    pub template_versions: Shelf<TemplateVersionId, TemplateVersion>,
    /// Nor do the keys that sign an environment's session tokens.
    pub token_keys: Shelf<EnvironmentId, Vec<u8>>,
}

impl Memory {
    pub fn new() -> Self {
        Self {
            // No store has this version: the first request reads the real one.
            current: RwLock::new(Arc::new(Configuration::new(0))),
            version: Shared::new(),
            template_versions: Shelf::new(MOST_VERSIONS),
            token_keys: Shelf::new(MOST_ENVIRONMENTS),
        }
    }

    fn current(&self) -> Arc<Configuration> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// The configuration of a version that was just read. Another one is forgotten, whether it is older or, after
    /// a step back to a copy of the store, newer.
    fn at(&self, version: i64) -> Arc<Configuration> {
        let current = self.current();
        if current.version == version {
            return current;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.version != version {
            *current = Arc::new(Configuration::new(version));
        }
        Arc::clone(&current)
    }
}

impl Service {
    /// What a request may go by before it has read anything.
    pub(crate) fn grounds(&self) -> Grounds {
        Grounds::new(self.inner.memory.current(), false)
    }

    /// What a request goes by that has just read this version.
    pub(crate) fn grounds_at(&self, version: i64) -> Grounds {
        Grounds::new(self.inner.memory.at(version), true)
    }

    /// Fails with [`Failure::Outdated`] where the store was seen at another version than the request went by.
    fn settle(&self, grounds: &Grounds, version: i64) -> Result<(), Failure> {
        if grounds.configuration().version == version {
            if grounds.0.unanswered.is_none() {
                grounds.confirm();
            }
            return Ok(());
        }
        self.inner.memory.at(version);
        Err(Failure::Outdated)
    }

    /// Makes sure that what the request goes by holds: by a read for that alone, shared with others, if none has told
    /// yet.
    pub async fn confirm(&self, grounds: &Grounds) -> Result<(), Failure> {
        if grounds.is_confirmed() {
            return Ok(());
        }
        if let Some((environment, key)) = &grounds.0.unanswered {
            let standing = self.store().ask(Ask::standing(environment, key)).await?;
            return self.settle_standing(grounds, standing);
        }
        let store = self.store().clone();
        let read = move || {
            let store = store.clone();
            async move { store.configuration_version().await }
        };
        let version = self.inner.memory.version.ask(read).await?;
        self.settle(grounds, version)
    }

    /// Asks the store, and in the same read whether what the caller goes by still holds.
    pub(crate) async fn ask<T: 'static>(&self, caller: &Caller, ask: Ask<T>) -> Result<T, Failure> {
        match &caller.grounds {
            Some(grounds) => self.ask_on(grounds, ask).await,
            None => Ok(self.store().ask(ask).await?),
        }
    }

    async fn ask_on<T: 'static>(&self, grounds: &Grounds, ask: Ask<T>) -> Result<T, Failure> {
        if grounds.is_confirmed() {
            return Ok(self.store().ask(ask).await?);
        }
        if let Some((environment, key)) = &grounds.0.unanswered {
            let ask = ask.with_standing(environment, key);
            let (standing, found) = self.store().ask(ask).await?;
            self.settle_standing(grounds, standing)?;
            return Ok(found);
        }
        let (version, found) = self.store().ask(ask.with_configuration_version()).await?;
        match version {
            Some(version) => self.settle(grounds, version)?,
            None => self.confirm(grounds).await?,
        }
        Ok(found)
    }

    /// After a commit that somebody else's change stood in the way of. What is kept of account types may be what changed;
    /// then the request begins again.
    pub(crate) async fn look_again(&self, caller: &Caller) -> Result<(), Failure> {
        match &caller.grounds {
            Some(grounds) => {
                let version = self.store().configuration_version().await?;
                self.settle(grounds, version)
            }
            None => Ok(()),
        }
    }

    fn settle_standing(&self, grounds: &Grounds, standing: Standing) -> Result<(), Failure> {
        if standing.is_answered {
            return Err(Failure::AnsweredMeanwhile);
        }
        self.settle(grounds, standing.configuration_version)?;
        grounds.confirm();
        Ok(())
    }

    /// The first answer of an idempotency key, if it has one.
    pub async fn find_answer(
        &self,
        grounds: &Grounds,
        environment: &EnvironmentId,
        key: &str,
    ) -> Result<Option<StoredAnswer>, Failure> {
        self.ask_on(grounds, Ask::answer(environment, key)).await
    }

    /// A piece of configuration: kept from an earlier request, or asked for and then kept. What is not there is asked
    /// for each time.
    pub(crate) async fn kept<K: Eq + Hash + Clone, V: 'static>(
        &self,
        caller: &Caller,
        shelf: fn(&Configuration) -> &Shelf<K, V>,
        key: K,
        ask: impl FnOnce() -> Ask<Option<V>>,
    ) -> Result<Option<Arc<V>>, Failure> {
        let Some(grounds) = &caller.grounds else {
            return Ok(self.store().ask(ask()).await?.map(Arc::new));
        };
        if let Some(value) = shelf(grounds.configuration()).get(&key) {
            return Ok(Some(value));
        }
        let ask = Ask::configuration_version().and(ask());
        let (version, found) = self.store().ask(ask).await?;
        let found = found.map(Arc::new);
        match self.settle(grounds, version) {
            Ok(()) => {
                if let Some(value) = &found {
                    shelf(grounds.configuration()).put(key, Arc::clone(value));
                }
            }
            // The request has begun on firm ground; a newer piece is as good as one read a moment later.
            Err(Failure::Outdated) if grounds.is_confirmed() => {}
            Err(failure) => return Err(failure),
        }
        Ok(found)
    }

    pub(crate) async fn version(
        &self,
        organisation: &OrganisationId,
        id: &TemplateVersionId,
    ) -> Result<Option<Arc<TemplateVersion>>, StoreError> {
        let shelf = &self.inner.memory.template_versions;
        let kept = shelf.get(id);
        if let Some(version) = kept.filter(|version| version.organisation_id == *organisation) {
            return Ok(Some(version));
        }
        let Some(version) = self.store().find_template_version(organisation, id).await? else {
            return Ok(None);
        };
        let version = Arc::new(version);
        if version.published {
            shelf.put(id.clone(), Arc::clone(&version));
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
        let shelf = &self.inner.memory.token_keys;
        if let Some(key) = shelf.get(environment) {
            return Ok(Some(key));
        }
        let Some(row) = self.store().find_environment(environment).await? else {
            return Ok(None);
        };
        let key = self.sealer().open(&row.token_key_sealed).ok_or_else(|| {
            Failure::Internal(format!(
                "the token key of {environment} does not open with this master key"
            ))
        })?;
        let key = Arc::new(key);
        shelf.put(environment.clone(), Arc::clone(&key));
        Ok(Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_shelf_is_emptied_and_never_grows_beyond_its_bound() {
        let shelf = Shelf::new(3);
        for number in 0..100 {
            shelf.put(number, Arc::new(number));
            assert_eq!(shelf.get(&number).as_deref(), Some(&number));
            assert!(shelf.items.read().unwrap().len() <= 3);
        }
    }

    #[test]
    fn what_was_kept_under_another_version_is_forgotten() {
        let memory = Memory::new();
        let organisation = OrganisationId::from_trusted("org_1".into());
        let first = memory.at(7);
        first
            .account_types
            .put(organisation.clone(), Arc::default());
        assert!(memory.current().account_types.get(&organisation).is_some());
        assert!(memory.at(8).account_types.get(&organisation).is_none());
        assert!(memory.at(7).account_types.get(&organisation).is_none());
    }

    use selfsame_domain::id::Id;
}
