//! Accounts and account types on the wire (A1–A27, R1–R20).

use selfsame_domain::account::action::RunAction;
use selfsame_domain::account::{
    Account, AccountType, CreateAccount, FLAT_ATTRIBUTES, MOST_SOURCES, PhotoChange,
    RelationChange, UpdateAccount,
};
use selfsame_domain::field::{FieldKind, Fields};
use selfsame_domain::id::{AccountId, AccountTypeId, Id};
use selfsame_domain::reference_id::ReferenceIdError;
use selfsame_domain::{ReferenceId, Refusal, Refusals};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::document::{resource, time, to_many, to_one};
use crate::resource::{Resource, Time, ToOne, TypedFields, tree};
use crate::{Nullable, Reader};

pub const TYPE: &str = "account";
pub const INCLUDABLE: &[&str] = &["account-type"];

/// The resource object: written to text as it is, or made a tree of with [`document`].
#[derive(Debug, Clone, Copy)]
pub struct AccountDocument<'a> {
    pub account: &'a Account,
    pub account_type: &'a AccountType,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    reference_id: Option<&'a str>,
    account_type_name: &'a str,
    account_status: &'a str,
    created_at: Time,
    updated_at: Time,
    redacted_at: Option<Time>,
    fields: TypedFields<'a>,
    tags: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Relationships<'a> {
    account_type: ToOne<'a>,
}

impl Serialize for AccountDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let account = self.account;
        let attributes = Attributes {
            reference_id: account.reference_id.as_ref().map(ReferenceId::as_str),
            account_type_name: &self.account_type.name,
            account_status: &account.status,
            created_at: Time(account.created_at),
            updated_at: Time(account.updated_at),
            redacted_at: account.redacted_at.map(Time),
            fields: TypedFields {
                schemas: &self.account_type.fields,
                values: &account.fields,
                shown,
                account: Some(account.id.as_str()),
            },
            tags: &account.tags,
        };
        let type_id = account.account_type_id.as_str();
        let relationships = Relationships {
            account_type: ToOne::new("account-type", Some(type_id)),
        };
        let resource = Resource {
            kind: TYPE,
            id: account.id.as_str(),
            attributes,
            relationships,
        };
        resource.serialize(serializer)
    }
}

/// The resource object as a tree.
pub fn document(account: &Account, account_type: &AccountType) -> Value {
    tree(&AccountDocument {
        account,
        account_type,
    })
}

/// The published schema gives hashes and arrays no null, so an empty one is left out.
fn shown(kind: FieldKind, value: &Value) -> bool {
    !(value.is_null() && matches!(kind, FieldKind::Hash | FieldKind::Array))
}

pub fn type_document(account_type: &AccountType) -> Value {
    let default = account_type
        .statuses
        .iter()
        .find(|status| status.name == account_type.default_status)
        .map(|status| status.id.as_str());
    resource(
        "account-type",
        account_type.id.as_str(),
        json!({
            "name": account_type.name,
            "created-at": time(account_type.created_at),
            "updated-at": time(account_type.updated_at),
            "field-schemas": account_type.fields.iter().map(crate::document::field_schema).collect::<Vec<_>>(),
        }),
        json!({
            "account-statuses": to_many(
                account_type.statuses.iter().map(|status| ("account-status", status.id.as_str()))
            ),
            "default-account-status": to_one("account-status", default),
        }),
    )
}

/// Members of a body whose keys are the customer's own.
pub const OPAQUE: &[&str] = &["fields"];

pub fn parse_create(body: &Value) -> Result<CreateAccount, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", false);
    data.check_type(TYPE);
    let attributes = data.object("attributes", false);
    let meta = root.object("meta", false);
    let command = CreateAccount {
        account_type_id: attributes.id::<AccountTypeId>("account-type-id").flatten(),
        reference_id: reference_id(
            &attributes,
            "reference-id",
            attributes.nullable_string("reference-id").flatten(),
        ),
        status: attributes.string("account-status"),
        fields: fields(&attributes),
        tags: attributes.string_list("tags").flatten().unwrap_or_default(),
        photo: photo(&attributes),
        upsert_by: meta.nullable_string("upsert-by").flatten(),
    };
    root.finish()?;
    Ok(command)
}

pub fn parse_update(body: &Value) -> Result<UpdateAccount, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", false);
    data.check_type(TYPE);
    let attributes = data.object("attributes", false);
    let sent = attributes.string("reference-id");
    if sent.as_deref() == Some("") {
        // R7: on update an empty value is a mistake, not an absence.
        attributes.refuse(Refusal::unprocessable(
            format!("{} must not be empty", attributes.path_of("reference-id")),
            attributes.pointer_of("reference-id"),
        ));
    }
    let command = UpdateAccount {
        reference_id: reference_id(&attributes, "reference-id", sent),
        status: attributes.string("account-status"),
        fields: fields(&attributes),
        tags: attributes.string_list("tags").flatten(),
        photo: photo(&attributes),
    };
    root.finish()?;
    Ok(command)
}

/// The accounts to be taken in, each once (A32, A36).
pub fn parse_consolidate(body: &Value) -> Result<Vec<AccountId>, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", false);
    let sent: Nullable<Vec<AccountId>> = meta.id_list("source-account-ids");
    root.finish()?;
    let sent = sent.flatten().unwrap_or_default();
    let pointer = "/meta/source-account-ids";
    if sent.is_empty() {
        let details = "param is missing or the value is empty: Source account IDs are required.";
        return Err(Refusal::parameter_missing(details, pointer).into());
    }
    if sent.len() > MOST_SOURCES {
        let details = format!("meta.source_account_ids must have at most {MOST_SOURCES} entries");
        return Err(Refusal::unprocessable(details, pointer).into());
    }
    let mut sources: Vec<AccountId> = Vec::with_capacity(sent.len());
    for id in sent {
        if !sources.contains(&id) {
            sources.push(id);
        }
    }
    Ok(sources)
}

/// A46: without an `attributes` level; the keys of `parameters` are the type's own.
pub fn parse_run_action(body: &Value) -> Result<RunAction, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", true);
    let action_id = data.required_id("account-action-id");
    let parameters = data.map("parameters").flatten().cloned();
    root.finish()?;
    let action_id = action_id.ok_or_else(|| Refusal::malformed("data is incomplete"))?;
    Ok(RunAction {
        action_id,
        parameters: parameters.unwrap_or_default(),
    })
}

/// A39. A transaction's id is one that nobody has.
pub fn parse_relation(body: &Value) -> Result<RelationChange, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    let key = meta.required_string("relation-schema-key");
    let sent = meta.required_string("target-object-id");
    let is_transaction = sent.is_some_and(|id| id.starts_with("txn_"));
    if is_transaction {
        let path = meta.path_of("target-object-id");
        meta.refuse(Refusal::not_found_at(format!("{path} is not found")));
    }
    let target = if is_transaction {
        None
    } else {
        meta.id::<AccountId>("target-object-id").flatten()
    };
    root.finish()?;
    match (key, target) {
        (Some(key), Some(target_id)) => Ok(RelationChange { key, target_id }),
        _ => Err(Refusal::malformed("meta is incomplete").into()),
    }
}

/// R4–R7 for a value that was read as text; an empty one counts as not given.
pub(crate) fn reference_id(
    reader: &Reader<'_>,
    name: &str,
    sent: Option<String>,
) -> Option<ReferenceId> {
    let sent = sent?;
    match ReferenceId::parse(&sent) {
        Ok(reference_id) => Some(reference_id),
        Err(ReferenceIdError::Empty) => None,
        Err(problem) => {
            reader.refuse(Refusal::unprocessable(
                format!("{} {problem}", reader.path_of(name)),
                reader.pointer_of(name),
            ));
            None
        }
    }
}

/// `fields`, and the flat personal attributes written into their places; where both are given, `fields` wins.
fn fields(attributes: &Reader<'_>) -> Fields {
    let mut written = Fields::new();
    for (flat, field, member) in FLAT_ATTRIBUTES {
        let Some(value) = attributes.string(flat) else {
            continue;
        };
        match member {
            Some(member) => {
                let hash = written.entry(*field).or_insert_with(|| json!({}));
                if let Some(members) = hash.as_object_mut() {
                    members.insert((*member).to_owned(), value.into());
                }
            }
            None => {
                written.insert((*field).to_owned(), value.into());
            }
        }
    }
    let sent: Nullable<&Map<String, Value>> = attributes.map("fields");
    for (key, value) in sent.flatten().into_iter().flatten() {
        let known = written
            .keys()
            .find(|known| crate::inflection::same_key(known, key))
            .cloned();
        match (
            known.as_deref().and_then(|known| written.get_mut(known)),
            value,
        ) {
            (Some(Value::Object(members)), Value::Object(new)) => {
                members.extend(new.iter().map(|(key, value)| {
                    (crate::inflection::snake(key).into_owned(), value.clone())
                }));
            }
            (Some(slot), value) => *slot = value.clone(),
            (None, value) => {
                written.insert(key.clone(), value.clone());
            }
        }
    }
    written
}

/// `selfie-photo: {data: {data, filename}}`; null removes it (A21).
fn photo(attributes: &Reader<'_>) -> Option<PhotoChange> {
    if attributes.value("selfie-photo")?.is_null() {
        return Some(PhotoChange::Remove);
    }
    let file = attributes.object("selfie-photo", true).object("data", true);
    let data = file.required_string("data");
    let filename = file.string("filename").unwrap_or_default();
    data.map(|data| PhotoChange::Put { filename, data })
}
