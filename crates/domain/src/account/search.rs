//! What of an account a search can go by (A43), and how.

use std::sync::Arc;

use super::AccountType;
use crate::Refusal;
use crate::field::{FieldSchema, find_schema};
use crate::id::{AccountTypeId, Id};
use crate::reference_id;
use crate::search::predicate::{member, names};
use crate::search::{
    Clause, Comparable, Comparison, Operator, Predicate, Sort, comparable, comparison,
};

/// One test of an account, as a store makes it.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountTest {
    Type(AccountTypeId),
    Status(String),
    /// R39: folded.
    Reference(String),
    CreatedAt(Operator, i64),
    UpdatedAt(Operator, i64),
    Field {
        key: String,
        operator: Operator,
        value: Comparable,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountOrder {
    CreatedAt,
    UpdatedAt,
    Type,
    Status,
    Reference,
    /// By what is compared of a field; accounts without it come first when ascending.
    Text(String),
    Number(String),
}

/// What an account shows of the attribute, below its `attributes`; to be held against a blocklist (C26).
pub fn place(attribute: &str) -> Vec<&str> {
    match attribute.split_once('.') {
        Some(("identifiers", key)) if is_reference(key) => vec!["reference-id"],
        Some(("identifiers" | "fields", key)) => vec!["fields", key, "value"],
        _ if names(attribute, "type") => vec!["account-type-name"],
        _ if names(attribute, "status") => vec!["account-status"],
        _ => vec![attribute],
    }
}

fn is_reference(key: &str) -> bool {
    names(key, "reference-id")
}

const UNKNOWN: &str = "is not a searchable attribute of accounts; there are type, status, created_at, updated_at, \
                       identifiers.<key>, and fields.<key> of searchable fields";

/// A43. What no type knows is refused; an id that is unknown finds nothing.
///
/// # Errors
/// 422 with a pointer to the attribute, operator or value.
pub fn test(
    types: &[Arc<AccountType>],
    predicate: &Predicate,
) -> Result<Clause<AccountTest>, Refusal> {
    let attribute = predicate.attribute.as_str();
    if names(attribute, "created-at") {
        return predicate.instants(AccountTest::CreatedAt);
    }
    if names(attribute, "updated-at") {
        return predicate.instants(AccountTest::UpdatedAt);
    }
    if names(attribute, "type") {
        predicate.only_equal()?;
        let id = AccountTypeId::parse(predicate.text()?)
            .map_err(|_| predicate.refuse_value("must be the id of an account type (acttp_…)"))?;
        return Ok(Clause::Is(AccountTest::Type(id)));
    }
    if names(attribute, "status") {
        predicate.only_equal()?;
        return status(types, predicate);
    }
    if let Some(key) = member(attribute, "identifiers") {
        if is_reference(key) {
            predicate.only_equal()?;
            let fold = reference_id::fold(predicate.text()?);
            return Ok(Clause::Is(AccountTest::Reference(fold)));
        }
        return field(predicate, fields(types, key, is_identifier));
    }
    if let Some(key) = member(attribute, "fields") {
        return field(predicate, fields(types, key, |schema| schema.searchable));
    }
    Err(predicate.refuse_attribute(UNKNOWN))
}

/// A44.
///
/// # Errors
/// 422 with a pointer.
pub fn order(types: &[Arc<AccountType>], sort: &Sort) -> Result<AccountOrder, Refusal> {
    let attribute = sort.attribute.as_str();
    for (name, order) in [
        ("created-at", AccountOrder::CreatedAt),
        ("updated-at", AccountOrder::UpdatedAt),
        ("type", AccountOrder::Type),
        ("status", AccountOrder::Status),
    ] {
        if names(attribute, name) {
            return Ok(order);
        }
    }
    let found = if let Some(key) = member(attribute, "identifiers") {
        if is_reference(key) {
            return Ok(AccountOrder::Reference);
        }
        fields(types, key, is_identifier)
    } else {
        member(attribute, "fields")
            .map(|key| fields(types, key, |schema| schema.searchable))
            .unwrap_or_default()
    };
    let Some((_, schema)) = found.first() else {
        return Err(sort.refuse(UNKNOWN));
    };
    Ok(match comparison(schema.kind) {
        Some(Comparison::Text | Comparison::Date) => AccountOrder::Text(schema.key.clone()),
        _ => AccountOrder::Number(schema.key.clone()),
    })
}

fn is_identifier(schema: &FieldSchema) -> bool {
    schema.identifier || schema.unique
}

/// The field of this name in each type that has it.
fn fields<'a>(
    types: &'a [Arc<AccountType>],
    key: &str,
    is_wanted: impl Fn(&FieldSchema) -> bool,
) -> Vec<(&'a AccountTypeId, &'a FieldSchema)> {
    types
        .iter()
        .filter_map(|kind| Some((&kind.id, find_schema(&kind.fields, key)?)))
        .filter(|(_, schema)| {
            is_wanted(schema) && !schema.listing && comparison(schema.kind).is_some()
        })
        .collect()
}

/// Types may compare a field of one name each in its own way.
fn field(
    predicate: &Predicate,
    found: Vec<(&AccountTypeId, &FieldSchema)>,
) -> Result<Clause<AccountTest>, Refusal> {
    let Some((_, first)) = found.first() else {
        return Err(predicate.refuse_attribute(UNKNOWN));
    };
    if comparison(first.kind) == Some(Comparison::Boolean) {
        predicate.only_equal()?;
    }
    let alike = found.iter().all(|(_, schema)| {
        (schema.kind, schema.case_sensitive, &schema.key)
            == (first.kind, first.case_sensitive, &first.key)
    });
    let wanted = found.len();
    let found = if alike { &found[..1] } else { &found[..] };
    let mut problem = None;
    let mut clauses = Vec::with_capacity(wanted);
    for (kind, schema) in found {
        match comparable(schema, &predicate.value) {
            Err(told) => problem = Some(told),
            Ok(value) => {
                let field = Clause::Is(AccountTest::Field {
                    key: schema.key.clone(),
                    operator: predicate.operator,
                    value,
                });
                clauses.push(if alike {
                    field
                } else {
                    Clause::All(vec![Clause::Is(AccountTest::Type((*kind).clone())), field])
                });
            }
        }
    }
    match (clauses.len(), problem) {
        (0, Some(problem)) => Err(predicate.refuse_value(problem)),
        (1, _) => Ok(clauses.remove(0)),
        _ => Ok(Clause::Any(clauses)),
    }
}

/// A status has an id in each type; accounts keep its name.
fn status(
    types: &[Arc<AccountType>],
    predicate: &Predicate,
) -> Result<Clause<AccountTest>, Refusal> {
    let id = predicate.text()?;
    if !id.starts_with("actst_") {
        return Err(predicate.refuse_value("must be the id of an account status (actst_…)"));
    }
    let found = types.iter().find_map(|kind| {
        let status = kind.statuses.iter().find(|it| it.id.as_str() == id)?;
        Some((kind.id.clone(), status.name.clone()))
    });
    Ok(match found {
        None => Clause::nothing(),
        Some((kind, name)) => Clause::All(vec![
            Clause::Is(AccountTest::Type(kind)),
            Clause::Is(AccountTest::Status(name)),
        ]),
    })
}
