//! What account search compares (A43): values of fields that can be searched, and of identifiers.

use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::id::{AccountTypeId, EnvironmentId};
use selfsame_domain::search::Comparable;

use crate::row::id;
use crate::sql::Insert;
use crate::{Batch, Value};

pub(crate) static INSERT_SEARCH_VALUE: Insert = Insert::ordered(
    "account_search_values",
    &[
        "environment_id",
        "account_id",
        "field_key",
        "text_value",
        "number_value",
    ],
    1,
);

impl Batch {
    /// The account's values as they are now, whatever they were.
    pub(crate) fn put_search_values(&mut self, account: &Account, kind: &AccountType) {
        self.push(
            "DELETE FROM account_search_values WHERE environment_id = $1 AND account_id = $2",
            vec![id(&account.environment_id), id(&account.id)],
        );
        self.insert_search_values(account, kind);
    }

    /// Archived accounts are not found (R41).
    pub(crate) fn insert_search_values(&mut self, account: &Account, kind: &AccountType) {
        if account.archived_at.is_some() {
            return;
        }
        for (key, value) in kind.search_values(&account.fields) {
            let (text, number) = match value {
                Comparable::Text(text) => (Value::from(text), Value::Null),
                Comparable::Number(number) => (Value::Null, Value::from(number)),
            };
            self.insert(
                &INSERT_SEARCH_VALUE,
                vec![
                    id(&account.environment_id),
                    id(&account.id),
                    key.into(),
                    text,
                    number,
                ],
            );
        }
    }

    /// Lists the account's values, if it is still as it was read (A80).
    pub fn list_search_values(&mut self, account: &Account, kind: &AccountType) {
        if kind.search_values(&account.fields).is_empty() {
            return;
        }
        self.check_account(account);
        self.put_search_values(account, kind);
    }

    /// The values of a field that is searched no more.
    pub fn forget_search_values(
        &mut self,
        environment: &EnvironmentId,
        account_type: &AccountTypeId,
        field_key: &str,
    ) {
        self.push(
            "DELETE FROM account_search_values WHERE environment_id = $1 AND field_key = $3 AND account_id IN \
             (SELECT a.id FROM accounts a WHERE a.environment_id = $1 AND a.account_type_id = $2)",
            vec![id(environment), id(account_type), field_key.into()],
        );
    }
}
