//! The service: the store, the blobs, the clock and the randomness, and nothing that remembers a request.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use selfsame_domain::Timestamp;
use selfsame_domain::environment::Environment;
use selfsame_domain::id::{Entropy, EnvironmentId};
use selfsame_store::Store;

use crate::api_log::Notes;
use crate::configuration::Memory;
use crate::delivery::Nudge;
use crate::key_use::KeyUses;
use crate::{Blobs, Clock, Failure, OutboundError, OutboundOptions, Sealer, Sender};

#[derive(Debug, Clone)]
pub struct Options {
    /// What generated links begin with, without a slash at the end: `https://verify.example.com/base`.
    pub public_url: String,
    /// R45.
    pub keep_reference_id_on_redaction: bool,
    /// R51.
    pub follow_consolidation: bool,
    /// P9: list and read templates with a sandbox key.
    pub templates_readable_in_sandbox: bool,
    pub imports: ImportLimits,
    /// L3: 0: nothing is logged.
    pub api_log_days: u32,
    /// E25.
    pub event_days: u32,
    /// W45–W58.
    pub outbound: OutboundOptions,
}

/// M4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    pub max_bytes: u64,
    pub max_rows: u64,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            max_bytes: 268_435_456,
            max_rows: 1_000_000,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
    store: Store,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub blobs: Arc<dyn Blobs>,
    pub clock: Clock,
    pub sealer: Sealer,
    pub options: Options,
    entropy: Mutex<Entropy>,
    pub memory: Memory,
    pub key_uses: KeyUses,
    pub notes: Notes,
    pub nudge: Nudge,
    sender: OnceLock<Sender>,
}

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
            store,
            inner: Arc::new(Inner {
                blobs,
                clock,
                sealer,
                options,
                entropy: Mutex::new(entropy),
                memory: Memory::new(),
                key_uses: KeyUses::default(),
                notes: Notes::default(),
                nudge: Nudge::default(),
                sender: OnceLock::new(),
            }),
        }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The same service for work that gives way to requests.
    #[must_use]
    pub fn behind(&self) -> Self {
        Self {
            store: self.store.behind(),
            ..self.clone()
        }
    }

    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Host and perhaps port of the public address, as tokens name their issuer.
    pub(crate) fn public_host(&self) -> &str {
        let url = self.options().public_url.as_str();
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        host.split('/').next().unwrap_or(host)
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

    /// What calls the outside, made when it is first asked for. A server asks when it starts, so that it does not run with
    /// options that are wrong.
    pub fn sender(&self) -> Result<&Sender, OutboundError> {
        if let Some(sender) = self.inner.sender.get() {
            return Ok(sender);
        }
        let sender = Sender::new(&self.options().outbound)?;
        Ok(self.inner.sender.get_or_init(|| sender))
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
