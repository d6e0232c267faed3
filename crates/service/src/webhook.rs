//! Webhooks: made, shown, changed, switched, copied. What they are sent is in `delivery`.

use selfsame_domain::id::{Entropy, Id, WebhookId};
use selfsame_domain::webhook::{
    self, CustomHeader, Webhook, WebhookChange, WebhookSecret, WebhookSecrets, WebhookSettings,
    WebhookStatus,
};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, Page, WebhookRow};

use crate::delivery::epoch;
use crate::page::slice;
use crate::work::Attempts;
use crate::{Caller, Failure, ListRequest, Receipt, Sealer, Service};

/// A webhook with the secrets that count, the newest first.
#[derive(Debug, Clone)]
pub struct ShownWebhook {
    pub webhook: Webhook,
    pub secrets: Vec<WebhookSecret>,
}

/// One of them as a decision changes it.
struct Opened {
    webhook: Webhook,
    secrets: WebhookSecrets,
    now: Timestamp,
    entropy: Entropy,
}

impl Opened {
    fn shown(&self) -> ShownWebhook {
        ShownWebhook {
            webhook: self.webhook.clone(),
            secrets: self.secrets.live(self.now),
        }
    }

    fn sealed(&mut self, sealer: &Sealer) -> Result<WebhookRow, Failure> {
        Ok(WebhookRow {
            webhook: self.webhook.clone(),
            secrets_sealed: seal(sealer, &self.secrets, &mut self.entropy)?,
        })
    }
}

fn seal(
    sealer: &Sealer,
    secrets: &WebhookSecrets,
    entropy: &mut Entropy,
) -> Result<Vec<u8>, Failure> {
    let plain = serde_json::to_vec(secrets)
        .map_err(|_| Failure::Internal("the secrets of a webhook cannot be written".into()))?;
    Ok(sealer.seal(&plain, entropy))
}

pub(crate) fn open(sealer: &Sealer, row: &WebhookRow) -> Result<WebhookSecrets, Failure> {
    let opened = sealer.open(&row.secrets_sealed);
    let secrets = opened.and_then(|plain| serde_json::from_slice(&plain).ok());
    secrets.ok_or_else(|| {
        let id = &row.webhook.id;
        Failure::Internal(format!(
            "the secrets of {id} do not open with this master key"
        ))
    })
}

impl Service {
    /// W3: disabled, with a secret of its own.
    pub async fn create_webhook(
        &self,
        caller: &Caller,
        settings: WebhookSettings,
        headers: Vec<CustomHeader>,
        receipt: Receipt<'_, ShownWebhook>,
    ) -> Result<ShownWebhook, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut made = self.new_webhook(caller, settings.clone(), headers.clone());
            let mut batch = Batch::new();
            batch.insert_webhook(&made.sealed(self.sealer())?);
            let shown = made.shown();
            if let Some(answer) = receipt(&shown) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(shown);
            }
        }
    }

    pub async fn get_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
    ) -> Result<ShownWebhook, Failure> {
        Ok(self.open_webhook(caller, id).await?.shown())
    }

    /// W18: the archived ones among them.
    pub async fn list_webhooks(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<Webhook>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().webhook_cursor(environment, &id).await
        })
        .await?;
        let ask = Ask::webhooks(environment, &slice, request.size);
        self.ask(caller, ask).await
    }

    pub async fn update_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
        change: &WebhookChange,
        receipt: Receipt<'_, ShownWebhook>,
    ) -> Result<ShownWebhook, Failure> {
        self.change_webhook(caller, id, receipt, |opened| {
            webhook::update(&mut opened.webhook, &mut opened.secrets, change.clone())
        })
        .await
    }

    /// W32–W34.
    pub async fn switch_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
        to: WebhookStatus,
        receipt: Receipt<'_, ShownWebhook>,
    ) -> Result<ShownWebhook, Failure> {
        self.change_webhook(caller, id, receipt, |opened| {
            webhook::switch(&mut opened.webhook, to)
        })
        .await
    }

    /// W15–W17: another secret; the one before counts for so many seconds more.
    pub async fn rotate_webhook_secret(
        &self,
        caller: &Caller,
        id: &WebhookId,
        grace_seconds: i64,
        receipt: Receipt<'_, ShownWebhook>,
    ) -> Result<ShownWebhook, Failure> {
        self.change_webhook(caller, id, receipt, |opened| {
            let Opened {
                webhook,
                secrets,
                now,
                entropy,
            } = opened;
            webhook::rotate(webhook, secrets, grace_seconds, *now, entropy)
        })
        .await
    }

    /// W35: another webhook with the same settings and headers, disabled, with a secret of its own.
    pub async fn clone_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
        receipt: Receipt<'_, ShownWebhook>,
    ) -> Result<ShownWebhook, Failure> {
        let source = self.open_webhook(caller, id).await?;
        let settings = webhook::clone(&source.webhook.settings);
        self.create_webhook(caller, settings, source.secrets.headers, receipt)
            .await
    }

    async fn open_webhook(&self, caller: &Caller, id: &WebhookId) -> Result<Opened, Failure> {
        let ask = Ask::webhook_row(&caller.environment.id, id);
        let row = self
            .ask(caller, ask)
            .await?
            .ok_or_else(Refusal::not_found)?;
        let secrets = open(self.sealer(), &row)?;
        Ok(Opened {
            webhook: row.webhook,
            secrets,
            now: self.now(),
            entropy: self.entropy(),
        })
    }

    /// Loads, lets the decision change the webhook, and writes it if nobody was faster.
    async fn change_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
        receipt: Receipt<'_, ShownWebhook>,
        decide: impl Fn(&mut Opened) -> Result<(), Refusal>,
    ) -> Result<ShownWebhook, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut opened = self.open_webhook(caller, id).await?;
            let before = opened.webhook.status;
            decide(&mut opened)?;
            let mut batch = Batch::new();
            batch.update_webhook(&opened.sealed(self.sealer())?);
            self.write_lane(&mut batch, &opened.webhook, before);
            let shown = opened.shown();
            if let Some(answer) = receipt(&shown) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                self.inner.nudge.lanes_changed();
                return Ok(shown);
            }
        }
    }

    /// W73: a lane of deliveries is there while the webhook is enabled, and no longer.
    fn write_lane(&self, batch: &mut Batch, webhook: &Webhook, before: WebhookStatus) {
        let (environment, id, now) = (&webhook.environment_id, &webhook.id, self.now());
        match (before, webhook.status) {
            (before, after) if before == after => {}
            (_, WebhookStatus::Enabled) => batch.open_lane(environment, id, epoch(self), now),
            (WebhookStatus::Enabled, _) => batch.close_lane(environment, id, now),
            _ => {}
        }
    }

    fn new_webhook(
        &self,
        caller: &Caller,
        settings: WebhookSettings,
        headers: Vec<CustomHeader>,
    ) -> Opened {
        let now = self.now();
        let mut entropy = self.entropy();
        let webhook = Webhook {
            environment_id: caller.environment.id.clone(),
            id: WebhookId::mint(&mut entropy, now),
            status: WebhookStatus::Disabled,
            settings,
            created_at: now,
            version: 1,
        };
        Opened {
            webhook,
            secrets: WebhookSecrets::new(headers, &mut entropy),
            now,
            entropy,
        }
    }
}
