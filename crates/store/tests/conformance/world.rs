//! One organisation with a sandbox and a production environment, and objects to put into them.

use selfsame_domain::account::{Account, AccountStatus, AccountType, default_fields};
use selfsame_domain::api_key::{ApiKey, ApiKeySettings};
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::event::Event;
use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_domain::id::{
    AccountId, AccountStatusId, AccountTypeId, ApiKeyId, EnvironmentId, EventId, Id, InquiryId,
    OrganisationId, SessionId, TemplateId, TemplateVersionId, WebhookId,
};
use selfsame_domain::inquiry::{Detail, Inquiry, Status};
use selfsame_domain::session::{Device, Session, SessionStatus};
use selfsame_domain::template::{Template, TemplateSettings, TemplateVersion, form_only};
use selfsame_domain::webhook::{Webhook, WebhookSettings, WebhookStatus};
use selfsame_domain::{ReferenceId, Timestamp};
use selfsame_store::{ApiKeyRow, Batch, CommitError, EnvironmentRow, Guard, Store, WebhookRow};
use serde_json::{Map, Value, json};

use super::engine::Place;

pub const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

pub struct World {
    pub store: Store,
    pub sandbox: EnvironmentId,
    pub production: EnvironmentId,
    pub organisation: OrganisationId,
    pub kind: AccountType,
    pub template: Template,
    pub version: TemplateVersion,
    pub place: Place,
}

pub async fn world() -> World {
    let place = Place::new();
    let store = place.open().await;
    let organisation = OrganisationId::from_trusted("org_1".into());
    let mut batch = Batch::new();
    batch.insert_organisation(&organisation, "Test", NOW);
    let mut environments = Vec::new();
    for (id, kind) in [
        ("env_production", EnvironmentKind::Production),
        ("env_sandbox", EnvironmentKind::Sandbox),
    ] {
        let environment = Environment {
            id: EnvironmentId::from_trusted(id.into()),
            organisation_id: organisation.clone(),
            kind,
        };
        batch.insert_environment(&EnvironmentRow {
            environment: environment.clone(),
            token_key_sealed: vec![1, 2, 3],
            created_at: NOW,
        });
        environments.push(environment.id);
    }
    let kind = account_type(&organisation, "acttp_1", true);
    batch.insert_account_type(&kind);
    let template = Template {
        id: TemplateId::from_trusted("itmpl_1".into()),
        organisation_id: organisation.clone(),
        name: "Template".into(),
        active: true,
        latest_published_version_id: Some(TemplateVersionId::from_trusted("itmplv_1".into())),
        settings: TemplateSettings::default(),
        created_at: NOW,
        updated_at: NOW,
    };
    let version = TemplateVersion {
        id: TemplateVersionId::from_trusted("itmplv_1".into()),
        organisation_id: organisation.clone(),
        template_id: template.id.clone(),
        published: true,
        name_display: Some("Template".into()),
        enabled_locales: vec!["en-US".into()],
        definition: form_only(),
        created_at: NOW,
        updated_at: NOW,
        published_at: Some(NOW),
    };
    batch.insert_template(&template);
    batch.insert_template_version(&version);
    store.commit(batch).await.expect("a world");
    let sandbox = environments.pop().expect("two");
    let production = environments.pop().expect("two");
    World {
        store,
        sandbox,
        production,
        organisation,
        kind,
        template,
        version,
        place,
    }
}

/// The default schema with a unique, case-insensitive `customer_number`.
pub fn account_type(organisation: &OrganisationId, id: &str, is_default: bool) -> AccountType {
    let mut fields = default_fields();
    let mut unique = FieldSchema::new("customer_number", FieldKind::String);
    unique.identifier = true;
    unique.unique = true;
    fields.push(unique);
    AccountType {
        id: AccountTypeId::from_trusted(id.into()),
        organisation_id: organisation.clone(),
        name: "User".into(),
        is_default,
        fields,
        statuses: vec![AccountStatus {
            id: AccountStatusId::from_trusted("actst_1".into()),
            name: "Default".into(),
            active: true,
        }],
        default_status: "Default".into(),
        relations: vec![],
        actions: vec![],
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

impl World {
    /// A key of the sandbox whose value hashes to so many times `number`.
    pub fn api_key(&self, id: &str, number: u8) -> ApiKeyRow {
        ApiKeyRow {
            key: ApiKey {
                environment_id: self.sandbox.clone(),
                id: ApiKeyId::from_trusted(format!("api_{id}")),
                settings: ApiKeySettings::new("Key", "2025-12-08"),
                created_at: NOW,
                expires_at: None,
                last_used_at: None,
                version: 1,
            },
            value_hash: vec![number; 32],
            value_sealed: vec![number; 40],
        }
    }

    /// A webhook of the sandbox.
    pub fn webhook(&self, id: &str) -> WebhookRow {
        let events = vec!["inquiry.*".to_owned()];
        WebhookRow {
            webhook: Webhook {
                environment_id: self.sandbox.clone(),
                id: WebhookId::from_trusted(format!("wbh_{id}")),
                status: WebhookStatus::Disabled,
                settings: WebhookSettings::new("https://example.com", events, "2025-12-08"),
                created_at: NOW,
                version: 1,
            },
            secrets_sealed: vec![1; 40],
        }
    }

    pub fn account(&self, id: &str, reference: Option<&str>) -> Account {
        Account {
            id: AccountId::from_trusted(format!("act_{id}")),
            environment_id: self.sandbox.clone(),
            account_type_id: self.kind.id.clone(),
            reference_id: reference.map(|text| ReferenceId::parse(text).expect("a reference ID")),
            status: "Default".into(),
            fields: Map::new(),
            tags: vec![],
            created_at: NOW,
            updated_at: NOW,
            redacted_at: None,
            archived_at: None,
            consolidated_into: None,
            version: 1,
        }
    }

    pub fn inquiry(&self, id: &str, account: Option<&Account>) -> Inquiry {
        Inquiry {
            id: InquiryId::from_trusted(format!("inq_{id}")),
            environment_id: self.sandbox.clone(),
            account_id: account.map(|account| account.id.clone()),
            template_id: self.template.id.clone(),
            template_version_id: self.version.id.clone(),
            status: Status::Created,
            note: None,
            created_at: NOW,
            updated_at: NOW,
            expires_at: Some(NOW.plus_seconds(86_400)),
            redacted_at: None,
            detail: Detail::default(),
            version: 1,
        }
    }

    pub fn session(id: &str, inquiry: &Inquiry) -> Session {
        Session {
            id: SessionId::from_trusted(format!("iqse_{id}")),
            environment_id: inquiry.environment_id.clone(),
            inquiry_id: inquiry.id.clone(),
            device_id: None,
            status: SessionStatus::New,
            created_at: NOW,
            started_at: None,
            expired_at: None,
            expires_at: NOW.plus_seconds(86_400),
            device: Device::default(),
            version: 1,
        }
    }

    pub fn event(&self, id: &str, ordinal: i64) -> Event {
        Event {
            id: EventId::from_trusted(format!("evt_{id}")),
            environment_id: self.sandbox.clone(),
            name: "account.created".into(),
            object_type: "account".into(),
            object_id: "act_1".into(),
            account_id: None,
            created_at: NOW,
            ordinal,
            payload: json!({"type": "account", "id": "act_1"}),
            context: Map::new(),
        }
    }

    pub async fn insert(&self, account: &Account) -> Result<(), CommitError> {
        let mut batch = Batch::new();
        batch.insert_account(account, &self.kind);
        self.store.commit(batch).await
    }

    pub async fn commit(&self, write: impl FnOnce(&mut Batch)) -> Result<(), CommitError> {
        let mut batch = Batch::new();
        write(&mut batch);
        self.store.commit(batch).await
    }

    pub async fn find(&self, account: &Account) -> Option<Account> {
        let found = self.store.find_account(&self.sandbox, &account.id).await;
        found.expect("a read")
    }
}

/// The word for an outcome, so that outcomes can be compared.
pub fn word(outcome: &Result<(), CommitError>) -> String {
    match outcome {
        Ok(()) => "committed".into(),
        Err(CommitError::Conflict) => "conflict".into(),
        Err(CommitError::Taken(guard)) => format!("taken: {guard:?}"),
        Err(CommitError::Failed(_)) => "failed".into(),
    }
}

pub fn taken(guard: Guard) -> String {
    format!("taken: {guard:?}")
}

pub fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}
