//! Accounts: rows, look-ups, and the unique index that makes one person one account.

use std::sync::LazyLock;

use selfsame_domain::ReferenceId;
use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::field::FieldSchema;
use selfsame_domain::id::{AccountId, AccountTypeId, EnvironmentId};

use crate::row::{id, json, maybe_id};
use crate::sql::{Check, Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Guard, Query, Row, Store, StoreError, Value, sql};

pub(crate) const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "account_type_id",
    "reference_id",
    "reference_fold",
    "status",
    "fields",
    "tags",
    "created_at",
    "updated_at",
    "redacted_at",
    "archived_at",
    "consolidated_into",
    "version",
];

/// In the order of the folded reference ID, which is what two creates collide on.
pub(crate) static INSERT: Insert = Insert::ordered("accounts", COLUMNS, 4);
static CHECK: Check = Check::new("accounts");
static CHECK_TYPE: Check = Check::below("organisation_id", "account_types");
pub(crate) static INSERT_IDENTIFIER: Insert = Insert::ordered(
    "account_identifiers",
    &[
        "environment_id",
        "account_type_id",
        "field_key",
        "value_fold",
        "account_id",
    ],
    3,
);
static UPDATE: LazyLock<String> = LazyLock::new(|| sql::update_versioned("accounts", COLUMNS));
static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM accounts", COLUMNS.join(", ")));
static BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE environment_id = $1 AND id = $2", *SELECT));
static BY_REFERENCE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} WHERE environment_id = $1 AND reference_fold = $2 ORDER BY created_at, id",
        *SELECT
    )
});

pub(crate) fn select() -> &'static str {
    &SELECT
}

pub(crate) fn account(row: &mut Row) -> Result<Account, StoreError> {
    Ok(Account {
        environment_id: row.id()?,
        id: row.id()?,
        account_type_id: row.id()?,
        reference_id: {
            let spelling = row.optional_text()?;
            row.optional_text()?;
            spelling.map(ReferenceId::from_trusted)
        },
        status: row.text()?,
        fields: row.json()?,
        tags: row.json()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        redacted_at: row.optional_time()?,
        archived_at: row.optional_time()?,
        consolidated_into: row.optional_id()?,
        version: row.integer()?,
    })
}

fn values(account: &Account) -> Vec<Value> {
    vec![
        id(&account.environment_id),
        id(&account.id),
        id(&account.account_type_id),
        account
            .reference_id
            .as_ref()
            .map(ReferenceId::as_str)
            .into(),
        account
            .reference_id
            .as_ref()
            .map(ReferenceId::folded)
            .into(),
        account.status.clone().into(),
        json(&account.fields),
        json(&account.tags),
        account.created_at.into(),
        account.updated_at.into(),
        account.redacted_at.into(),
        account.archived_at.into(),
        maybe_id(account.consolidated_into.as_ref()),
        account.version.into(),
    ]
}

#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Folded reference IDs; any of them.
    pub reference_folds: Option<Vec<String>>,
}

impl Store {
    pub async fn find_account(
        &self,
        environment: &EnvironmentId,
        account_id: &AccountId,
    ) -> Result<Option<Account>, StoreError> {
        self.ask(Ask::account(environment, account_id)).await
    }

    /// Active and archived, of any type, oldest first (R27).
    pub async fn list_accounts_by_reference(
        &self,
        environment: &EnvironmentId,
        reference: &ReferenceId,
    ) -> Result<Vec<Account>, StoreError> {
        self.ask(Ask::accounts_by_reference(environment, reference))
            .await
    }

    /// The active account of this type that holds a unique field's value.
    pub async fn find_account_by_identifier(
        &self,
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        field_key: &str,
        value_fold: &str,
    ) -> Result<Option<Account>, StoreError> {
        let columns: Vec<_> = COLUMNS.iter().map(|column| format!("a.{column}")).collect();
        let sql = format!(
            "SELECT {} FROM account_identifiers i JOIN accounts a \
             ON a.environment_id = i.environment_id AND a.id = i.account_id \
             WHERE i.environment_id = $1 AND i.account_type_id = $2 AND i.field_key = $3 AND i.value_fold = $4",
            columns.join(", ")
        );
        let values = vec![
            id(environment),
            id(account_type),
            field_key.into(),
            value_fold.into(),
        ];
        self.find(Query::new(sql, values), account).await
    }

    pub async fn account_cursor(
        &self,
        environment: &EnvironmentId,
        account_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM accounts WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), account_id.into()]),
            sql::cursor,
        )
        .await
    }

    /// R37, R41: active accounts, newest first.
    pub async fn list_accounts(
        &self,
        environment: &EnvironmentId,
        filter: &AccountFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<Account>, StoreError> {
        self.ask(Ask::accounts(environment, filter, slice, size))
            .await
    }
}

impl Ask<Option<Account>> {
    pub fn account(environment: &EnvironmentId, account_id: &AccountId) -> Self {
        let values = vec![id(environment), id(account_id)];
        Ask::find(Query::new(BY_ID.as_str(), values), account)
    }
}

impl Ask<Vec<Account>> {
    /// Those of these ids that are there, in no order.
    pub fn accounts_by_ids(environment: &EnvironmentId, ids: &[AccountId]) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and_in("id", ids.iter().map(id));
        let (sql, values) = conditions.select(&SELECT, "");
        Ask::all(Query::new(sql, values), account)
    }

    /// See [`Store::list_accounts_by_reference`].
    pub fn accounts_by_reference(environment: &EnvironmentId, reference: &ReferenceId) -> Self {
        let values = vec![id(environment), reference.folded().into()];
        Ask::all(Query::new(BY_REFERENCE.as_str(), values), account)
    }
}

impl Ask<Vec<String>> {
    /// Which of these folded reference IDs active accounts of this type have.
    pub fn taken_references(
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        folds: Vec<String>,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("account_type_id = ?", id(account_type));
        conditions.and_plain("reference_fold IS NOT NULL AND archived_at IS NULL");
        conditions.and_in("reference_fold", padded(folds));
        let sql = format!(
            "SELECT reference_fold FROM accounts WHERE {}",
            conditions.text()
        );
        Ask::all(Query::new(sql, conditions.values), Row::text)
    }

    /// Which of these folded values of a unique field active accounts of this type have.
    pub fn taken_identifiers(
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        field_key: &str,
        folds: Vec<String>,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("account_type_id = ?", id(account_type));
        conditions.and("field_key = ?", field_key);
        conditions.and_in("value_fold", padded(folds));
        let sql = format!(
            "SELECT value_fold FROM account_identifiers WHERE {}",
            conditions.text()
        );
        Ask::all(Query::new(sql, conditions.values), Row::text)
    }
}

/// The last one repeated until there are as many as a power of two: few different statements, each prepared once.
fn padded(mut values: Vec<String>) -> impl Iterator<Item = Value> {
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values.into_iter().map(Value::from)
}

impl Ask<Page<Account>> {
    /// See [`Store::list_accounts`].
    pub fn accounts(
        environment: &EnvironmentId,
        filter: &AccountFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and_plain("archived_at IS NULL");
        if let Some(folds) = &filter.reference_folds {
            conditions.and_in("reference_fold", folds.iter().cloned().map(Value::from));
        }
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        Ask::page(Query::new(sql, values), account, slice, size)
    }
}

impl Batch {
    pub fn insert_account(&mut self, account: &Account, account_type: &AccountType) {
        self.hold_type_of(account, account_type);
        self.insert_guarded(&INSERT, values(account), Guard::Reference);
        self.insert_identifiers(account, account_type);
        self.insert_search_values(account, account_type);
    }

    /// The account is still as it was read: nothing new is hung on one that was archived, renamed or redacted meanwhile.
    pub fn check_account(&mut self, account: &Account) {
        self.push_check(
            &CHECK,
            vec![
                id(&account.environment_id),
                id(&account.id),
                account.version.into(),
            ],
        );
    }

    /// The type is still as it was read: what is written by it is what it wants now. Whoever changes it waits for the commit.
    pub fn check_account_type(&mut self, kind: &AccountType) {
        let values = vec![id(&kind.organisation_id), id(&kind.id), kind.version.into()];
        self.push_check(&CHECK_TYPE, values);
    }

    /// A new account without values and with the status that it has by itself asks nothing of its type, and so those that
    /// inquiries make wait for nobody.
    fn hold_type_of(&mut self, account: &Account, kind: &AccountType) {
        let has_value = |value: &serde_json::Value| {
            value.is_string() || value.is_number() || value.is_boolean()
        };
        if account.fields.values().any(has_value) || account.status != kind.default_status {
            self.check_account_type(kind);
        }
    }

    /// Writes over the version that was read.
    pub fn update_account(&mut self, account: &Account, account_type: &AccountType) {
        self.check_account_type(account_type);
        self.push_guarded(UPDATE.as_str(), values(account), Guard::Reference);
        if account_type.has_identifiers() {
            self.push(
                "DELETE FROM account_identifiers WHERE environment_id = $1 AND account_id = $2",
                vec![id(&account.environment_id), id(&account.id)],
            );
            self.insert_identifiers(account, account_type);
        }
        if account_type.fields.iter().any(FieldSchema::is_searched) {
            self.put_search_values(account, account_type);
        }
    }

    /// Only active accounts reserve their identifiers, as with reference IDs (R17).
    fn insert_identifiers(&mut self, account: &Account, account_type: &AccountType) {
        if account.archived_at.is_some() {
            return;
        }
        for (key, fold) in account_type.unique_identifiers(&account.fields) {
            self.insert_guarded(
                &INSERT_IDENTIFIER,
                vec![
                    id(&account.environment_id),
                    id(&account.account_type_id),
                    key.into(),
                    fold.into(),
                    id(&account.id),
                ],
                Guard::Identifier,
            );
        }
    }
}
