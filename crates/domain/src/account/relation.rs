//! Relations between accounts (A38, A39, A58–A61): declared in pairs on both types, one-to-one or one-to-many.

use serde::{Deserialize, Serialize};

use super::{Account, AccountType};
use crate::event::{Happening, Subject};
use crate::id::{AccountId, AccountTypeId, EnvironmentId, Id};
use crate::{Refusal, Timestamp};

/// One end of a pair, as the type at this end declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationSchema {
    pub key: String,
    /// What is at the other end.
    pub target_type_id: AccountTypeId,
    /// The key of the other end.
    pub inverse: String,
    /// Whether an account of this type may have more than one target.
    pub many: bool,
}

/// What a request adds or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationChange {
    pub key: String,
    pub target_id: AccountId,
}

/// A relation as seen from one of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub environment_id: EnvironmentId,
    pub account_id: AccountId,
    pub key: String,
    pub target_id: AccountId,
    pub inverse: String,
    /// The account has this target under this key and no other.
    pub is_single: bool,
    pub created_at: Timestamp,
}

const KEY: &str = "/meta/relation-schema-key";
const TARGET: &str = "/meta/target-object-id";

impl AccountType {
    /// # Errors
    /// 422 if the type has no relation of that key; `pointer` says where the key was, if it was in a body.
    pub fn relation(&self, key: &str) -> Result<&RelationSchema, Refusal> {
        let found = self.relations.iter().find(|relation| relation.key == key);
        found.ok_or_else(|| {
            let shown: String = key.chars().take(60).collect();
            Refusal::unprocessable_state(format!(
                "{shown} is not a relation of the account type {}",
                self.name
            ))
        })
    }
}

/// The relation from both ends, the account's first.
///
/// # Errors
/// 422 for an unknown key, a target of the wrong type, or the account itself; 409 if either is archived (A26).
pub fn relate(
    (account, kind): (&Account, &AccountType),
    (target, target_kind): (&Account, &AccountType),
    key: &str,
    now: Timestamp,
) -> Result<[Relation; 2], Refusal> {
    let schema = kind
        .relation(key)
        .map_err(|refusal| refusal.with_pointer(KEY))?;
    account.refuse_change_if_archived()?;
    if account.id == target.id {
        let details = "An account cannot have a relation to itself";
        return Err(Refusal::unprocessable(details, TARGET));
    }
    if schema.target_type_id != target.account_type_id {
        let details = format!(
            "Account {} is not of the type that {key} leads to",
            target.id
        );
        return Err(Refusal::unprocessable(details, TARGET));
    }
    target.refuse_change_if_archived()?;
    let inverse = target_kind.relation(&schema.inverse)?;
    let end = |from: &Account, own: &RelationSchema, to: &Account| Relation {
        environment_id: from.environment_id.clone(),
        account_id: from.id.clone(),
        key: own.key.clone(),
        target_id: to.id.clone(),
        inverse: own.inverse.clone(),
        is_single: !own.many,
        created_at: now,
    };
    Ok([end(account, schema, target), end(target, inverse, account)])
}

/// The removed relation's key at the other end.
///
/// # Errors
/// 422 for an unknown key; 409 if the account is archived (A26). The target may be.
pub fn unrelate<'a>(
    account: &Account,
    kind: &'a AccountType,
    key: &str,
) -> Result<&'a str, Refusal> {
    let schema = kind
        .relation(key)
        .map_err(|refusal| refusal.with_pointer(KEY))?;
    account.refuse_change_if_archived()?;
    Ok(&schema.inverse)
}

/// E19: each end is told of, the account's first.
pub fn relation_happenings(
    name: &'static str,
    account: (&AccountId, &str),
    target: (&AccountId, &str),
) -> [Happening; 2] {
    let happening = |(own, key): (&AccountId, &str), other: &AccountId| {
        Happening::new(name, Subject::Account(own.clone()))
            .with("relation-schema-key", key)
            .with("target-account-id", other.as_str())
            .with("target-txn-id", serde_json::Value::Null)
    };
    [happening(account, target.0), happening(target, account.0)]
}

/// A60: another target is there already.
pub fn taken(relation: &Relation) -> Refusal {
    Refusal::conflict(format!(
        "Account {} already has a relation under {}",
        relation.account_id, relation.key
    ))
}
