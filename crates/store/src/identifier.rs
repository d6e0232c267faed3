//! Values of unique fields: going through accounts that were there before a field became unique (A67), and what stands in
//! the way of letting go of a status or a relation (A65, A66).

use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::id::{AccountId, AccountTypeId, EnvironmentId};

use crate::account::{COLUMNS, account};
use crate::row::id;
use crate::sql::Conditions;
use crate::{Ask, Batch, Query, Row, Value};

/// In the order of the primary key: of two batches neither waits for the other crosswise.
const INDEX: &str = "INSERT INTO account_identifiers (environment_id, account_type_id, field_key, value_fold, account_id) \
    VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (environment_id, account_type_id, field_key, value_fold) DO UPDATE SET account_id = excluded.account_id \
    WHERE account_identifiers.account_id = excluded.account_id";

const STATUS_IS_USED: &str = "SELECT 1 FROM accounts a WHERE a.environment_id IN \
    (SELECT id FROM environments WHERE organisation_id = $1) AND a.account_type_id = $2 AND a.status = $3 LIMIT 1";
const RELATION_IS_USED: &str = "SELECT 1 FROM account_relations r JOIN accounts a \
    ON a.environment_id = r.environment_id AND a.id = r.account_id WHERE r.environment_id IN \
    (SELECT id FROM environments WHERE organisation_id = $1) AND a.account_type_id = $2 AND r.relation_key = $3 LIMIT 1";

impl Ask<Vec<Account>> {
    /// Active accounts of a type, by id: so many behind one of them, or from the beginning.
    pub fn accounts_of_type(
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        after: Option<&AccountId>,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("account_type_id = ?", id(account_type));
        conditions.and_plain("archived_at IS NULL");
        if let Some(after) = after {
            conditions.and("id > ?", id(after));
        }
        let select = format!("SELECT {} FROM accounts", COLUMNS.join(", "));
        let (sql, values) = conditions.select(&select, &format!("ORDER BY id LIMIT {size}"));
        Ask::all(Query::new(sql, values), account)
    }
}

impl Ask<Vec<(String, AccountId)>> {
    /// Who has these folded values of a field.
    pub fn identifier_holders(
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        field_key: &str,
        folds: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut conditions = Conditions::new("environment_id", id(environment));
        conditions.and("account_type_id = ?", id(account_type));
        conditions.and("field_key = ?", field_key);
        conditions.and_in("value_fold", folds.into_iter().map(Value::from));
        let (sql, values) =
            conditions.select("SELECT value_fold, account_id FROM account_identifiers", "");
        Ask::all(Query::new(sql, values), |row: &mut Row| {
            Ok((row.text()?, row.id()?))
        })
    }
}

impl Ask<bool> {
    /// Whether an account of the type has this status, in any environment. It looks at every account.
    pub fn status_is_used(kind: &AccountType, status: &str) -> Self {
        is_there(STATUS_IS_USED, kind, status)
    }

    /// Whether an account of the type has a relation under this key, in any environment. It looks at every relation.
    pub fn relation_is_used(kind: &AccountType, key: &str) -> Self {
        is_there(RELATION_IS_USED, kind, key)
    }
}

fn is_there(sql: &'static str, kind: &AccountType, what: &str) -> Ask<bool> {
    let values = vec![id(&kind.organisation_id), id(&kind.id), what.into()];
    Ask::all(Query::new(sql, values), Row::integer).map(|found| !found.is_empty())
}

impl Batch {
    /// Keeps the account's unique values, if it is still as it was read and nobody else has one of them.
    pub fn index_account(&mut self, account: &Account, kind: &AccountType) {
        let mut values = kind.unique_identifiers(&account.fields);
        if values.is_empty() {
            return;
        }
        values.sort();
        self.check_account(account);
        for (key, fold) in values {
            self.push_one(
                INDEX,
                vec![
                    id(&account.environment_id),
                    id(&account.account_type_id),
                    key.into(),
                    fold.into(),
                    id(&account.id),
                ],
            );
        }
    }

    /// The values of a field that is unique no more.
    pub fn forget_identifiers(
        &mut self,
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        field_key: &str,
    ) {
        self.push(
            "DELETE FROM account_identifiers WHERE environment_id = $1 AND account_type_id = $2 AND field_key = $3",
            vec![id(environment), id(account_type), field_key.into()],
        );
    }

    /// No account has the status, whoever writes one at this moment: it must come behind the type's own update, which they
    /// wait for.
    pub fn check_status_unused(&mut self, kind: &AccountType, status: &str) {
        self.check_unused(STATUS_IS_USED, kind, status);
    }

    /// The same of a relation.
    pub fn check_relation_unused(&mut self, kind: &AccountType, key: &str) {
        self.check_unused(RELATION_IS_USED, kind, key);
    }

    fn check_unused(&mut self, sql: &str, kind: &AccountType, what: &str) {
        self.push_one(
            format!(
                "UPDATE account_types SET version = version WHERE organisation_id = $1 AND id = $2 AND NOT EXISTS ({sql})"
            ),
            vec![id(&kind.organisation_id), id(&kind.id), what.into()],
        );
    }
}
