//! The server under test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use selfsame_cluster::Database;
use selfsame_domain::Timestamp;
use selfsame_domain::account::action::{AccountAction, Deed, Effect};
use selfsame_domain::account::{
    Account, AccountStatus, AccountType, RelationSchema, default_fields,
};
use selfsame_domain::api_key::{self, ApiKeySettings};
use selfsame_domain::environment::Environment;
use selfsame_domain::event::Event;
use selfsame_domain::id::{
    AccountActionId, AccountId, AccountStatusId, AccountTypeId, ApiKeyId, Entropy, Id as _,
    TemplateId,
};
use selfsame_domain::permission::Permission;
use selfsame_server::app::{App, Settings};
use selfsame_service::{
    Actor, Blobs, Caller, Clock, FolderBlobs, ImportLimits, Options, OutboundOptions, Sealer,
    SeededEnvironment, Service, no_receipt, sha256,
};
use selfsame_store::{Batch, EventFilter, Query, Slice, Store};
use selfsame_wire::ApiVersion;
use serde_json::Value;
use tempfile::TempDir;

use crate::Client;

/// When every test begins: 2026-02-03T10:15:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_770_113_700_000);

const TABLES: &[&str] = &[
    "accounts",
    "account_identifiers",
    "account_search_values",
    "account_relations",
    "inquiries",
    "inquiry_sessions",
    "one_time_links",
    "verifications",
    "documents",
    "selfies",
    "files",
    "blobs_to_delete",
    "importers",
    "importer_rows",
    "tags",
    "webhooks",
    "events",
];

/// API keys of one organisation.
#[derive(Debug, Clone)]
pub struct Keys {
    pub sandbox: String,
    pub production: String,
}

#[derive(Debug, Clone)]
pub struct Organisation {
    pub sandbox: Environment,
    pub production: Environment,
    pub keys: Keys,
    /// Government ID and selfie.
    pub template: TemplateId,
    /// A form and nothing else.
    pub form_template: TemplateId,
}

pub struct Builder {
    settings: Settings,
    options: Options,
    seed: u64,
    postgres: bool,
}

impl Builder {
    /// On PostgreSQL, whatever the environment says.
    #[must_use]
    pub fn on_postgres(mut self) -> Self {
        self.postgres = true;
        self
    }

    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Another sequence of ids.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, database) = open(&folder, self.postgres).await;
        let blobs = Arc::new(FolderBlobs::new(&folder.path().join("blobs")));
        let clock = Clock::fixed(START);
        let service = Service::new(
            store,
            blobs,
            clock.clone(),
            Sealer::new(&[7; 32]),
            Entropy::seeded(self.seed),
            self.options,
        );
        let own = organisation(&service, "Test").await;
        let app = App::new(service.clone(), self.settings);
        TestApp {
            router: app.router(),
            app,
            service,
            clock,
            processes: AtomicU64::new(1_000_000),
            own,
            folder,
            database,
        }
    }
}

async fn open(folder: &TempDir, postgres: bool) -> (Store, Option<Database>) {
    if postgres {
        let database = Database::filled(migrate).expect("a database");
        let store = Store::open_postgres(&database.url()).await;
        return (store.expect("a store"), Some(database));
    }
    let store = Store::open_sqlite(&folder.path().join("selfsame.db"));
    (store.expect("a store"), None)
}

/// Brings an empty database's schema up to date, on a thread of its own, which takes its connections with it.
fn migrate(url: &str) -> Result<(), String> {
    let open = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let opened = runtime.block_on(Store::open_postgres(url));
        opened.map(drop).map_err(|error| error.to_string())
    };
    let opened = std::thread::scope(|scope| scope.spawn(open).join());
    opened.map_err(|_| "a panic".to_owned())?
}

async fn organisation(service: &Service, name: &str) -> Organisation {
    let seeded = service.seed(name, true, &["en-US"]).await.expect("a seed");
    let own = &seeded.sandbox.environment.organisation_id;
    let kind = service.store().find_default_account_type(own).await;
    let mut kind = kind.expect("a read").expect("a default type");
    kind.relations = family(&kind.id);
    kind.actions = vec![welcome()];
    let mut batch = Batch::new();
    batch.update_account_type(&kind);
    service.store().commit(batch).await.expect("relations");
    let key = |made: &SeededEnvironment| made.api_key.clone().expect("a key");
    Organisation {
        keys: Keys {
            sandbox: key(&seeded.sandbox),
            production: key(&seeded.production),
        },
        sandbox: seeded.sandbox.environment,
        production: seeded.production.environment,
        template: seeded.template_id,
        form_template: seeded.form_template_id,
    }
}

/// The relations of the default account type: each account has any number of `children`, one `parent` and one `spouse`.
fn family(kind: &AccountTypeId) -> Vec<RelationSchema> {
    [
        ("children", "parent", true),
        ("parent", "children", false),
        ("spouse", "spouse", false),
    ]
    .map(|(key, inverse, many)| RelationSchema {
        key: key.to_owned(),
        target_type_id: kind.clone(),
        inverse: inverse.to_owned(),
        many,
    })
    .into()
}

/// The id of the one action of the default account type, which tags an account `welcome`.
pub const ACTION: &str = "accac_1111111111111111111111111111";

fn welcome() -> AccountAction {
    AccountAction {
        id: AccountActionId::from_trusted(ACTION.to_owned()),
        name: "Welcome".to_owned(),
        parameters: vec![],
        effects: vec![Effect {
            deed: Deed::AddTag,
            field: None,
            value: Some("welcome".into()),
            parameter: None,
        }],
    }
}

/// A running server and the world behind it. Its clock stands still until [`TestApp::advance`].
#[derive(Debug)]
pub struct TestApp {
    pub app: App,
    pub service: Service,
    pub own: Organisation,
    router: Router,
    clock: Clock,
    /// The seed of the next process on the same data: no two make the same ids.
    processes: AtomicU64,
    /// Keeps the data until the test ends.
    folder: TempDir,
    /// Is dropped, and so removed, with the test.
    database: Option<Database>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::build().start().await
    }

    /// On the embedded store, or on PostgreSQL where `SELFSAME_TEST_ENGINE` says so.
    pub fn build() -> Builder {
        let engine = std::env::var("SELFSAME_TEST_ENGINE");
        Builder {
            postgres: engine.is_ok_and(|engine| engine == "postgres"),
            settings: Settings {
                extensions: true,
                ..Settings::default()
            },
            options: Options {
                public_url: "https://verify.example.test".to_owned(),
                keep_reference_id_on_redaction: false,
                follow_consolidation: false,
                templates_readable_in_sandbox: true,
                imports: ImportLimits::default(),
                api_log_days: 14,
                event_days: 92,
                outbound: OutboundOptions {
                    loopback: true,
                    ..OutboundOptions::default()
                },
            },
            seed: 1,
        }
    }

    /// Holds the sandbox key.
    pub fn sandbox(&self) -> Client {
        self.client(Some(&self.own.keys.sandbox))
    }

    /// Holds the production key.
    pub fn production(&self) -> Client {
        self.client(Some(&self.own.keys.production))
    }

    /// Holds any key, or none.
    pub fn client(&self, key: Option<&str>) -> Client {
        Client::new(self.router.clone(), self.service.clone(), key)
    }

    /// Holds a new sandbox key that may do everything, handle keys included.
    pub async fn administrator(&self) -> Client {
        self.with_permissions(Permission::ALL).await
    }

    /// Holds a new sandbox key with these permissions and no others.
    pub async fn with_permissions(&self, permissions: &[Permission]) -> Client {
        self.with_permissions_in(&self.own.sandbox, permissions)
            .await
    }

    /// Holds a new key of this environment with these permissions and no others.
    pub async fn with_permissions_in(
        &self,
        environment: &Environment,
        permissions: &[Permission],
    ) -> Client {
        let settings = ApiKeySettings {
            permissions: api_key::names(permissions),
            ..ApiKeySettings::new("limited", ApiVersion::DEFAULT.as_str())
        };
        let operator = Caller::new(environment.clone(), Actor::System);
        let made = self
            .service
            .create_api_key(&operator, settings, &no_receipt)
            .await
            .expect("a key");
        self.client(made.value.as_deref())
    }

    /// Holds a new sandbox key with other settings than a key usually has.
    pub async fn with_key(&self, change: impl FnOnce(&mut ApiKeySettings)) -> Client {
        self.make_key(change, None).await
    }

    /// Holds a new sandbox key that ends after so many seconds.
    pub async fn with_expiring_key(&self, seconds: i64) -> Client {
        self.make_key(|_| {}, Some(self.now().plus_seconds(seconds)))
            .await
    }

    async fn make_key(
        &self,
        change: impl FnOnce(&mut ApiKeySettings),
        expires_at: Option<Timestamp>,
    ) -> Client {
        let existing = self.store().list_api_keys(&self.own.sandbox.id).await;
        let mut row = existing.expect("keys").remove(0);
        let mut entropy = self.service.entropy();
        let value = format!("persona_sandbox_{}", entropy.base58(43));
        row.key.id = ApiKeyId::mint(&mut entropy, self.now());
        row.value_hash = sha256(&[value.as_bytes()]);
        row.value_sealed = self.service.sealer().seal(value.as_bytes(), &mut entropy);
        row.key.expires_at = expires_at;
        change(&mut row.key.settings);
        let mut batch = Batch::new();
        batch.insert_api_key(&row);
        self.store().commit(batch).await.expect("a key");
        self.client(Some(&value)).of_key(&row.key.settings)
    }

    /// The service of another process on the same data: a second server, or the command line.
    pub async fn another_process(&self) -> Service {
        let folder = self.folder.path();
        let store = match &self.database {
            Some(database) => Store::open_postgres(&database.url()).await,
            None => Store::open_sqlite(&folder.join("selfsame.db")),
        };
        Service::new(
            store.expect("a store"),
            Arc::new(FolderBlobs::new(&folder.join("blobs"))),
            self.clock.clone(),
            Sealer::new(&[7; 32]),
            Entropy::seeded(self.processes.fetch_add(1, Ordering::Relaxed)),
            self.service.options().clone(),
        )
    }

    /// The service of another process on the same data that keeps its pictures its own way.
    pub fn process_with(&self, blobs: Arc<dyn Blobs>) -> Service {
        Service::new(
            self.store().clone(),
            blobs,
            self.clock.clone(),
            Sealer::new(&[7; 32]),
            Entropy::seeded(self.processes.fetch_add(1, Ordering::Relaxed)),
            self.service.options().clone(),
        )
    }

    /// Asks that process, with the sandbox key.
    pub fn client_of(&self, process: &Service) -> Client {
        self.client_at(process, &self.own.keys.sandbox)
    }

    /// Asks that process, with any key.
    pub fn client_at(&self, process: &Service, key: &str) -> Client {
        let server = App::new(process.clone(), self.app.settings.clone());
        Client::new(server.router(), process.clone(), Some(key))
    }

    /// Another organisation on the same server.
    pub async fn second_organisation(&self) -> Organisation {
        organisation(&self.service, "Other").await
    }

    /// Makes another account type of the own organisation.
    pub async fn account_type(&self, name: &str, change: impl FnOnce(&mut AccountType)) -> String {
        let mut entropy = self.service.entropy();
        let mut kind = AccountType {
            id: AccountTypeId::mint(&mut entropy, self.now()),
            organisation_id: self.own.sandbox.organisation_id.clone(),
            name: name.to_owned(),
            is_default: false,
            fields: default_fields(),
            statuses: vec![AccountStatus {
                id: AccountStatusId::mint(&mut entropy, self.now()),
                name: "Default".to_owned(),
                active: true,
            }],
            default_status: "Default".to_owned(),
            relations: vec![],
            actions: vec![],
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        };
        change(&mut kind);
        let mut batch = Batch::new();
        batch.insert_account_type(&kind);
        self.store().commit(batch).await.expect("an account type");
        kind.id.to_string()
    }

    /// Changes the stored account as only the dashboard or a consolidation could.
    pub async fn meddle(&self, account: &str, change: impl FnOnce(&mut Account)) {
        let id = AccountId::from_trusted(account.to_owned());
        let environment = &self.own.sandbox.id;
        let found = self.store().find_account(environment, &id).await;
        let mut account = found.expect("a read").expect("an account");
        change(&mut account);
        let organisation = &self.own.sandbox.organisation_id;
        let kind = self
            .store()
            .find_account_type(organisation, &account.account_type_id)
            .await;
        let kind = kind.expect("a read").expect("its type");
        let mut batch = Batch::new();
        batch.update_account(&account, &kind);
        self.store().commit(batch).await.expect("a change");
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn store(&self) -> &Store {
        self.service.store()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance_millis(seconds * 1000);
    }

    pub fn advance_millis(&self, millis: i64) {
        self.clock.advance_millis(millis);
    }

    /// A caller in the sandbox, for calls to the service itself.
    pub fn caller(&self) -> Caller {
        Caller::new(self.own.sandbox.clone(), Actor::System)
    }

    /// Every event of the sandbox, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        self.events_of(&self.own.sandbox).await
    }

    pub async fn events_of(&self, environment: &Environment) -> Vec<Event> {
        let filter = EventFilter::default();
        let page = self
            .store()
            .list_events(&environment.id, &filter, &Slice::First, 10_000);
        let mut events = page.await.expect("events").items;
        events.reverse();
        events
    }

    /// The names of the sandbox's events, oldest first.
    pub async fn event_names(&self) -> Vec<String> {
        self.events()
            .await
            .into_iter()
            .map(|event| event.name)
            .collect()
    }

    /// How many rows each table has, over all environments: for showing that nothing was half-written.
    pub async fn counts(&self) -> Vec<(&'static str, i64)> {
        let queries = TABLES
            .iter()
            .map(|table| Query::new(format!("SELECT count(*) FROM {table}"), vec![]))
            .collect();
        let results = self.store().read(queries).await.expect("counts");
        TABLES
            .iter()
            .zip(results)
            .map(|(table, mut rows)| (*table, rows[0].integer().expect("a count")))
            .collect()
    }

    /// Makes an account over the API and returns its id.
    pub async fn account(&self, attributes: Value) -> String {
        let body = serde_json::json!({"data": {"attributes": attributes}});
        self.sandbox()
            .post("/accounts", body)
            .await
            .expect(201)
            .id()
    }

    /// Makes an inquiry on the government-ID template over the API and returns its id.
    pub async fn inquiry(&self, meta: Value) -> String {
        self.sandbox()
            .post("/inquiries", self.inquiry_body(meta))
            .await
            .expect(201)
            .id()
    }

    /// The body of a create inquiry on the government-ID template.
    pub fn inquiry_body(&self, meta: Value) -> Value {
        let attributes = serde_json::json!({"inquiry-template-id": self.own.template.to_string()});
        serde_json::json!({"data": {"attributes": attributes}, "meta": meta})
    }
}
