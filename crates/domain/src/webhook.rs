//! Webhooks: what they are told, whether they are, and what they keep to themselves (W1–W39).

mod event_name;
mod filter;
mod header;
mod included;
mod secret;
mod target;

pub use event_name::{EVENT_NAMES, is_known, matches, type_of};
pub use filter::{DEEPEST_FILTER, FilterProblem, LARGEST_FILTER, PayloadFilter};
pub use header::{
    CustomHeader, LARGEST_HEADERS, MOST_HEADERS, check_header_name, check_header_value,
    check_headers,
};
pub use included::{Included, IncludedAllowlist, IncludedOf, MOST_EVENT_TYPES, MOST_RELATIONS};
pub use secret::{MOST_GRACE_SECONDS, WebhookSecret, WebhookSecrets};
pub use target::{MAX_URL_CHARACTERS, check_url, is_loopback};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api_key::{DEFAULT_FILE_TOKEN_SECONDS, MAX_NAME_CHARACTERS};
use crate::id::{Entropy, EnvironmentId, WebhookId};
use crate::{Refusal, Timestamp};

/// What a copy of a webhook has behind its name.
const COPY: &str = " Copy";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStatus {
    Disabled,
    Enabled,
    /// For good.
    Archived,
}

impl WebhookStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Archived => "archived",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Disabled, Self::Enabled, Self::Archived]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookSettings {
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: String,
    /// Names of events, and patterns of them.
    pub enabled_events: Vec<String>,
    pub api_version: String,
    pub inflection: String,
    pub attributes_blocklist: Vec<String>,
    pub file_access_token_expires_in: i64,
    pub payload_filter: Option<Value>,
    pub included_allowlist: IncludedAllowlist,
    /// Whether payloads tell the relations of their object.
    pub relationships: bool,
    /// W30: the events of one account one after the other.
    pub ordered: bool,
    /// W31: headers of our own with each delivery.
    pub extra_headers: bool,
}

impl WebhookSettings {
    /// W3: what a webhook has that was made with a URL and its events, and nothing else.
    pub fn new(
        url: impl Into<String>,
        enabled_events: Vec<String>,
        api_version: impl Into<String>,
    ) -> Self {
        Self {
            name: None,
            description: None,
            url: url.into(),
            enabled_events,
            api_version: api_version.into(),
            inflection: "kebab".to_owned(),
            attributes_blocklist: Vec::new(),
            file_access_token_expires_in: DEFAULT_FILE_TOKEN_SECONDS,
            payload_filter: None,
            included_allowlist: IncludedAllowlist::None,
            relationships: true,
            ordered: false,
            extra_headers: false,
        }
    }

    /// Whether it is told of events with this name.
    pub fn selects(&self, event_name: &str) -> bool {
        self.enabled_events
            .iter()
            .any(|pattern| matches(pattern, event_name))
    }

    /// The same, but for the headers, which are kept with the secrets.
    pub fn apply(&mut self, change: WebhookChange) {
        set(&mut self.name, change.name);
        set(&mut self.description, change.description);
        set(&mut self.url, change.url);
        set(&mut self.enabled_events, change.enabled_events);
        set(&mut self.api_version, change.api_version);
        set(&mut self.inflection, change.inflection);
        set(&mut self.attributes_blocklist, change.attributes_blocklist);
        set(
            &mut self.file_access_token_expires_in,
            change.file_access_token_expires_in,
        );
        set(&mut self.payload_filter, change.payload_filter);
        set(&mut self.included_allowlist, change.included_allowlist);
        set(&mut self.relationships, change.relationships);
        set(&mut self.ordered, change.ordered);
        set(&mut self.extra_headers, change.extra_headers);
        let list = std::mem::take(&mut self.included_allowlist);
        self.included_allowlist = list.settled(&self.enabled_events);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What is to be otherwise; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WebhookChange {
    pub name: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub url: Option<String>,
    pub enabled_events: Option<Vec<String>>,
    pub api_version: Option<String>,
    pub inflection: Option<String>,
    pub attributes_blocklist: Option<Vec<String>>,
    pub file_access_token_expires_in: Option<i64>,
    pub payload_filter: Option<Option<Value>>,
    pub included_allowlist: Option<IncludedAllowlist>,
    pub relationships: Option<bool>,
    pub ordered: Option<bool>,
    pub extra_headers: Option<bool>,
    /// All of them, in place of those that were there.
    pub custom_http_headers: Option<Vec<CustomHeader>>,
}

/// A webhook without its secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    pub environment_id: EnvironmentId,
    pub id: WebhookId,
    pub status: WebhookStatus,
    pub settings: WebhookSettings,
    pub created_at: Timestamp,
    pub version: i64,
}

impl Webhook {
    /// Whether it is told of events with this name.
    pub fn selects(&self, event_name: &str) -> bool {
        self.settings.selects(event_name)
    }
}

/// W34: nothing happens any more to what is archived.
fn check_open(webhook: &Webhook) -> Result<(), Refusal> {
    if webhook.status == WebhookStatus::Archived {
        return Err(Refusal::conflict("Webhook is archived"));
    }
    Ok(())
}

/// W32–W34: enabled, it is told of what happens from now on; disabled, of nothing until it is enabled again; archived, of
/// nothing any more.
pub fn switch(webhook: &mut Webhook, to: WebhookStatus) -> Result<(), Refusal> {
    check_open(webhook)?;
    webhook.status = to;
    Ok(())
}

/// W9: changes what it is told, and where.
pub fn update(
    webhook: &mut Webhook,
    secrets: &mut WebhookSecrets,
    mut change: WebhookChange,
) -> Result<(), Refusal> {
    check_open(webhook)?;
    set(&mut secrets.headers, change.custom_http_headers.take());
    webhook.settings.apply(change);
    Ok(())
}

/// W15–W17: a new secret, beside which the one before counts for so many seconds more.
pub fn rotate(
    webhook: &Webhook,
    secrets: &mut WebhookSecrets,
    grace_seconds: i64,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<(), Refusal> {
    check_open(webhook)?;
    secrets.rotate(grace_seconds, now, entropy);
    Ok(())
}

/// W35: what a copy is told, and under which name; whether the webhook is archived or not.
pub fn clone(settings: &WebhookSettings) -> WebhookSettings {
    let room = MAX_NAME_CHARACTERS - COPY.len();
    let name = settings.name.as_deref().map(|name| {
        let kept: String = name.chars().take(room).collect();
        kept + COPY
    });
    WebhookSettings {
        name,
        ..settings.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);
    const STATUSES: [WebhookStatus; 3] = [
        WebhookStatus::Disabled,
        WebhookStatus::Enabled,
        WebhookStatus::Archived,
    ];

    fn webhook(status: WebhookStatus) -> Webhook {
        let events = vec!["inquiry.*".to_owned(), "account.created".to_owned()];
        Webhook {
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            id: WebhookId::from_trusted("wbh_1".into()),
            status,
            settings: WebhookSettings::new("https://example.com", events, "2025-12-08"),
            created_at: NOW,
            version: 1,
        }
    }

    fn secrets() -> WebhookSecrets {
        WebhookSecrets::new(vec![], &mut Entropy::seeded(1))
    }

    #[test]
    fn statuses_read_back() {
        for status in STATUSES {
            assert_eq!(WebhookStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(WebhookStatus::parse("Enabled"), None);
    }

    #[test]
    fn w32_w33_w34_a_status_changes_until_it_is_archived() {
        for after in STATUSES {
            for before in [WebhookStatus::Disabled, WebhookStatus::Enabled] {
                let mut webhook = webhook(before);
                assert_eq!(switch(&mut webhook, after), Ok(()));
                assert_eq!(webhook.status, after);
            }
            let mut webhook = webhook(WebhookStatus::Archived);
            let refusal = switch(&mut webhook, after).unwrap_err();
            assert_eq!(refusal, Refusal::conflict("Webhook is archived"));
            assert_eq!(webhook.status, WebhookStatus::Archived);
        }
    }

    #[test]
    fn w34_what_is_archived_is_neither_changed_nor_gets_another_secret() {
        for status in STATUSES {
            let is_open = status != WebhookStatus::Archived;
            let (mut webhook, mut secrets) = (webhook(status), secrets());
            let before = (webhook.clone(), secrets.clone());
            let rotated = rotate(&webhook, &mut secrets, 0, NOW, &mut Entropy::seeded(2));
            assert_eq!(rotated.is_ok(), is_open);
            assert_eq!(secrets != before.1, is_open);
            let change = WebhookChange {
                url: Some("https://example.org".into()),
                ..WebhookChange::default()
            };
            assert_eq!(update(&mut webhook, &mut secrets, change).is_ok(), is_open);
            assert_eq!(webhook != before.0, is_open);
        }
    }

    #[test]
    fn w9_a_change_leaves_what_it_does_not_name() {
        let mut webhook = webhook(WebhookStatus::Enabled);
        let mut secrets = secrets();
        let header = CustomHeader {
            name: "X-Key".into(),
            value: "1".into(),
        };
        let change = WebhookChange {
            name: Some(Some("Name".into())),
            ordered: Some(true),
            custom_http_headers: Some(vec![header.clone()]),
            ..WebhookChange::default()
        };
        let secret = secrets.secrets.clone();
        update(&mut webhook, &mut secrets, change).unwrap();
        let mut expected = super::tests::webhook(WebhookStatus::Enabled);
        expected.settings.name = Some("Name".into());
        expected.settings.ordered = true;
        assert_eq!(webhook, expected);
        assert_eq!(secrets.headers, std::slice::from_ref(&header));
        update(&mut webhook, &mut secrets, WebhookChange::default()).unwrap();
        assert_eq!((webhook, secrets.secrets), (expected, secret));
        assert_eq!(secrets.headers, [header]);
    }

    #[test]
    fn w12_what_is_included_follows_the_events() {
        let mut webhook = webhook(WebhookStatus::Enabled);
        let of_accounts = IncludedOf {
            event_type: "account".into(),
            relations: vec!["account-type".into()],
        };
        let custom = IncludedAllowlist::Custom(vec![of_accounts]);
        webhook.settings.apply(WebhookChange {
            included_allowlist: Some(custom.clone()),
            ..WebhookChange::default()
        });
        assert_eq!(webhook.settings.included_allowlist, custom);
        webhook.settings.apply(WebhookChange {
            enabled_events: Some(vec!["inquiry.created".into()]),
            ..WebhookChange::default()
        });
        let list = webhook.settings.included_allowlist;
        assert_eq!(list, IncludedAllowlist::None);
    }

    #[test]
    fn w6_a_webhook_selects_what_one_of_its_patterns_means() {
        let webhook = webhook(WebhookStatus::Enabled);
        for (name, expected) in [
            ("inquiry.approved", true),
            ("account.created", true),
            ("account.redacted", false),
            ("inquiry-session.started", false),
        ] {
            assert_eq!(webhook.selects(name), expected, "{name}");
        }
    }

    #[test]
    fn w35_a_copy_has_everything_under_a_name_of_its_own() {
        for (name, expected) in [
            (None, None),
            (Some("Name".to_owned()), Some("Name Copy".to_owned())),
            (Some("ü".repeat(255)), Some("ü".repeat(250) + " Copy")),
        ] {
            let mut source = webhook(WebhookStatus::Archived).settings;
            source.name = name;
            source.extra_headers = true;
            let copy = clone(&source);
            source.name = expected;
            assert_eq!(copy, source);
        }
    }
}
