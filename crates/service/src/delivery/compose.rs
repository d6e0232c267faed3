//! What a receiver is sent: the event in its version and spelling, signed with its secrets (W60–W66).

mod style;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use selfsame_domain::Timestamp;
use selfsame_domain::delivery::Delivery;
use selfsame_domain::event::Event;
use selfsame_domain::webhook::{Included, PayloadFilter, Webhook, WebhookSecrets};
use selfsame_store::WebhookRow;
use selfsame_wire as wire;
use selfsame_wire::{ApiVersion, Blocklist};
use serde_json::Value;

use super::name::delivery_id;
use crate::webhook::open;
use crate::{Failure, FileLinks, Outgoing, Service};

use style::{Composed, Style};

/// In place of what is the receiver's own secret.
const LEFT_OUT: &str = "(left out)";

/// A webhook as it is sent to.
#[derive(Debug)]
pub(super) struct Receiver {
    webhook: Webhook,
    kept: WebhookSecrets,
    style: Style,
}

impl Receiver {
    pub fn new(service: &Service, row: WebhookRow) -> Result<Self, Failure> {
        let kept = open(service.sealer(), &row)?;
        let settings = &row.webhook.settings;
        let unreadable =
            |what: &str| Failure::Internal(format!("the {what} of a webhook cannot be read"));
        let version = ApiVersion::named(&settings.api_version);
        let filter = settings
            .payload_filter
            .as_ref()
            .and_then(Value::as_object)
            .map(PayloadFilter::parse);
        let style = Style {
            version: version.ok_or_else(|| unreadable("version"))?,
            inflection: settings
                .inflection
                .parse()
                .map_err(|_| unreadable("inflection"))?,
            blocklist: Blocklist::new(&settings.attributes_blocklist),
            filter: filter.transpose().map_err(|_| unreadable("filter"))?,
            relationships: settings.relationships,
            files: Some(FileLinks::new(
                service,
                &row.webhook.environment_id,
                settings.file_access_token_expires_in,
            )),
        };
        Ok(Self {
            kept,
            style,
            webhook: row.webhook,
        })
    }

    pub fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    /// Those that count at this moment, the newest first.
    pub(super) fn secrets(&self, now: Timestamp) -> Vec<String> {
        let live = self.kept.live(now).into_iter();
        live.map(|secret| secret.value).collect()
    }

    /// Of the webhook's row: another one means that something was changed.
    pub(super) fn version(&self) -> i64 {
        self.webhook.version
    }

    /// W75.
    pub(super) fn is_ordered(&self) -> bool {
        self.webhook.settings.ordered
    }

    /// W61, W62.
    pub fn body(&self, event: &Event, included: Vec<Value>) -> Composed {
        self.style.compose(event, included)
    }

    /// `None`: the filter does not let it through.
    pub(super) async fn compose(
        &self,
        service: &Service,
        event: Event<String>,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Option<Outgoing>, Failure> {
        let allowlist = &self.webhook.settings.included_allowlist;
        let straight = (allowlist.of(&event.name) == Included::None)
            .then(|| self.style.straight(&event))
            .flatten();
        let body = if let Some(body) = straight {
            body
        } else {
            let event = event.read().map_err(|error| {
                Failure::Internal(format!("the payload of an event cannot be read: {error}"))
            })?;
            let included = service.included_with(&self.webhook, &event).await;
            let composed = self.body(&event, included);
            if !composed.matches {
                return Ok(None);
            }
            composed.body
        };
        Ok(Some(Outgoing {
            url: self.webhook.settings.url.clone(),
            headers: self.headers(delivery, &body, now),
            body: body.into(),
        }))
    }

    /// W60, W63–W66. A header that cannot be one is left out; it was looked at when it was set.
    pub fn headers(&self, delivery: &Delivery, body: &[u8], now: Timestamp) -> HeaderMap {
        let seconds = now.millis().div_euclid(1000);
        let first = delivery.first_attempted_at.unwrap_or(now);
        let (made, left) = delivery.counted();
        let secrets = self.kept.live(now);
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.value.as_str()).collect();
        let mut headers = HeaderMap::new();
        let mut put = |name: &str, value: String| {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        };
        for header in &self.kept.headers {
            put(&header.name, header.value.clone());
        }
        put(
            "persona-signature",
            wire::signature::sign(&secrets, seconds, body),
        );
        put("persona-webhook-attempts-made", made.to_string());
        put("persona-webhook-attempts-left", left.to_string());
        put(
            "persona-webhook-first-attempted-at",
            first.millis().div_euclid(1000).to_string(),
        );
        if self.webhook.settings.extra_headers {
            put("selfsame-environment", delivery.environment_id.to_string());
            if delivery.sequence > 0 {
                let id = delivery_id(&delivery.webhook_id, delivery.sequence);
                put("selfsame-delivery-id", id.to_string());
            }
            if let (Some(account), Some(number)) = (&delivery.account_id, delivery.account_sequence)
            {
                put("selfsame-account-id", account.to_string());
                put("selfsame-sequence", number.to_string());
            }
        }
        headers
    }

    /// Headers for people to see, in the order of their names: without the values that are set on the webhook (W28).
    pub(super) fn shown(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let is_own = |name: &str| {
            let own = &self.kept.headers;
            own.iter().any(|own| own.name.eq_ignore_ascii_case(name))
        };
        let mut shown: Vec<_> = headers
            .iter()
            .map(|(name, value)| {
                let value = if is_own(name.as_str()) {
                    LEFT_OUT.into()
                } else {
                    String::from_utf8_lossy(value.as_bytes())
                };
                (name.to_string(), value.into_owned())
            })
            .collect();
        shown.sort();
        shown
    }
}
