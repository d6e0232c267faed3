//! Relations between accounts: two rows each, and the unique index that lets a single end have one target.

use std::sync::LazyLock;

use selfsame_domain::account::{Account, Relation};
use selfsame_domain::id::{AccountId, EnvironmentId};

use crate::account::{COLUMNS as ACCOUNT_COLUMNS, account};
use crate::row::id;
use crate::sql::{Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Guard, Query, Row, Store, StoreError, Value};

const COLUMNS: &[&str] = &[
    "environment_id",
    "account_id",
    "relation_key",
    "target_id",
    "inverse_key",
    "is_single",
    "created_at",
];

pub(crate) static INSERT: Insert = Insert::new("account_relations", COLUMNS);
static SELECT_TARGETS: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = ACCOUNT_COLUMNS
        .iter()
        .map(|column| format!("a.{column}"))
        .collect();
    format!(
        "SELECT {} FROM account_relations r \
         JOIN accounts a ON a.environment_id = r.environment_id AND a.id = r.target_id",
        columns.join(", ")
    )
});

#[derive(Debug, Clone, Default)]
pub struct RelationFilter {
    pub key: String,
    /// When the relation was made, in milliseconds; both ends count.
    pub created_from: Option<i64>,
    pub created_to: Option<i64>,
}

impl Ask<Vec<AccountId>> {
    /// The targets that stand in the way of this one, or are it: all of them where the end is single, else itself only.
    pub fn rivals(relation: &Relation) -> Self {
        let sql = "SELECT target_id FROM account_relations WHERE environment_id = $1 AND account_id = $2 \
                   AND relation_key = $3 AND (is_single = 1 OR target_id = $4)";
        let values = vec![
            id(&relation.environment_id),
            id(&relation.account_id),
            relation.key.as_str().into(),
            id(&relation.target_id),
        ];
        Ask::all(Query::new(sql, values), Row::id)
    }
}

impl Ask<Page<Account>> {
    /// What an account is related to under a key, latest relation first, archived accounts too.
    pub fn related(
        environment: &EnvironmentId,
        account_id: &AccountId,
        filter: &RelationFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("r.environment_id", id(environment));
        conditions.and("r.account_id = ?", id(account_id));
        conditions.and("r.relation_key = ?", filter.key.as_str());
        if let Some(from) = filter.created_from {
            conditions.and("r.created_at >= ?", from);
        }
        if let Some(to) = filter.created_to {
            conditions.and("r.created_at <= ?", to);
        }
        let sort = ["r.created_at", "r.target_id"];
        let (sql, values) = conditions.page(&SELECT_TARGETS, &sort, slice, size);
        Ask::page(Query::new(sql, values), account, slice, size)
    }
}

impl Store {
    pub async fn relation_cursor(
        &self,
        environment: &EnvironmentId,
        account_id: &AccountId,
        key: &str,
        target: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, target_id FROM account_relations WHERE environment_id = $1 AND account_id = $2 \
                   AND relation_key = $3 AND target_id = $4";
        let values = vec![id(environment), id(account_id), key.into(), target.into()];
        self.find(Query::new(sql, values), crate::sql::cursor).await
    }
}

/// What would be double, or lead from the destination to itself, or be a second target of a single end, in the order of the
/// statements that need it: $2 is the source, $3 the destination. The destination's own relations stay.
const DROP_AND_MOVE: &[&str] = &[
    "DELETE FROM account_relations WHERE environment_id = $1 AND account_id = $2 AND target_id = $3",
    "DELETE FROM account_relations WHERE environment_id = $1 AND account_id = $3 AND target_id = $2",
    "DELETE FROM account_relations WHERE environment_id = $1 AND target_id = $2 AND EXISTS (\
     SELECT 1 FROM account_relations d WHERE d.environment_id = $1 AND d.account_id = $3 \
     AND d.relation_key = account_relations.inverse_key \
     AND (d.is_single = 1 OR d.target_id = account_relations.account_id))",
    "DELETE FROM account_relations WHERE environment_id = $1 AND account_id = $2 AND EXISTS (\
     SELECT 1 FROM account_relations d WHERE d.environment_id = $1 AND d.account_id = $3 \
     AND d.relation_key = account_relations.relation_key \
     AND (d.is_single = 1 OR d.target_id = account_relations.target_id))",
    "UPDATE account_relations SET account_id = $3 WHERE environment_id = $1 AND account_id = $2",
    "UPDATE account_relations SET target_id = $3 WHERE environment_id = $1 AND target_id = $2",
];

impl Batch {
    /// Both ends, in the order of their accounts.
    pub fn insert_relation(&mut self, ends: &[Relation; 2]) {
        let mut ends: Vec<&Relation> = ends.iter().collect();
        ends.sort_by(|a, b| a.account_id.cmp(&b.account_id));
        for end in ends {
            self.insert_guarded(
                &INSERT,
                vec![
                    id(&end.environment_id),
                    id(&end.account_id),
                    end.key.as_str().into(),
                    id(&end.target_id),
                    end.inverse.as_str().into(),
                    end.is_single.into(),
                    end.created_at.into(),
                ],
                Guard::Relation,
            );
        }
    }

    /// Both ends, each of which must be there.
    pub fn delete_relation(
        &mut self,
        environment: &EnvironmentId,
        account: (&AccountId, &str),
        target: (&AccountId, &str),
    ) {
        let mut ends = [(account, target.0), (target, account.0)];
        ends.sort_by(|a, b| a.0.0.cmp(b.0.0));
        for ((account, key), target) in ends {
            self.push_one(
                "DELETE FROM account_relations WHERE environment_id = $1 AND account_id = $2 AND relation_key = $3 \
                 AND target_id = $4",
                vec![id(environment), id(account), key.into(), id(target)],
            );
        }
    }

    /// A61: the relations of an account to another one that takes it in.
    pub fn move_relations(&mut self, from: &Account, to: &AccountId) {
        let values: Vec<Value> = vec![id(&from.environment_id), id(&from.id), id(to)];
        for sql in DROP_AND_MOVE {
            self.push_any_guarded(*sql, values.clone(), Guard::Relation);
        }
    }
}
