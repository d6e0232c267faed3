//! How an environment's webhooks stand: what waits for each, and whether its circuit is open (WD1).

use std::collections::HashMap;

use selfsame_domain::Timestamp;
use selfsame_domain::id::{Id as _, WebhookId};
use selfsame_domain::webhook::{Webhook, WebhookStatus};
use selfsame_store::{Ask, Lane};

use crate::{Caller, Failure, ListRequest, Service};

const PAGE: u32 = 100;

/// A webhook, and what it is behind with.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub webhook: Webhook,
    /// Events that it was not told of yet, or not with success.
    pub waiting: i64,
    /// Since when it is sent one event at a time (W76).
    pub opened_at: Option<Timestamp>,
}

impl Service {
    /// Those that are not archived, newest first.
    pub async fn webhook_standings(&self, caller: &Caller) -> Result<Vec<Standing>, Failure> {
        let environment = &caller.environment.id;
        let ask = Ask::lanes_of(environment)
            .and(Ask::last_sequence(environment))
            .and(Ask::deliveries_waiting(environment));
        let ((lanes, last), waiting) = self.ask(caller, ask).await?;
        let last = last.unwrap_or_default();
        let waiting: HashMap<WebhookId, i64> = waiting.into_iter().collect();
        let lanes: HashMap<WebhookId, Lane> = lanes
            .into_iter()
            .map(|lane| (lane.webhook_id.clone(), lane))
            .collect();
        let standing = |webhook: Webhook| {
            let lane = lanes.get(&webhook.id);
            let ahead = lane.map_or(0, |lane| (last - lane.sequence).max(0));
            Standing {
                waiting: waiting.get(&webhook.id).copied().unwrap_or_default() + ahead,
                opened_at: lane.and_then(|lane| lane.opened_at),
                webhook,
            }
        };
        let webhooks = self.open_webhooks(caller).await?;
        Ok(webhooks.into_iter().map(standing).collect())
    }

    async fn open_webhooks(&self, caller: &Caller) -> Result<Vec<Webhook>, Failure> {
        let mut found: Vec<Webhook> = Vec::new();
        let mut after = None;
        loop {
            let request = ListRequest {
                size: PAGE,
                after,
                before: None,
            };
            let page = self.list_webhooks(caller, &request).await?;
            after = page
                .items
                .last()
                .filter(|_| page.has_older)
                .map(|webhook| webhook.id.as_str().to_owned());
            let open = page.items.into_iter();
            found.extend(open.filter(|webhook| webhook.status != WebhookStatus::Archived));
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}
