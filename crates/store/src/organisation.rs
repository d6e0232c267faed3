//! Organisations, environments, account types.

use std::sync::LazyLock;

use selfsame_domain::Timestamp;
use selfsame_domain::account::AccountType;
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::id::{AccountTypeId, EnvironmentId, OrganisationId};

use crate::row::{id, json};
use crate::sequence::INSERT_COUNTER;
use crate::sql::{self, Insert};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value};

/// An environment with its token key, sealed under the operator's key.
#[derive(Debug, Clone)]
pub struct EnvironmentRow {
    pub environment: Environment,
    pub token_key_sealed: Vec<u8>,
    pub created_at: Timestamp,
}

const ENVIRONMENT: &str =
    "SELECT id, organisation_id, kind, token_key_sealed, created_at FROM environments";

pub(crate) fn environment(row: &mut Row) -> Result<Environment, StoreError> {
    Ok(Environment {
        id: row.id()?,
        organisation_id: row.id()?,
        kind: {
            let kind = row.text()?;
            EnvironmentKind::parse(&kind)
                .ok_or_else(|| StoreError::Corrupt(format!("environment kind {kind}")))?
        },
    })
}

fn environment_row(row: &mut Row) -> Result<EnvironmentRow, StoreError> {
    Ok(EnvironmentRow {
        environment: environment(row)?,
        token_key_sealed: row.blob()?,
        created_at: row.time()?,
    })
}

const TYPE_COLUMNS: &[&str] = &[
    "organisation_id",
    "id",
    "name",
    "is_default",
    "fields",
    "statuses",
    "default_status",
    "created_at",
    "updated_at",
    "relations",
    "actions",
    "version",
];

pub(crate) static INSERT_ORGANISATION: Insert =
    Insert::new("organisations", &["id", "name", "created_at"]);
pub(crate) static INSERT_ENVIRONMENT: Insert = Insert::new(
    "environments",
    &[
        "id",
        "organisation_id",
        "kind",
        "token_key_sealed",
        "created_at",
    ],
);
pub(crate) static INSERT_TYPE: Insert = Insert::new("account_types", TYPE_COLUMNS);
static UPDATE_TYPE: LazyLock<String> =
    LazyLock::new(|| sql::update_versioned("account_types", TYPE_COLUMNS));

fn account_type(row: &mut Row) -> Result<AccountType, StoreError> {
    Ok(AccountType {
        organisation_id: row.id()?,
        id: row.id()?,
        name: row.text()?,
        is_default: row.boolean()?,
        fields: row.json()?,
        statuses: row.json()?,
        default_status: row.text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        relations: row.json()?,
        actions: row.json()?,
        version: row.integer()?,
    })
}

fn type_values(kind: &AccountType) -> Vec<Value> {
    vec![
        id(&kind.organisation_id),
        id(&kind.id),
        kind.name.clone().into(),
        kind.is_default.into(),
        json(&kind.fields),
        json(&kind.statuses),
        kind.default_status.clone().into(),
        kind.created_at.into(),
        kind.updated_at.into(),
        json(&kind.relations),
        json(&kind.actions),
        kind.version.into(),
    ]
}

impl Store {
    /// Every environment, oldest first, production before sandbox of the same age (B24 wants the first production one).
    pub async fn list_environments(&self) -> Result<Vec<EnvironmentRow>, StoreError> {
        self.all(
            Query::new(
                format!("{ENVIRONMENT} ORDER BY created_at, kind, id"),
                vec![],
            ),
            environment_row,
        )
        .await
    }

    pub async fn find_environment(
        &self,
        environment_id: &EnvironmentId,
    ) -> Result<Option<EnvironmentRow>, StoreError> {
        self.find(
            Query::new(
                format!("{ENVIRONMENT} WHERE id = $1"),
                vec![id(environment_id)],
            ),
            environment_row,
        )
        .await
    }

    pub async fn list_account_types(
        &self,
        organisation_id: &OrganisationId,
    ) -> Result<Vec<AccountType>, StoreError> {
        self.ask(Ask::account_types(organisation_id)).await
    }

    pub async fn find_account_type(
        &self,
        organisation_id: &OrganisationId,
        type_id: &AccountTypeId,
    ) -> Result<Option<AccountType>, StoreError> {
        let sql = format!(
            "SELECT {} FROM account_types WHERE organisation_id = $1 AND id = $2",
            TYPE_COLUMNS.join(", ")
        );
        self.find(
            Query::new(sql, vec![id(organisation_id), id(type_id)]),
            account_type,
        )
        .await
    }

    pub async fn find_default_account_type(
        &self,
        organisation_id: &OrganisationId,
    ) -> Result<Option<AccountType>, StoreError> {
        let sql = format!(
            "SELECT {} FROM account_types WHERE organisation_id = $1 AND is_default = 1",
            TYPE_COLUMNS.join(", ")
        );
        self.find(Query::new(sql, vec![id(organisation_id)]), account_type)
            .await
    }
}

impl Ask<Vec<AccountType>> {
    /// All of an organisation, oldest first.
    pub fn account_types(organisation_id: &OrganisationId) -> Self {
        let sql = format!(
            "SELECT {} FROM account_types WHERE organisation_id = $1 ORDER BY created_at, id",
            TYPE_COLUMNS.join(", ")
        );
        Ask::all(Query::new(sql, vec![id(organisation_id)]), account_type)
    }
}

impl Batch {
    pub fn insert_organisation(
        &mut self,
        organisation_id: &OrganisationId,
        name: &str,
        now: Timestamp,
    ) {
        self.insert(
            &INSERT_ORGANISATION,
            vec![id(organisation_id), name.into(), now.into()],
        );
    }

    pub fn insert_environment(&mut self, row: &EnvironmentRow) {
        self.configures = true;
        self.insert(
            &INSERT_ENVIRONMENT,
            vec![
                id(&row.environment.id),
                id(&row.environment.organisation_id),
                row.environment.kind.as_str().into(),
                row.token_key_sealed.clone().into(),
                row.created_at.into(),
            ],
        );
        let counter = vec![id(&row.environment.id), 0.into(), 0.into()];
        self.insert(&INSERT_COUNTER, counter);
    }

    /// Writes over the version that was read.
    pub fn update_account_type(&mut self, kind: &AccountType) {
        self.configures = true;
        self.push_one(UPDATE_TYPE.as_str(), type_values(kind));
    }

    pub fn insert_account_type(&mut self, kind: &AccountType) {
        self.configures = true;
        self.insert(&INSERT_TYPE, type_values(kind));
    }
}
