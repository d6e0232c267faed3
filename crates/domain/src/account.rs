//! Accounts: the lasting record of one person, and the decisions about it.

pub mod action;
mod archive;
mod consolidate;
mod create;
pub mod declare;
mod redact;
mod relation;
mod resolve;
pub mod search;
mod tags;
mod update;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use archive::{archive, restore};
pub use consolidate::{MOST_SOURCES, check_destination, consolidate};
pub use create::{CreateAccount, create};
pub use redact::redact;
pub use relation::{
    Relation, RelationChange, RelationSchema, relate, relation_happenings, taken, unrelate,
};
pub use resolve::{AccountLink, Candidates, Resolution, check_link, consolidated_away, resolve};
pub use tags::change_tags;
pub use update::{UpdateAccount, update};

use crate::field::{FieldKind, FieldSchema, Fields};
use crate::id::{AccountId, AccountStatusId, AccountTypeId, EnvironmentId, OrganisationId};
use crate::search::{Comparable, comparable};
use crate::{ReferenceId, Refusal, Timestamp};

#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub id: AccountId,
    pub environment_id: EnvironmentId,
    pub account_type_id: AccountTypeId,
    pub reference_id: Option<ReferenceId>,
    pub status: String,
    pub fields: Fields,
    pub tags: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub redacted_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    pub consolidated_into: Option<AccountId>,
    /// Counts the changes of this row; a write names the version it saw.
    pub version: i64,
}

impl Account {
    /// A26: what an archived account is stays as it is.
    pub(crate) fn refuse_change_if_archived(&self) -> Result<(), Refusal> {
        if self.archived_at.is_some() {
            return Err(Refusal::conflict(format!(
                "Account {} has been archived",
                self.id
            )));
        }
        Ok(())
    }

    /// R30: nothing new may hang on an archived account.
    pub fn refuse_if_archived(&self) -> Result<(), Refusal> {
        if self.archived_at.is_some() {
            return Err(Refusal::malformed(format!(
                "Account {} has been archived",
                self.id
            )));
        }
        Ok(())
    }
}

/// The field of the default type that holds a photo.
pub const PHOTO_FIELD: &str = "selfie_photo";

/// What a request does to the account's photo.
#[derive(Debug, Clone, PartialEq)]
pub enum PhotoChange {
    Remove,
    /// As sent: base64, unread.
    Put {
        filename: String,
        data: String,
    },
    /// Read, cleaned and durable; the value of the field.
    Kept(Value),
}

impl PhotoChange {
    /// A photo that was never kept changes nothing.
    fn write(change: Option<Self>, fields: &mut Fields) {
        let value = match change {
            Some(Self::Remove) => Value::Null,
            Some(Self::Kept(value)) => value,
            Some(Self::Put { .. }) | None => return,
        };
        fields.insert(PHOTO_FIELD.to_owned(), value);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatus {
    pub id: AccountStatusId,
    pub name: String,
    pub active: bool,
}

/// Organisation-wide: all environments share it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountType {
    pub id: AccountTypeId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub is_default: bool,
    pub fields: Vec<FieldSchema>,
    pub statuses: Vec<AccountStatus>,
    pub default_status: String,
    pub relations: Vec<RelationSchema>,
    pub actions: Vec<action::AccountAction>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Counts the changes of this row; a write names the version it saw.
    pub version: i64,
}

impl AccountType {
    pub(crate) fn check_status(&self, name: &str) -> Result<(), Refusal> {
        let known = self
            .statuses
            .iter()
            .any(|status| status.active && status.name == name);
        if known {
            return Ok(());
        }
        Err(Refusal::unprocessable(
            "account_status is not an active status of this account type",
            "/data/attributes/account-status",
        ))
    }

    /// Whether an account of this type can be found by one of its values.
    pub fn has_identifiers(&self) -> bool {
        self.fields.iter().any(FieldSchema::is_indexed)
    }

    /// The unique identifier values of an account of this type: `(field key, folded value)`.
    pub fn unique_identifiers(&self, fields: &Fields) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter(|schema| schema.is_indexed())
            .filter_map(|schema| {
                let text = fields.get(&schema.key).and_then(Value::as_str)?;
                Some((schema.key.clone(), identifier_fold(schema, text)))
            })
            .filter(|(_, folded)| !folded.is_empty())
            .collect()
    }

    /// What account search compares of an account of this type: `(field key, value)` (A43).
    pub fn search_values(&self, fields: &Fields) -> Vec<(String, Comparable)> {
        let searched = self.fields.iter().filter(|schema| schema.is_searched());
        searched
            .filter_map(|schema| {
                let value = fields.get(&schema.key)?;
                Some((schema.key.clone(), comparable(schema, value).ok()?))
            })
            .collect()
    }

    pub fn unique_field(&self, key: &str) -> Option<&FieldSchema> {
        crate::field::find_schema(&self.fields, key).filter(|schema| schema.unique)
    }
}

/// How an identifier's value is compared: like a reference ID, unless its field says that case matters.
pub fn identifier_fold(schema: &FieldSchema, text: &str) -> String {
    if schema.case_sensitive {
        text.to_owned()
    } else {
        crate::reference_id::fold(text)
    }
}

/// The schema of the type every organisation starts with.
pub fn default_fields() -> Vec<FieldSchema> {
    let text = |key: &str| FieldSchema::new(key, FieldKind::String);
    let searchable = |schema| FieldSchema {
        searchable: true,
        ..schema
    };
    vec![
        FieldSchema::new("name", FieldKind::Hash).with_members(vec![
            text("first"),
            text("middle"),
            text("last"),
        ]),
        FieldSchema::new("address", FieldKind::Hash).with_members(vec![
            text("street_1"),
            text("street_2"),
            text("city"),
            text("subdivision"),
            text("postal_code"),
            text("country_code"),
        ]),
        FieldSchema::new("identification_numbers", FieldKind::Array).with_members(vec![
            text("identification_class"),
            text("identification_number"),
            text("issuing_country"),
        ]),
        searchable(FieldSchema::new("birthdate", FieldKind::Date)),
        searchable(text("phone_number")),
        searchable(text("email_address")),
        FieldSchema::new("selfie_photo", FieldKind::File),
        text("social_security_number"),
        text("country_code"),
    ]
}

/// Where a flat personal attribute of a request belongs inside `fields`.
pub const FLAT_ATTRIBUTES: &[(&str, &str, Option<&str>)] = &[
    ("name-first", "name", Some("first")),
    ("name-middle", "name", Some("middle")),
    ("name-last", "name", Some("last")),
    ("birthdate", "birthdate", None),
    ("phone-number", "phone_number", None),
    ("email-address", "email_address", None),
    ("address-street-1", "address", Some("street_1")),
    ("address-street-2", "address", Some("street_2")),
    ("address-city", "address", Some("city")),
    ("address-subdivision", "address", Some("subdivision")),
    ("address-postal-code", "address", Some("postal_code")),
    ("country-code", "country_code", None),
    ("social-security-number", "social_security_number", None),
];
