//! API keys: made, shown, changed, ended, copied.

use selfsame_domain::api_key::{self, ApiKey, ApiKeyChange, ApiKeySettings, is_live};
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, Id};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{ApiKeyFilter, ApiKeyRow, Ask, Batch, Page};

use crate::page::slice;
use crate::work::Attempts;
use crate::{Caller, Failure, ListRequest, Receipt, Service, sha256};

/// 251 bits.
const SECRET_LENGTH: usize = 43;

/// A key and, where there is a copy of it to show, its value.
#[derive(Clone)]
pub struct ShownKey {
    pub key: ApiKey,
    pub value: Option<String>,
}

impl std::fmt::Debug for ShownKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ShownKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// K10: the new key may do nothing that the caller may not.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        settings: ApiKeySettings,
        receipt: Receipt<'_, ShownKey>,
    ) -> Result<ShownKey, Failure> {
        api_key::check_grant(caller.permissions(), &[], &settings.permissions)?;
        let mut attempts = Attempts::default();
        loop {
            let (row, shown) = self.new_key(&caller.environment, settings.clone());
            let mut batch = Batch::new();
            batch.insert_api_key(&row);
            if let Some(answer) = receipt(&shown) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(shown);
            }
        }
    }

    /// K2: without its value.
    pub async fn get_api_key(&self, caller: &Caller, id: &ApiKeyId) -> Result<ApiKey, Failure> {
        Ok(self.find_api_key(caller, id).await?.key)
    }

    /// K4: those that have ended are listed as well.
    pub async fn list_api_keys(
        &self,
        caller: &Caller,
        filter: &ApiKeyFilter,
        request: &ListRequest,
    ) -> Result<Page<ApiKey>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().api_key_cursor(environment, &id).await
        })
        .await?;
        let ask = Ask::api_keys(environment, filter, &slice, request.size);
        self.ask(caller, ask).await
    }

    pub async fn update_api_key(
        &self,
        caller: &Caller,
        id: &ApiKeyId,
        change: &ApiKeyChange,
        receipt: Receipt<'_, ApiKey>,
    ) -> Result<ApiKey, Failure> {
        self.change_api_key(caller, id, receipt, |key, _| {
            let before = key.settings.permissions.clone();
            key.settings.apply(change.clone());
            api_key::check_grant(caller.permissions(), &before, &key.settings.permissions)
        })
        .await
    }

    pub async fn expire_api_key(
        &self,
        caller: &Caller,
        id: &ApiKeyId,
        seconds: i64,
        receipt: Receipt<'_, ApiKey>,
    ) -> Result<ApiKey, Failure> {
        self.change_api_key(caller, id, receipt, |key, now| {
            api_key::expire(key, seconds, now)
        })
        .await
    }

    /// K14: another key with the same settings, which does not end when this one does.
    pub async fn clone_api_key(
        &self,
        caller: &Caller,
        id: &ApiKeyId,
        receipt: Receipt<'_, ShownKey>,
    ) -> Result<ShownKey, Failure> {
        let row = self.find_api_key(caller, id).await?;
        self.create_api_key(caller, row.key.settings, receipt).await
    }

    /// The value of an environment's oldest live key, unsealed; for a developer's own server.
    pub async fn reveal_first_key(
        &self,
        environment: &Environment,
    ) -> Result<Option<String>, Failure> {
        let now = self.now();
        let rows = self.store().list_api_keys(&environment.id).await?;
        let Some(row) = rows
            .into_iter()
            .find(|row| is_live(row.key.expires_at, now))
        else {
            return Ok(None);
        };
        let opened = self.sealer().open(&row.value_sealed);
        let value = opened.and_then(|value| String::from_utf8(value).ok());
        value.map(Some).ok_or_else(|| {
            Failure::Internal("an API key does not open with this master key".into())
        })
    }

    async fn find_api_key(&self, caller: &Caller, id: &ApiKeyId) -> Result<ApiKeyRow, Failure> {
        let ask = Ask::api_key_row(&caller.environment.id, id);
        Ok(self
            .ask(caller, ask)
            .await?
            .ok_or_else(Refusal::not_found)?)
    }

    /// Loads, lets the decision change the key, and writes it if nobody was faster.
    async fn change_api_key(
        &self,
        caller: &Caller,
        id: &ApiKeyId,
        receipt: Receipt<'_, ApiKey>,
        decide: impl Fn(&mut ApiKey, Timestamp) -> Result<(), Refusal>,
    ) -> Result<ApiKey, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut key = self.find_api_key(caller, id).await?.key;
            decide(&mut key, self.now())?;
            let mut batch = Batch::new();
            batch.update_api_key(&key);
            if let Some(answer) = receipt(&key) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(key);
            }
        }
    }

    pub(crate) fn new_key(
        &self,
        environment: &Environment,
        settings: ApiKeySettings,
    ) -> (ApiKeyRow, ShownKey) {
        let now = self.now();
        let mut entropy = self.entropy();
        let value = format!(
            "persona_{}_{}",
            environment.kind.as_str(),
            entropy.base58(SECRET_LENGTH)
        );
        let key = ApiKey {
            environment_id: environment.id.clone(),
            id: ApiKeyId::mint(&mut entropy, now),
            settings,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            version: 1,
        };
        let row = ApiKeyRow {
            key: key.clone(),
            value_hash: sha256(&[value.as_bytes()]),
            value_sealed: self.sealer().seal(value.as_bytes(), &mut entropy),
        };
        let value = Some(value);
        (row, ShownKey { key, value })
    }
}
