//! Webhooks: what they are told in the clear, what they keep to themselves sealed.

use std::sync::LazyLock;

use selfsame_domain::id::{EnvironmentId, WebhookId};
use selfsame_domain::webhook::{Webhook, WebhookStatus};

use crate::row::{id, json};
use crate::sql::{self, Check, Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError};

#[derive(Debug, Clone)]
pub struct WebhookRow {
    pub webhook: Webhook,
    /// The secrets, and the headers that are sent along.
    pub secrets_sealed: Vec<u8>,
}

/// With what is sealed, which lists do not read.
const WITH_SECRETS: &[&str] = &[
    "environment_id",
    "id",
    "status",
    "settings",
    "created_at",
    "version",
    "secrets_sealed",
];
const COLUMNS: &[&str] = WITH_SECRETS.split_at(WITH_SECRETS.len() - 1).0;

static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM webhooks", COLUMNS.join(", ")));
static SELECT_WITH_SECRETS: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM webhooks", WITH_SECRETS.join(", ")));
pub(crate) static INSERT: Insert = Insert::new("webhooks", WITH_SECRETS);
static CHECK: Check = Check::new("webhooks");

fn webhook(row: &mut Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        environment_id: row.id()?,
        id: row.id()?,
        status: {
            let status = row.text()?;
            WebhookStatus::parse(&status)
                .ok_or_else(|| StoreError::Corrupt(format!("webhook status {status}")))?
        },
        settings: row.json()?,
        created_at: row.time()?,
        version: row.integer()?,
    })
}

fn webhook_row(row: &mut Row) -> Result<WebhookRow, StoreError> {
    Ok(WebhookRow {
        webhook: webhook(row)?,
        secrets_sealed: row.blob()?,
    })
}

impl Ask<Option<WebhookRow>> {
    pub fn webhook_row(environment: &EnvironmentId, webhook: &WebhookId) -> Self {
        let sql = format!(
            "{} WHERE environment_id = $1 AND id = $2",
            *SELECT_WITH_SECRETS
        );
        Ask::find(
            Query::new(sql, vec![id(environment), id(webhook)]),
            webhook_row,
        )
    }
}

impl Ask<Vec<(EnvironmentId, WebhookId)>> {
    /// Of every environment.
    pub fn every_webhook() -> Self {
        let sql = "SELECT environment_id, id FROM webhooks ORDER BY environment_id, id";
        Ask::all(Query::new(sql, vec![]), |row| Ok((row.id()?, row.id()?)))
    }
}

impl Ask<Page<Webhook>> {
    pub fn webhooks(environment: &EnvironmentId, slice: &Slice, size: u32) -> Self {
        let conditions = Conditions::new("environment_id", id(environment));
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), webhook, slice, size)
    }
}

impl Store {
    pub async fn webhook_cursor(
        &self,
        environment: &EnvironmentId,
        webhook: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM webhooks WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), webhook.into()]),
            sql::cursor,
        )
        .await
    }
}

impl Batch {
    pub fn insert_webhook(&mut self, row: &WebhookRow) {
        self.configures = true;
        let webhook = &row.webhook;
        self.insert(
            &INSERT,
            vec![
                id(&webhook.environment_id),
                id(&webhook.id),
                webhook.status.as_str().into(),
                json(&webhook.settings),
                webhook.created_at.into(),
                webhook.version.into(),
                row.secrets_sealed.clone().into(),
            ],
        );
    }

    /// The webhook is still as it was read: nothing is queued for one that was switched or changed meanwhile.
    pub fn check_webhook(&mut self, webhook: &Webhook) {
        let values = vec![
            id(&webhook.environment_id),
            id(&webhook.id),
            webhook.version.into(),
        ];
        self.push_check(&CHECK, values);
    }

    /// Writes all of it, if it is still what it was when read.
    pub fn update_webhook(&mut self, row: &WebhookRow) {
        self.configures = true;
        let webhook = &row.webhook;
        self.push_one(
            "UPDATE webhooks SET status = $3, settings = $4, secrets_sealed = $5, version = $6 + 1 \
             WHERE environment_id = $1 AND id = $2 AND version = $6",
            vec![
                id(&webhook.environment_id),
                id(&webhook.id),
                webhook.status.as_str().into(),
                json(&webhook.settings),
                row.secrets_sealed.clone().into(),
                webhook.version.into(),
            ],
        );
    }
}
